import { claimPort } from '../behaviour/port.ts';
import { tester, type NoOptions, type Server } from './server.ts';

/** TLS after SSLRequest, and a SCRAM login; the data base is `postgres`. */
export const postgresql: Server<NoOptions> = {
  name: 'PostgreSQL',
  programs: ['postgres', 'initdb'],
  packages: ['postgresql'],
  login: tester,
  async start(desk) {
    const port = await claimPort();
    const data = `${desk.folder}/data`;
    const password = await desk.write('password', tester.password);
    await desk.run('initdb', [
      ...['-D', data, '-U', tester.user, '-A', 'scram-sha-256', `--pwfile=${password}`],
      ...['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8'],
    ]);
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'dynamic_shared_memory_type=mmap',
      'fsync=off',
      'max_connections=20',
      'ssl=on',
      `ssl_cert_file=${desk.files.chain}`,
      `ssl_key_file=${desk.files.key}`,
    ].flatMap((setting) => ['-c', setting]);
    // Killed, it would leave shared memory behind, and processes that are in groups of their own.
    await desk.start([port], 'postgres', ['-D', data, '-p', String(port), ...settings], {
      end: 'SIGINT',
      ready: /ready to accept connections/,
    });
    return [port];
  },
};
