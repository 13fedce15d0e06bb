import { claimPort } from '../behaviour/port.ts';
import { owner } from './owner.ts';
import type { Server } from './server.ts';

/** FTP with one file, `hello.txt`: after AUTH TLS when not said otherwise. */
export const vsftpd: Server<{ readonly tls?: 'implicit' | 'starttls' }> = {
  name: 'vsftpd',
  programs: ['vsftpd'],
  packages: ['vsftpd'],
  login: { user: 'anonymous', password: 'tester@shop.test' },
  async start(desk, { tls = 'starttls' }) {
    const port = await claimPort();
    await desk.makeFolder('files');
    await desk.write('files/hello.txt', 'hello\n');
    const settings = {
      listen: 'YES',
      listen_address: '127.0.0.1',
      listen_port: port,
      background: 'NO',
      run_as_launching_user: 'YES',
      seccomp_sandbox: 'NO',
      secure_chroot_dir: await desk.makeFolder('empty'),
      vsftpd_log_file: `${desk.folder}/log`,
      anonymous_enable: 'YES',
      ftp_username: owner().user,
      anon_root: `${desk.folder}/files`,
      anon_world_readable_only: 'NO',
      pasv_address: '127.0.0.1',
      ssl_enable: 'YES',
      implicit_ssl: tls === 'implicit' ? 'YES' : 'NO',
      allow_anon_ssl: 'YES',
      force_anon_logins_ssl: 'YES',
      force_anon_data_ssl: 'YES',
      // Sessions of TLS 1.3 are not tied to the control connection in every client.
      require_ssl_reuse: 'NO',
      ssl_ciphers: 'HIGH',
      rsa_cert_file: desk.files.chain,
      rsa_private_key_file: desk.files.key,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await desk.start([port], 'vsftpd', [await desk.write('vsftpd.conf', lines.join(''))]);
    return [port];
  },
};
