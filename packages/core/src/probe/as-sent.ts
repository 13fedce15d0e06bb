import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { HandshakeSpec } from './handshake.ts';
import { startTls } from './starttls.ts';
import { readServerFlight, type ServerFlight } from './wire.ts';

/** What is kept of a server's octets: more than any chain OpenSSL accepts. */
const largestFlight = 512 * 1024;

/** The server's flight, and the time it gave in an HTTP Date header where it was asked for one. */
export interface AsSent {
  readonly flight: ServerFlight | null;
  readonly date: string | null;
}

/**
 * One handshake over a connection whose octets are kept, to read the chain exactly as the server sends it.
 *
 * Node's verdict was taken by `handshake` before; no data of the user goes over this one. Never rejects; ends within
 * the timeout.
 *
 * @param askDate the certificate's time is what Node refused: send an HTTP HEAD request all the same, with nothing of
 * the user's in it, and read the Date of the answer, to tell a wrong certificate from a wrong clock
 */
export async function chainAsSent(spec: HandshakeSpec, askDate: boolean): Promise<AsSent> {
  const received: Buffer[] = [];
  let size = 0;
  let secret: Buffer | null = null;
  let date: string | null = null;
  await new Promise<void>((resolve) => {
    let socket: tls.TLSSocket | undefined;
    const raw = net.connect({ host: spec.addresses[0] ?? spec.host, port: spec.port });
    const done = (): void => {
      clearTimeout(timer);
      spec.signal?.removeEventListener('abort', done);
      socket?.destroy();
      raw.destroy();
      resolve();
    };
    const timer = setTimeout(done, spec.timeout);
    spec.signal?.addEventListener('abort', done, { once: true });
    const keep = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= largestFlight) received.push(chunk);
      else if (date === null) done();
    };
    const secured = (): void => {
      try {
        socket = observe(raw, keep, spec, askDate);
      } catch {
        return done();
      }
      socket.on('keylog', (line) => {
        secret ??= serverHandshakeSecret(line);
      });
      socket.on('error', done);
      socket.once('close', done);
      socket.once('secureConnect', () => {
        if (!askDate || !timeErrors.has(String(socket?.authorizationError))) return done();
        let head = '';
        socket?.on('data', (chunk: Buffer) => {
          head += chunk.toString('latin1');
          date = /^date: *([^\r\n]{1,64})\r?$/im.exec(head)?.[1] ?? null;
          if (date !== null || head.length > 8192 || head.includes('\r\n\r\n')) done();
        });
        socket?.write(`HEAD / HTTP/1.1\r\nHost: ${spec.host}\r\nConnection: close\r\n\r\n`);
        return undefined;
      });
      return undefined;
    };
    raw.on('error', done);
    raw.once('connect', () => {
      if (spec.starttls === null) secured();
      else startTls(raw, spec.starttls, spec.checked).then(secured, done);
    });
  });
  return { flight: readServerFlight(Buffer.concat(received), secret), date: isoDate(date) };
}

/** The verdicts on time alone, as Node spells them; OpenSSL gives them only once everything else holds. */
const timeErrors = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

function observe(
  raw: net.Socket,
  keep: (chunk: Buffer) => void,
  spec: HandshakeSpec,
  askDate: boolean,
): tls.TLSSocket {
  const tapped = new Duplex({
    read: () => raw.resume(),
    write: (chunk: Buffer, _encoding, callback) => {
      raw.write(chunk, callback);
    },
    final: (callback) => {
      raw.end(callback);
    },
  });
  raw.on('data', (chunk: Buffer) => {
    keep(chunk);
    if (!tapped.push(chunk)) raw.pause();
  });
  raw.once('end', () => tapped.push(null));
  raw.once('close', () => tapped.destroy());
  const quiet = process.noDeprecation === true;
  process.noDeprecation = true;
  try {
    return tls.connect({
      socket: tapped,
      servername: spec.sent ?? '',
      rejectUnauthorized: !askDate,
      checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(spec.checked, certificate),
      ...(spec.ca === undefined ? {} : { ca: spec.ca as string | string[] }),
      ...spec.versions,
    });
  } finally {
    process.noDeprecation = quiet;
  }
}

function serverHandshakeSecret(line: Buffer): Buffer | null {
  const match = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)\s*$/.exec(line.toString('latin1'));
  return match === null ? null : Buffer.from(match[1] ?? '', 'hex');
}

function isoDate(header: string | null): string | null {
  const date = header === null ? null : new Date(header);
  return date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
