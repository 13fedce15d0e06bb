import { claimPort } from '../behaviour/port.ts';
import { owner } from './owner.ts';
import { tester, type Server } from './server.ts';

/** SMTP with AUTH, which it offers over TLS only: after STARTTLS when not said otherwise. Mail is taken and dropped. */
export const exim: Server<{ readonly tls?: 'implicit' | 'starttls' }> = {
  name: 'Exim',
  programs: ['exim4'],
  packages: ['exim4-daemon-light'],
  login: tester,
  async start(desk, { tls = 'starttls' }) {
    const port = await claimPort();
    const { user, group } = owner();
    const config = `
      keep_environment =
      exim_user = ${user}
      exim_group = ${group}
      primary_hostname = mail.shop.test
      spool_directory = ${desk.folder}
      log_file_path = ${desk.folder}/%slog
      pid_file_path = ${desk.folder}/pid
      rfc1413_query_timeout = 0s
      tls_advertise_hosts = *
      tls_certificate = ${desk.files.chain}
      tls_privatekey = ${desk.files.key}
      tls_on_connect_ports = ${tls === 'implicit' ? port : ''}
      acl_smtp_rcpt = recipient
      acl_smtp_data = content
      begin acl
      recipient:
        accept authenticated = *
      content:
        discard
      begin authenticators
      plain:
        driver = plaintext
        public_name = PLAIN
        server_prompts = :
        server_advertise_condition = \${if def:tls_in_cipher}
        server_condition = \${if and{{eq{$auth2}{${tester.user}}}{eq{$auth3}{${tester.password}}}}}
        server_set_id = $auth2
    `.replaceAll(/^ {6}/gm, '');
    const file = await desk.write('exim.conf', config);
    await desk.start([port], 'exim4', ['-C', file, '-bdf', '-oX', `[127.0.0.1]:${port}`]);
    return [port];
  },
};
