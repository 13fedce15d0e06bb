import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Credentials } from '../../src/authority.ts';

/** A server that is running. */
export interface ByName {
  readonly port: number;
  close(): void | Promise<void>;
}

/**
 * An FTP server with AUTH TLS (RFC 4217 §4) that picks its certificate by server name, which none of Debian does. It
 * agrees to every command, and lists nothing.
 */
export async function ftpByName(
  otherwise: Credentials,
  hosts: Readonly<Record<string, Credentials>>,
): Promise<ByName> {
  const contexts = new Map(
    Object.entries(hosts).map(([name, { chain, key }]) => [name, createSecureContext({ cert: chain, key })]),
  );
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).write('220 ready\r\n');
    socket.once('data', () => {
      socket.write('234 go on\r\n');
      const secure = new TLSSocket(socket, {
        isServer: true,
        cert: otherwise.chain,
        key: otherwise.key,
        SNICallback: (name, done) => done(null, contexts.get(name)),
      });
      secure.on('error', () => {});
      secure.on('data', (data: Buffer) => secure.write(answerTo(String(data))));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** RFC 959 §5.4. */
function answerTo(command: string): string {
  if (command.startsWith('FEAT')) return '211 none\r\n';
  return command.startsWith('PWD') ? '257 "/"\r\n' : '230 fine\r\n';
}
