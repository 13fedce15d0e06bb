import net from 'node:net';
import type { PlainProtocol } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';
import { openings } from './starttls.ts';

/** What a port says to somebody who does not speak TLS. */
export interface PlainAnswer {
  readonly speaks: PlainProtocol | null;
  /** The start of what it said, escaped; empty when it said nothing. */
  readonly sample: string;
}

/** Whom to ask, and how long. */
export interface PlainQuestion {
  readonly address: string;
  readonly port: number;
  /** Milliseconds that a server which speaks first gets for its greeting. */
  readonly patience: number;
  /** Milliseconds for everything. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** What is sent before everything else. */
  readonly first?: Buffer | undefined;
}

type Sign = readonly [PlainProtocol, RegExp];

/** What opens a conversation where the client speaks first, and how a server of the protocol answers. */
const openers: readonly (readonly [string | Buffer, ...Sign])[] = [
  ['GET / HTTP/1.0\r\n\r\n', 'http', /^HTTP\/\d/],
  [openings.postgres, 'postgres', /^(?:[SN]$|E\0\0[^]{2}S(?:FATAL|ERROR)\0)/],
  [openings.ldap, 'ldap', /^\x30[^]{1,5}\x02\x01[\0\x01]\x78/],
  [openings.xmpp('localhost'), 'xmpp', /^(?:<\?xml[^>]*>\s*)?<stream:/],
];

/** What tells apart the servers that greet with 220 alone, and how the right one answers. */
const commands: readonly (readonly [string, ...Sign])[] = [
  ['EHLO altname.invalid\r\n', 'smtp', /\n250[ -]/],
  ['LHLO altname.invalid\r\n', 'lmtp', /\n250[ -]/],
  ['FEAT\r\n', 'ftp', /\n211[ -]/],
];

/** By what a server says first, or in answer to whatever. */
const signs: readonly Sign[] = [
  ['http', /^HTTP\/\d/],
  ['ssh', /^SSH-\d/],
  ['lmtp', /^220[ -][^\r\n]*\bLMTP\b/i],
  ['smtp', /^220[ -][^\r\n]*\bE?SMTP\b/i],
  ['ftp', /^220[ -][^\r\n]*FTP/i],
  ['imap', /^\* (?:OK|PREAUTH|BYE)\b/i],
  ['pop3', /^\+OK\b/],
  ['sieve', /^"IMPLEMENTATION" /i],
  ['nntp', /^20[01] /],
  ['redis', /^-(?:ERR|NOAUTH|DENIED)\b/],
  ['mysql', /^[^]{3}\0(?:\x0a\d+\.\d+|\xff)/],
];

/** A greeting to its last line (RFC 5321 §4.2.1). */
const saysReady = /(?:^|\n)220(?: [^\n]*)?\n$/;
const atOnce = /^/;
/** Whoever has said so much has said enough. */
const longestSample = 1024;

/**
 * Asks a port what it speaks, without TLS: waits for a greeting, then opens the conversation in the words of HTTP,
 * PostgreSQL, LDAP and XMPP. Logs in nowhere and asks for nothing. Never rejects; ends within the timeout.
 */
export async function askPlain(question: PlainQuestion): Promise<PlainAnswer> {
  const end = performance.now() + question.timeout;
  const left = (): number => Math.max(1, end - performance.now());
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  question.signal.addEventListener('abort', stop, { once: true });
  if (question.signal.aborted) stop();
  const { address, port, first } = question;
  const hear = async (more: Pick<Listening, 'time' | 'send' | 'after' | 'sign'>): Promise<string> =>
    await listen({ address, port, first, signal: enough.signal, ...more });

  const patience = Math.min(question.patience, left());
  const greeting = await hear({ time: patience, send: null, after: atOnce, sign: null });
  let answer = recognise(greeting);
  if (answer.speaks === null && saysReady.test(greeting)) {
    const answers = commands.map(async ([send, speaks, right]): Promise<PlainAnswer> => {
      const heard = await hear({ time: Math.min(1500, left()), send, after: saysReady, sign: null });
      return right.test(heard) ? { ...answer, speaks } : answer;
    });
    answer = await firstKnown(answers, answer);
  } else if (greeting === '') {
    const answers = openers.map(async ([send, ...sign]) => {
      const heard = await hear({ time: Math.min(1500, left()), send, after: atOnce, sign });
      // What HTTP servers answer to other words than their own says nothing, not even that they speak plain HTTP.
      if (sign[0] !== 'http' && heard.startsWith('HTTP/')) return recognise('');
      // An echo is no answer.
      const speaks = heard.startsWith(send.toString('latin1')) ? { speaks: null } : {};
      return { ...recognise(heard, sign), ...speaks };
    });
    answer = await firstKnown(answers, answer);
  }
  stop();
  question.signal.removeEventListener('abort', stop);
  return answer;
}

/** The first answer that names a protocol; else one that says anything. */
async function firstKnown(answers: Promise<PlainAnswer>[], otherwise: PlainAnswer): Promise<PlainAnswer> {
  const known = answers.map(async (answer) => {
    if ((await answer).speaks === null) throw new Error('not known');
    return await answer;
  });
  return await Promise.any(known).catch(async () => {
    const all = await Promise.all(answers);
    return all.find(({ sample }) => sample !== '') ?? otherwise;
  });
}

/** What comes next may say that the port speaks TLS. */
const badRequest = /^HTTP\/1\.\d 400/;

/** A TLS record, or what nginx, Apache and Go tell somebody who speaks plain HTTP to their TLS port. */
const speaksTls =
  /^[\x14-\x17]\x03[\0-\x04]|^HTTP\/1\.\d 400 [^]*\bto (?:an? )?(?:HTTPS|SSL-enabled) (?:port|server)/i;

function recognise(text: string, sign: Sign | null = null): PlainAnswer {
  if (speaksTls.test(text)) return { speaks: null, sample: '' };
  const all = sign === null ? signs : [sign, ...signs];
  const speaks = all.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  return { speaks, sample: printable(text.split('\n', 1)[0]?.trimEnd() ?? '', 100) };
}

interface Listening {
  readonly address: string;
  readonly port: number;
  readonly first?: Buffer | undefined;
  readonly time: number;
  readonly send: string | Buffer | null;
  /** Sends once what was heard fits. */
  readonly after: RegExp;
  /** What the answer is likely to be. */
  readonly sign: Sign | null;
  readonly signal: AbortSignal;
}

/** What a port says, to the end of a line or so, with nothing sent or one thing. */
async function listen({ address, port, first, time, send, after, sign, signal }: Listening): Promise<string> {
  return await new Promise((resolve) => {
    let heard = '';
    let sentAt = send === null ? 0 : -1;
    const socket = net.connect({ host: address, port });
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      socket.destroy();
      resolve(heard);
    };
    const timer = setTimeout(done, time);
    const say = (): void => {
      if (sentAt !== -1 || send === null || !after.test(heard)) return;
      sentAt = heard.length;
      socket.write(send);
    };
    signal.addEventListener('abort', done, { once: true });
    socket.on('error', done);
    socket.once('close', done);
    if (first !== undefined) socket.write(first);
    socket.once('connect', say);
    socket.on('data', (chunk) => {
      heard = (heard + chunk.toString('latin1')).slice(0, longestSample);
      say();
      const fresh = sentAt === -1 ? '' : heard.slice(sentAt);
      const whole = fresh.includes('\n') || recognise(fresh, sign).speaks !== null;
      if (heard.length === longestSample || (whole && !badRequest.test(fresh))) done();
    });
    if (signal.aborted) done();
  });
}
