import type { Socket } from 'node:net';
import type { StartTls } from './options.ts';

/** The server did not go along with STARTTLS. `sample` is what it last said, raw. */
export class StartTlsError extends Error {
  readonly protocol: StartTls;
  readonly sample: string;

  constructor(protocol: StartTls, sample: string) {
    super(`${protocol}: no STARTTLS`);
    this.protocol = protocol;
    this.sample = sample;
  }
}

/** No greeting or answer before TLS is longer. */
const longestAnswer = 64 * 1024;

/** One step: wait for an answer that fits, then send. */
interface Step {
  /** Whether the answer so far is whole (true), needs more (null), or is a refusal (false). */
  readonly expect: (answer: string) => boolean | null;
  readonly send: string | Buffer | null;
}

/**
 * Speaks a protocol up to the point where TLS begins (RFC 3207, 2595, 4217, 4511, 6120; PostgreSQL SSLRequest; MySQL
 * SSL request). Resolves when the ClientHello may follow.
 *
 * @throws {StartTlsError} when the server refuses, closes, or says more than 64 KiB. The caller bounds the time.
 */
export async function startTls(socket: Socket, protocol: StartTls, domain: string): Promise<void> {
  const [first, ...steps] = scripts[protocol](domain);
  let answer = '';
  const pending = [first, ...steps].filter((step) => step !== undefined);
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => done(new StartTlsError(protocol, answer));
    const done = (error?: StartTlsError): void => {
      socket.off('data', read);
      socket.off('end', fail);
      socket.off('close', fail);
      if (error === undefined) {
        socket.pause();
        resolve();
      } else reject(error);
    };
    const advance = (): void => {
      for (let step = pending[0]; step !== undefined; step = pending[0]) {
        const whole = step.expect(answer);
        if (whole === null) {
          if (answer.length > longestAnswer) fail();
          return;
        }
        if (!whole) return fail();
        pending.shift();
        answer = '';
        if (step.send !== null) socket.write(step.send);
      }
      done();
    };
    const read = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      advance();
    };
    socket.on('data', read);
    socket.once('end', fail);
    socket.once('close', fail);
    advance();
  });
}

/** A reply of lines with three digits, the last one without a hyphen behind them (RFC 5321 §4.2.1). */
function reply(wanted: string): Step['expect'] {
  return (answer) => {
    const last = /(?:^|\n)(\d{3})(?: [^\n]*)?\r?\n$/.exec(answer);
    return last === null ? null : (last[1] ?? '').startsWith(wanted);
  };
}

/** A line that begins with `good`; one that begins with `bad` is a refusal. */
function line(good: RegExp, bad: RegExp): Step['expect'] {
  return (answer) => (good.test(answer) ? true : bad.test(answer) ? false : null);
}

const immediately: Step['expect'] = () => true;

function smtp(hello: string): () => Step[] {
  return () => [
    { expect: reply('220'), send: `${hello} altname.invalid\r\n` },
    { expect: reply('250'), send: 'STARTTLS\r\n' },
    { expect: reply('220'), send: null },
  ];
}

const scripts: Record<StartTls, (domain: string) => Step[]> = {
  smtp: smtp('EHLO'),
  lmtp: smtp('LHLO'),
  imap: () => [
    { expect: line(/^\* (?:OK|PREAUTH)[^\n]*\n/i, /^\* BYE|^[^*]/i), send: 'a1 STARTTLS\r\n' },
    { expect: line(/(?:^|\n)a1 OK[^\n]*\n/i, /(?:^|\n)a1 (?:NO|BAD)/i), send: null },
  ],
  pop3: () => [
    { expect: line(/^\+OK[^\n]*\n/i, /^-ERR|^[^+]/i), send: 'STLS\r\n' },
    { expect: line(/^\+OK[^\n]*\n/i, /^-ERR/i), send: null },
  ],
  ftp: () => [
    { expect: reply('220'), send: 'AUTH TLS\r\n' },
    { expect: reply('234'), send: null },
  ],
  nntp: () => [
    { expect: reply('20'), send: 'STARTTLS\r\n' },
    { expect: reply('382'), send: null },
  ],
  sieve: () => [
    { expect: line(/(?:^|\n)OK[^\n]*\n/i, /(?:^|\n)(?:NO|BYE)/i), send: 'STARTTLS\r\n' },
    { expect: line(/(?:^|\n)OK[^\n]*\n/i, /(?:^|\n)(?:NO|BYE)/i), send: null },
  ],
  xmpp: (domain) => [
    {
      expect: immediately,
      send: `<?xml version='1.0'?><stream:stream to='${domain.replace(/[^A-Za-z0-9._-]/g, '')}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
    },
    {
      expect: line(/<\/stream:features>|<stream:features\/>/, /<\/stream:stream>|<stream:error/),
      send: "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    },
    { expect: line(/<proceed[^>]*>/, /<failure|<\/stream:stream>/), send: null },
  ],
  ldap: () => [
    {
      expect: immediately,
      // ExtendedRequest 1.3.6.1.4.1.1466.20037 (RFC 4511 §4.14.1)
      send: Buffer.from('301d02010177188016312e332e362e312e342e312e313436362e3230303337', 'hex'),
    },
    {
      expect: (answer) => {
        const code = /\x78[^]{1,4}\x0a\x01([^])/.exec(answer)?.[1];
        return code === undefined ? null : code === '\0';
      },
      send: null,
    },
  ],
  postgres: () => [
    { expect: immediately, send: Buffer.from('0000000804d2162f', 'hex') },
    { expect: (answer) => (answer === '' ? null : answer === 'S'), send: null },
  ],
  mysql: () => [
    {
      expect: (answer) => {
        if (answer.length < 5) return null;
        const size = answer.charCodeAt(0) + answer.charCodeAt(1) * 256 + 4;
        if (answer.length < size) return null;
        return answer.charCodeAt(4) === 10 && mysqlOffersTls(answer);
      },
      // Capabilities: protocol 4.1, SSL, secure connection; 16 MiB packets; utf8mb4.
      send: Buffer.from(`20000001018a0000000000012d${'00'.repeat(23)}`, 'hex'),
    },
  ],
};

/** The capability flag CLIENT_SSL (0x0800) in the greeting, behind the version and 13 octets. */
function mysqlOffersTls(greeting: string): boolean {
  const version = greeting.indexOf('\0', 5);
  const at = version + 1 + 4 + 8 + 1;
  return version !== -1 && ((greeting.charCodeAt(at + 1) ?? 0) & 0x08) !== 0;
}
