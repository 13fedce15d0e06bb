import net from 'node:net';
import type { PlainProtocol } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';

/** What a port says to somebody who does not speak TLS. */
export interface PlainAnswer {
  readonly speaks: PlainProtocol | null;
  /** The start of what it said, escaped; empty when it said nothing. */
  readonly sample: string;
}

/** How long a server that speaks first gets, in milliseconds, before it is asked as a web server. */
const greetingTime = 400;

const greetings: readonly (readonly [PlainProtocol, RegExp])[] = [
  ['http', /^HTTP\/\d/],
  ['ssh', /^SSH-\d/],
  ['ftp', /^220[ -][^\r\n]*\bFTP/i],
  ['smtp', /^220[ -][^\r\n]*\b(?:E?SMTP|mail|postfix|exim|sendmail)/i],
  ['smtp', /^220[ -]/],
  ['imap', /^\* (?:OK|PREAUTH|BYE)/i],
  ['pop3', /^\+OK/],
  ['redis', /^-ERR|^-NOAUTH|^-DENIED/],
  ['mysql', /^[^]{3}\0\x0a\d+\.\d+|^[^]{3}\0\xff/],
  ['xmpp', /^<\?xml|^<stream:/],
];

/** Asks a port what it speaks, without TLS. Sends at most one HTTP request. Never rejects; ends within the timeout. */
export async function askPlain(address: string, port: number, timeout: number): Promise<PlainAnswer> {
  const greeting = await listen(address, port, Math.min(timeout, greetingTime), null);
  if (greeting !== '') return recognise(greeting);
  const half = Math.max(100, Math.min(timeout - greetingTime, 1500));
  const [web, postgres] = await Promise.all([
    listen(address, port, half, Buffer.from('GET / HTTP/1.0\r\n\r\n')),
    listen(address, port, half, Buffer.from('0000000804d2162f', 'hex')),
  ]);
  if (postgres === 'S' || postgres === 'N') return { speaks: 'postgres', sample: postgres };
  return recognise(web);
}

function recognise(text: string): PlainAnswer {
  // A TLS record (RFC 8446 §5.1): slow, or broken, but no other protocol.
  if (/^[\x14-\x17]\x03/.test(text)) return { speaks: null, sample: '' };
  const speaks = greetings.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  return { speaks, sample: printable(text.split('\n', 1)[0]?.trimEnd() ?? '', 100) };
}

async function listen(address: string, port: number, time: number, send: Buffer | null): Promise<string> {
  return await new Promise((resolve) => {
    let heard = '';
    const socket = net.connect({ host: address, port });
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(heard);
    };
    const timer = setTimeout(done, time);
    socket.on('error', done);
    socket.once('close', done);
    socket.once('connect', () => {
      if (send !== null) socket.write(send);
    });
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1').slice(0, 1024);
      done();
    });
  });
}
