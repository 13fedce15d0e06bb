import { claimPort } from '../behaviour/port.ts';
import { owner } from './owner.ts';
import { tester, type Server } from './server.ts';

/** IMAP with an empty mailbox: over TLS at once when not said otherwise. */
export const dovecot: Server<{ readonly tls?: 'implicit' | 'starttls' }> = {
  name: 'Dovecot',
  programs: ['dovecot', 'doveconf'],
  packages: ['dovecot-imapd'],
  login: tester,
  async start(desk, { tls = 'implicit' }) {
    const port = await claimPort();
    const { user, group } = owner();
    const listener = (name: string, on: boolean): string =>
      `inet_listener ${name} {\n address = 127.0.0.1\n port = ${on ? port : 0}\n}\n`;
    const service = (name: string, ...listeners: readonly string[]): string =>
      `service ${name} {\n chroot =\n ${listeners.join('')}}\n`;
    const config = `
      protocols = imap
      base_dir = ${desk.folder}/run
      state_dir = ${desk.folder}/state
      log_path = /dev/stderr
      default_internal_user = ${user}
      default_internal_group = ${group}
      default_login_user = ${user}
      first_valid_uid = 1
      first_valid_gid = 1
      mail_location = maildir:${desk.folder}/mail
      ssl = required
      ssl_cert = <${desk.files.chain}
      ssl_key = <${desk.files.key}
      passdb {
        driver = static
        args = password=${tester.password} user=${tester.user}
      }
      userdb {
        driver = static
        args = uid=${user} gid=${group} home=${desk.folder}
      }
      ${service('anvil')}
      ${service('stats')}
      ${service('imap-login', listener('imap', tls === 'starttls'), listener('imaps', tls === 'implicit'))}
    `;
    await desk.start([port], 'dovecot', ['-F', '-c', await desk.write('dovecot.conf', config)]);
    return [port];
  },
};
