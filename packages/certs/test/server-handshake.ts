import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import type { Issued } from './server-authority.ts';

/** What a client saw of a handshake: the subject it was shown, or why there was none. */
export type Handshake =
  | {
      readonly subject: string;
      readonly keyBits: number | undefined;
      readonly curve: string | undefined;
      readonly alpn: string;
    }
  | { readonly failure: string };

/** A directory of its own, gone after the test. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'altname-server-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes `NAME.pem` and `NAME.key`. */
export function put(directory: string, name: string, { cert, key }: Issued): void {
  writeFileSync(join(directory, `${name}.pem`), cert);
  writeFileSync(join(directory, `${name}.key`), key);
}

/** Listens on loopback until the test is over. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** One handshake, with verification on: the chain and the name. */
export function handshake(port: number, servername: string, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ...options }, () => {
      const { subject, bits, asn1Curve } = socket.getPeerCertificate();
      resolve({
        subject: String(subject.CN),
        keyBits: bits,
        curve: asn1Curve,
        alpn: String(socket.alpnProtocol),
      });
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ failure: error.code ?? error.message }));
  });
}

/** The subject that was shown, or the failure in brackets. */
export async function shown(port: number, servername: string, options: ConnectionOptions): Promise<string> {
  const seen = await handshake(port, servername, options);
  return 'failure' in seen ? `[${seen.failure}]` : seen.subject;
}
