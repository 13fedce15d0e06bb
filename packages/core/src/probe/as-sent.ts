import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { identityError, withoutDeprecations, type HandshakeSpec } from './handshake.ts';
import { startTls } from './starttls.ts';
import { readServerFlight, type ServerFlight } from './wire.ts';

/** What is kept of a server's octets: more than any chain OpenSSL accepts. */
const largestFlight = 512 * 1024;

/** Milliseconds for the Date of a server that may not speak HTTP at all. */
const dateTime = 1500;

/** No HTTP answer has a longer head. */
const longestHead = 8192;

/** The server's flight, and the time it gave in an HTTP Date header where it was asked for one. */
export interface AsSent {
  readonly flight: ServerFlight | null;
  /** ISO 8601, UTC. */
  readonly date: string | null;
  readonly ms: number;
}

/**
 * One handshake over a connection whose octets are kept, to read the chain exactly as the server sends it.
 *
 * Node's verdict was taken by `handshake` before; no data of the user goes over this one. Never rejects; ends within
 * the timeout, with every socket destroyed.
 *
 * @param askDate the certificate's time is what Node refused: send an HTTP HEAD request all the same, with nothing of
 * the user's in it, and read the Date of the answer, to tell a wrong certificate from a wrong clock
 */
export async function chainAsSent(spec: HandshakeSpec, askDate: boolean): Promise<AsSent> {
  const started = performance.now();
  const received: Buffer[] = [];
  let size = 0;
  let secret: Buffer | null = null;
  let date: string | null = null;
  await new Promise<void>((resolve) => {
    let ended = false;
    let socket: tls.TLSSocket | undefined;
    const raw = net.connect({ host: spec.addresses[0] ?? spec.host, port: spec.port });
    const done = (): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      spec.signal.removeEventListener('abort', done);
      socket?.destroy();
      raw.destroy();
      resolve();
    };
    const end = started + spec.timeout;
    let timer = setTimeout(done, spec.timeout);
    spec.signal.addEventListener('abort', done, { once: true });
    const keep = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > largestFlight) done();
      else received.push(chunk);
    };
    const secured = (): void => {
      if (ended) return;
      try {
        socket = observe(tap(raw, keep), spec, askDate);
      } catch {
        return done();
      }
      const shown = socket;
      shown.on('error', done);
      shown.once('close', done);
      shown.on('keylog', (line: Buffer) => {
        secret ??= serverHandshakeSecret(line);
      });
      shown.once('secureConnect', () => {
        if (!askDate || !timeErrors.has(String(shown.authorizationError))) return done();
        clearTimeout(timer);
        timer = setTimeout(done, Math.min(dateTime, end - performance.now()));
        readDate(shown, spec.host, (found) => {
          date = found;
          done();
        });
        return undefined;
      });
      return undefined;
    };
    raw.on('error', done);
    raw.once('connect', () => {
      if (spec.first !== undefined) raw.write(spec.first);
      if (spec.starttls === null) secured();
      else startTls(raw, spec.starttls, spec.domain).then(secured, done);
    });
    if (spec.signal.aborted) done();
  });
  return {
    flight: readServerFlight(Buffer.concat(received), secret),
    date: isoDate(date),
    ms: Math.round(performance.now() - started),
  };
}

/** The verdicts on time alone, as Node spells them; OpenSSL gives them only once everything else holds. */
const timeErrors = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

/** A stream over the socket that shows what comes in to `keep`. */
function tap(raw: net.Socket, keep: (chunk: Buffer) => void): Duplex {
  const tapped = new Duplex({
    read: () => void raw.resume(),
    write: (chunk: Buffer, _encoding, callback) => void raw.write(chunk, callback),
    final: (callback) => void raw.end(callback),
  });
  raw.on('data', (chunk: Buffer) => {
    keep(chunk);
    if (!tapped.destroyed && !tapped.push(chunk)) raw.pause();
  });
  raw.once('end', () => tapped.push(null));
  raw.once('close', () => tapped.destroy());
  // A write into a socket that was reset: the end of the connection is seen elsewhere.
  tapped.on('error', () => {});
  return tapped;
}

function observe(tapped: Duplex, spec: HandshakeSpec, askDate: boolean): tls.TLSSocket {
  return withoutDeprecations(() =>
    tls.connect({
      socket: tapped,
      servername: spec.sent ?? '',
      rejectUnauthorized: !askDate,
      checkServerIdentity: (_host, certificate) => identityError(spec.checked, certificate),
      ...(spec.ca === undefined ? {} : { ca: spec.ca as string | string[] }),
      ...spec.versions,
    }),
  );
}

function readDate(socket: tls.TLSSocket, host: string, done: (date: string | null) => void): void {
  let head = '';
  socket.on('data', (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const date = /^date: *([^\r\n]{1,64})\r?$/im.exec(head)?.[1] ?? null;
    if (date !== null || head.length > longestHead || head.includes('\r\n\r\n')) done(date);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  socket.write(`HEAD / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
}

function serverHandshakeSecret(line: Buffer): Buffer | null {
  const match = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)\s*$/.exec(line.toString('latin1'));
  return match === null ? null : Buffer.from(match[1] ?? '', 'hex');
}

function isoDate(header: string | null): string | null {
  const date = header === null ? null : new Date(header);
  return date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
