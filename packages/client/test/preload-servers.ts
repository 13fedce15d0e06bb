import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRoot, type Authority } from './authority.ts';
import { temporaryFolder } from './preload-program.ts';

/** Two servers on loopback that answer `hello` over HTTP/1.1 and HTTP/2, and how a program finds them. */
export interface Servers {
  readonly authority: Authority;
  /**
   * RIGHT: port of one whose certificate is for `localhost`, `127.0.0.1` and `right.test`; WRONG: of one that is for
   * `other.test`; CA: the file of their root.
   */
  readonly env: Readonly<Record<'RIGHT' | 'WRONG' | 'CA', string>>;
  close(): void;
}

export async function startServers(): Promise<Servers> {
  const authority = await createRoot();
  const right = await serve(authority, ['localhost', '127.0.0.1', 'right.test']);
  const wrong = await serve(authority, ['other.test']);
  const ca = join(temporaryFolder(), 'ca.pem');
  writeFileSync(ca, authority.cert);
  return {
    authority,
    env: { RIGHT: String(right.port), WRONG: String(wrong.port), CA: ca },
    close() {
      right.close();
      wrong.close();
    },
  };
}

interface Running {
  readonly port: number;
  close(): void;
}

export async function serve(authority: Authority, names: readonly string[]): Promise<Running> {
  const server = createSecureServer(
    { ...(await authority.issue(names)), allowHTTP1: true },
    (_request, response) => {
      response.end('hello');
    },
  );
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void; on(event: string, act: () => void): void }) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
