import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Credentials } from './authority.ts';

/** A server on loopback. */
export interface Running {
  readonly port: number;
  close(): Promise<void>;
}

/** A TLS server that answers every request with an empty HTTP response. */
export function serveTls(credentials: Credentials, options: TlsOptions = {}): Promise<Running> {
  const server = createTlsServer({ cert: credentials.chain, key: credentials.key, ...options }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'));
  });
  server.on('tlsClientError', () => {});
  return listening(server);
}

/** A server that accepts connections and says nothing. */
export function serveSilence(): Promise<Running> {
  return listening(createServer((socket) => socket.on('error', () => {})));
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const { port, close } = await listening(createServer());
  await close();
  return port;
}

async function listening(server: Server): Promise<Running> {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
