import type { Alert } from '../diagnosis/evidence.ts';
import type { PresentedNames } from '../names/presented.ts';
import { alertByNumber } from '../diagnosis/alerts.ts';
import { codeOfAlert } from './alert-codes.ts';
import { findClientText } from './client-traces.ts';
import type { FailureFamily } from './explanation.ts';
import { codeOfSslReason, findNodeError, nodeErrors, type NodeError } from './node-errors.ts';
import { findOtherPrograms } from './other-programs.ts';
import {
  canonicalIp,
  readAddresses,
  readAltnames,
  readCommonNames,
  readEnumeration,
  type PresentedText,
} from './presented-text.ts';

/** One place in one line that speaks of a failure. */
export interface Signal {
  readonly family: FailureFamily;
  readonly errorCode: string | null;
  /** The program whose words these are; null is Node. */
  readonly program: string | null;
  readonly checked: string | null;
  /** Node calls it a host or an address; null where the words do not say. */
  readonly checkedAs: 'host' | 'ip' | null;
  readonly presented: PresentedNames | null;
  readonly presentedComplete: boolean;
  readonly alert: Alert | null;
  /** Where it begins and ends in the line. */
  readonly at: number;
  readonly end: number;
}

/**
 * Whether a line can hold a signal at all: a cheap test that most lines of a log fail.
 * Every signal below holds one of these words.
 */
export function mayHoldSignal(line: string): boolean {
  return worthReading.test(line);
}

/**
 * The signals of one unfolded line, in their order, the most telling first where several stand in one place.
 *
 * | words                                              | family        |
 * |----------------------------------------------------|---------------|
 * | `Host: A. is not in the cert's altnames: LIST`     | name          |
 * | `IP: A is not in the cert's list: LIST`            | name          |
 * | `Host: A. is not cert's CN: CN`                    | name          |
 * | `Cert does not contain a DNS name`, `Cert is empty`| name          |
 * | the sentences of `explainRefusal`, which are ours  | name          |
 * | `Hostname/IP does not match certificate's altnames`| name          |
 * | `… SSL routines:F:REASON:… SSL alert number N`     | handshake     |
 * | an error code, or the words of `node-errors.ts`    | that of the table |
 * | the words of another program                       | name          |
 * | a client's own words, without a reason             | hidden        |
 */
export function findSignals(line: string): Signal[] {
  const found = [...nameSentences(line), ...findOtherPrograms(line)];
  const ssl = sslSignals(line);
  found.push(...ssl, ...textSignals(line, ssl), ...codeSignals(line));
  const client = findClientText(line);
  if (client !== null && client.hides !== null) {
    found.push({ ...nothing, family: 'hidden', at: 0, end: Math.min(line.length, 200) });
  }
  return found.sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

const worthReading =
  /cert|CERT|SSL|TLS|ERR_|EPROTO|ESOCKET|DEP0123|UNABLE_TO|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|Connect Timeout|socket hang up|fetch failed|MaxRetries|max retries per|slots cache|startup nodes|\[ioredis\]|ServerSelection|MongoNetwork|KafkaJS|UNAVAILABLE|No connection established|'CONN'|"CONN"|ubject alternative|path length|digest algorithm|subtree violation|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|ostname mismatch|SELF_SIGNED|Setting the/;

const nothing = {
  errorCode: null,
  program: null,
  checked: null,
  checkedAs: null,
  presented: null,
  presentedComplete: false,
  alert: null,
} as const;

const altnameCode = 'ERR_TLS_CERT_ALTNAME_INVALID';

function nameSentences(line: string): Signal[] {
  const found: Signal[] = [];
  for (let at = line.indexOf(' is not '); at !== -1;) {
    const sentence = readSentence(line, at);
    if (sentence !== null) found.push(sentence);
    at = line.indexOf(' is not ', Math.max(at + 8, sentence?.end ?? 0));
  }
  found.push(...ownSentences(line));
  for (const words of ['Cert does not contain a DNS name', 'Cert is empty']) {
    const at = line.indexOf(words);
    if (at === -1) continue;
    const none: PresentedNames = { san: 'absent', dns: [], ip: [], others: [], commonNames: [] };
    found.push({
      ...nothing,
      family: 'name',
      errorCode: altnameCode,
      presented: words === 'Cert is empty' ? null : none,
      presentedComplete: words !== 'Cert is empty',
      at,
      end: at + words.length,
    });
  }
  return found;
}

/** What altname's own check of the identity says in place of Node's. */
function ownSentences(line: string): Signal[] {
  if (!line.includes('certificate')) return [];
  const found: Signal[] = [];
  for (const match of line.matchAll(ownSentence)) {
    const [all, listed, kind, names = '', without] = match;
    const checked = listed ?? without ?? '';
    const list = readEnumeration(names, kind === 'IP addresses');
    found.push({
      ...nothing,
      family: 'name',
      errorCode: altnameCode,
      checked,
      checkedAs: canonicalIp(checked) === null ? 'host' : 'ip',
      presented: list.names,
      presentedComplete: list.complete && kind === 'DNS names',
      at: match.index,
      end: match.index + all.length,
    });
  }
  return found;
}

const ownSentence =
  /"([^"\s]{1,300})" is none of the certificate.{0,6}?s (DNS names|IP addresses) \(([^()]{1,700})\)|the certificate has no (?:DNS name|IP address) to match "([^"\s]{1,300})"/g;

/** The sentence around an ` is not `, when it is one of Node's three. */
function readSentence(line: string, at: number): Signal | null {
  const behind = line.slice(at, at + 40);
  const before = line.slice(Math.max(0, at - 300), at);
  const host = before.lastIndexOf('Host: ');
  const ip = before.lastIndexOf('IP: ');
  const start = Math.max(host, ip);
  if (start === -1) return null;
  const given = before.slice(start + (host > ip ? 6 : 4));
  if (given === '' || /\s/.test(given)) return null;
  const form = /^ is not (?:in the cert.{0,6}?s (altnames|list)|cert.{0,6}?s (CN)): ?/.exec(behind);
  if (form === null) return null;
  const from = at + form[0].length;
  let list: PresentedText;
  if (form[1] === 'altnames') list = readAltnames(line, from);
  else if (form[1] === 'list') list = readAddresses(line, from);
  else list = readCommonNames(line, from);
  return {
    ...nothing,
    family: 'name',
    errorCode: altnameCode,
    // Node prints a dot behind every host name; it belongs to neither of the two names.
    checked: host > ip && given.endsWith('.') ? given.slice(0, -1) : given,
    checkedAs: host > ip ? 'host' : 'ip',
    presented: list.names,
    presentedComplete: list.complete && form[1] !== 'list',
    at: at - (before.length - start),
    end: Math.max(list.end, from),
  };
}

const sslReason = /SSL routines:[^:]{0,80}:([^:]{1,80})(?::|$)/g;
const alertNumber = /SSL alert number (\d{1,3})/;

function sslSignals(line: string): Signal[] {
  if (!line.includes('SSL ')) return [];
  const found: Signal[] = [];
  for (const match of line.matchAll(sslReason)) {
    const errorCode = codeOfReason(match[1] ?? '');
    if (errorCode === 'ERR_SSL_CERTIFICATE_VERIFY_FAILED') continue;
    const end = match.index + match[0].length;
    const number = alertNumber.exec(line.slice(end, end + 200))?.[1];
    const alert = number === undefined ? null : alertByNumber(Number(number));
    found.push({
      ...nothing,
      family: 'handshake',
      errorCode,
      alert,
      at: match.index,
      end: number === undefined ? end : end + 200,
    });
  }
  const bare = found.length === 0 ? alertNumber.exec(line) : null;
  if (bare !== null) {
    const alert = alertByNumber(Number(bare[1]));
    const span = { at: bare.index, end: bare.index + bare[0].length };
    found.push({ ...nothing, family: 'handshake', errorCode: codeOfAlert(alert.number), alert, ...span });
  }
  return found;
}

interface Words {
  readonly text: string;
  readonly error: NodeError;
}

/** Words that mean the same only where TLS is already spoken of. */
const onlyAsSslReason =
  /^(alert |unrecognized name|unsupported protocol|no protocols|wrong version|packet length|unexpected eof)/;

/** Longest first: "self-signed certificate" is the beginning of "self-signed certificate in certificate chain". */
const words: readonly Words[] = nodeErrors
  .flatMap((error) => error.texts.map((text) => ({ text: text.toLowerCase(), error })))
  .sort((a, b) => b.text.length - a.text.length);

/** The code of an OpenSSL reason: that of the table whose words are in it, else the one Node would make of it. */
function codeOfReason(reason: string): string {
  const made = codeOfSslReason(reason);
  const known = findNodeError(made);
  if (known !== null && nodeErrors.includes(known)) return known.code;
  const lower = reason.toLowerCase();
  return (
    words.find(({ text, error }) => error.family === 'handshake' && lower.includes(text))?.error.code ?? made
  );
}

function textSignals(line: string, ssl: readonly Signal[]): Signal[] {
  const lower = line.toLowerCase();
  const tls = /ssl|tls/.test(lower);
  const found: Signal[] = [];
  for (const { text, error } of words) {
    if (!tls && onlyAsSslReason.test(text)) continue;
    const at = lower.indexOf(text);
    if (at === -1 || [...found, ...ssl].some((other) => at >= other.at && at < other.end)) continue;
    found.push({ ...nothing, family: error.family, errorCode: error.code, at, end: at + text.length });
  }
  for (const text of ['read ECONNRESET', 'socket hang up']) {
    const at = line.indexOf(text);
    if (at !== -1) {
      found.push({ ...nothing, family: 'transport', errorCode: 'ECONNRESET', at, end: at + text.length });
    }
  }
  return found;
}

const token = /[A-Z][A-Z0-9_]{4,80}(?:\/TLS_[A-Z_]{1,80})?/g;

/** Codes that say too little alone, as those of the transport do: they only go with the words beside them. */
const tooGeneral: ReadonlySet<string> = new Set(['ERR_INVALID_ARG_VALUE', 'ECONNRESET']);

function codeSignals(line: string): Signal[] {
  const found: Signal[] = [];
  for (const match of line.matchAll(token)) {
    const error = findNodeError(match[0]);
    if (error === null || tooGeneral.has(error.code)) continue;
    if (error.family === 'unchecked' || error.family === 'transport') continue;
    if (found.some((other) => other.errorCode === error.code)) continue;
    const end = match.index + match[0].length;
    found.push({ ...nothing, family: error.family, errorCode: error.code, at: match.index, end });
  }
  return found;
}

/** A sentence with names says more than a code, and a code more than a client's own words. */
function rank(signal: Signal): number {
  if (signal.checked !== null) return 0;
  if (signal.presented !== null) return 1;
  if (signal.alert !== null) return 2;
  if (signal.errorCode === 'EPROTO') return 4;
  return signal.family === 'hidden' ? 5 : signal.family === 'transport' ? 6 : 3;
}
