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
const longestAnswer = 16 * 1024;

/** One step: wait for an answer that fits, then send. */
interface Step {
  /** Whether the answer so far is whole (true), needs more (null), or is a refusal (false). */
  readonly expect: (answer: string) => boolean | null;
  readonly send: string | Buffer | null;
}

/** What the client says first, in the protocols where it does. */
export const openings: {
  readonly postgres: Buffer;
  readonly ldap: Buffer;
  readonly xmpp: (domain: string) => string;
} = {
  /** SSLRequest */
  postgres: Buffer.from('0000000804d2162f', 'hex'),
  /** ExtendedRequest 1.3.6.1.4.1.1466.20037, message 1 (RFC 4511 §4.14.1) */
  ldap: Buffer.from('301d02010177188016312e332e362e312e342e312e313436362e3230303337', 'hex'),
  xmpp: (domain: string): string =>
    `<?xml version='1.0'?><stream:stream to='${domain.replace(/[^A-Za-z0-9._:-]/g, '')}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
};

/**
 * Speaks a protocol up to the point where TLS begins (RFC 3207, 2595, 4217, 4511, 4642, 5804, 6120; PostgreSQL
 * SSLRequest; MySQL SSL request). Resolves, with the socket paused, when the ClientHello may follow.
 *
 * @param domain the name of the service, where the protocol asks for it
 * @throws {StartTlsError} when the server refuses, closes, or says more than 16 KiB. The caller bounds the time.
 */
export async function startTls(socket: Socket, protocol: StartTls, domain: string): Promise<void> {
  const pending = scripts[protocol](domain);
  let answer = '';
  await new Promise<void>((resolve, reject) => {
    const done = (error?: StartTlsError): void => {
      socket.off('data', read);
      socket.off('end', fail);
      socket.off('close', fail);
      socket.pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    const fail = (): void => done(new StartTlsError(protocol, answer));
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
      answer += chunk.toString('latin1', 0, longestAnswer + 1);
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
    if (!answer.endsWith('\n')) return null;
    const last = /^(\d{3})(?: .*)?\r?\n$/.exec(answer.slice(answer.lastIndexOf('\n', answer.length - 2) + 1));
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

const sieveAnswer = line(/(?:^|\n)OK[^\n]*\n/i, /(?:^|\n)(?:NO|BYE)\b/i);

const scripts: Record<StartTls, (domain: string) => Step[]> = {
  smtp: smtp('EHLO'),
  lmtp: smtp('LHLO'),
  imap: () => [
    { expect: line(/^\* (?:OK|PREAUTH)[^\n]*\n/i, /^\* BYE|^[^*]/i), send: 'a1 STARTTLS\r\n' },
    { expect: line(/(?:^|\n)a1 OK[^\n]*\n/i, /(?:^|\n)(?:a1 (?:NO|BAD)|\* BYE)/i), send: null },
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
    { expect: sieveAnswer, send: 'STARTTLS\r\n' },
    { expect: sieveAnswer, send: null },
  ],
  xmpp: (domain) => [
    { expect: immediately, send: openings.xmpp(domain) },
    {
      expect: line(/<\/stream:features>|<stream:features\s*\/>/, /<\/stream:stream>|<stream:error/),
      send: "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    },
    { expect: line(/<proceed[^>]*>/, /<failure|<\/stream:stream>/), send: null },
  ],
  ldap: () => [
    { expect: immediately, send: openings.ldap },
    { expect: ldapSuccess, send: null },
  ],
  postgres: () => [
    { expect: immediately, send: openings.postgres },
    { expect: (answer) => (answer === '' ? null : answer === 'S'), send: null },
  ],
  mysql: () => [
    {
      expect: mysqlOffersTls,
      // Capabilities: protocol 4.1, SSL, secure connection; 16 MiB packets; utf8mb4.
      send: Buffer.from(`20000001018a0000000000012d${'00'.repeat(23)}`, 'hex'),
    },
  ],
};

const berLength = String.raw`(?:[\0-\x7f]|\x81[^]|\x82[^]{2}|\x83[^]{3}|\x84[^]{4})`;
const extendedResponse = new RegExp(String.raw`^\x30${berLength}\x02\x01\x01\x78${berLength}\x0a\x01([^])`);

/**
 * An ExtendedResponse to message 1 with resultCode success (RFC 4511 §4.12): SEQUENCE, INTEGER 1, [APPLICATION 24],
 * ENUMERATED 0. Lengths may have any form of BER.
 */
function ldapSuccess(answer: string): boolean | null {
  const result = extendedResponse.exec(answer)?.[1];
  if (result !== undefined) return result === '\0';
  return answer.length < 32 && /^(?:$|\x30)/.test(answer) ? null : false;
}

/** The capability flag CLIENT_SSL (0x0800) in the greeting, behind the version and 13 octets. */
function mysqlOffersTls(answer: string): boolean | null {
  if (answer.length < 5) return null;
  if (answer.charCodeAt(4) !== 10) return false;
  const size = answer.charCodeAt(0) + answer.charCodeAt(1) * 256 + answer.charCodeAt(2) * 65_536 + 4;
  if (size > longestAnswer) return false;
  if (answer.length < size) return null;
  const version = answer.indexOf('\0', 5);
  const capabilities = version + 1 + 4 + 8 + 1;
  return version !== -1 && (answer.charCodeAt(capabilities + 1) & 0x08) !== 0;
}

/** What {@link startTls} speaks. */
export const startTlsProtocols: readonly StartTls[] = Object.keys(scripts) as StartTls[];
