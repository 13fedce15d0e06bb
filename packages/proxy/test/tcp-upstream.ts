import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { after } from 'node:test';
import tls from 'node:tls';

/** A server of TLS, not of HTTP, on loopback that is there until the tests of the file are over. */
export interface TestTcpUpstream {
  readonly server: tls.Server;
  readonly port: number;
  /** `tcp://127.0.0.1:port` */
  readonly url: string;
}

/** Answers with the server name, everything it was told, and who the client is. */
export async function startTcpUpstream(options: tls.TlsOptions): Promise<TestTcpUpstream> {
  const open = new Set<Socket>();
  const server = tls.createServer({ ...options, allowHalfOpen: true } as tls.TlsOptions, (socket) => {
    const chunks: Buffer[] = [];
    socket.on('error', () => {});
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => {
      const { subject } = socket.getPeerCertificate();
      const who = subject === undefined ? '' : ` from ${subject.CN}`;
      const { servername } = socket as { servername?: string | false };
      socket.end(`${servername}: ${Buffer.concat(chunks).toString()}${who}`);
    });
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `tcp://127.0.0.1:${port}` };
}
