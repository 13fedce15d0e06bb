import { claimPort } from '../behaviour/port.ts';
import type { Desk } from './desk.ts';
import { tester, type NoOptions, type Server } from './server.ts';

/** TLS at once, and a login as a user of its ACL or with the password alone. */
export const redis: Server<NoOptions> = {
  name: 'Redis',
  programs: ['redis-server'],
  packages: ['redis-server'],
  login: tester,
  async start(desk) {
    const port = await claimPort();
    await startRedis(desk, port);
    return [port];
  },
};

/** Starts one Redis without persistence; `more` are lines of its configuration. */
export async function startRedis(desk: Desk, port: number, more: readonly string[] = []): Promise<void> {
  const config = await desk.write(
    `redis-${port}.conf`,
    [
      'bind 127.0.0.1',
      'port 0',
      `tls-port ${port}`,
      `tls-cert-file ${desk.files.chain}`,
      `tls-key-file ${desk.files.key}`,
      // Read for certificates of clients, which are not asked for; it must be there.
      `tls-ca-cert-file ${desk.files.chain}`,
      'tls-auth-clients no',
      'save ""',
      'appendonly no',
      'daemonize no',
      'always-show-logo no',
      `dir ${desk.folder}`,
      `requirepass ${tester.password}`,
      `user ${tester.user} on >${tester.password} ~* &* +@all`,
      ...more,
      '',
    ].join('\n'),
  );
  await desk.start([port], 'redis-server', [config], { ready: /Ready to accept connections/i });
}
