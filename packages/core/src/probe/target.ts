import { AltnameError } from '../error.ts';
import { problemText, readIdentifier, type Identifier } from '../names/identifier.ts';
import { printable } from '../names/printable.ts';
import type { StartTls } from './options.ts';

/** What to reach, as `check` and `probe` take it. */
export interface Target {
  /** As written, without credentials, query and fragment: what may be shown and stored. */
  readonly text: string;
  /** The host a Node client takes from it: lower case, A-labels, no brackets; a trailing dot stays. */
  readonly host: string;
  readonly identifier: Identifier;
  readonly port: number;
  /** The scheme of a URL; null for a bare host. */
  readonly scheme: string | null;
  /** The STARTTLS protocol that the scheme implies. */
  readonly starttls: StartTls | null;
  /** The protocol has a Host header. */
  readonly http: boolean;
}

interface Scheme {
  readonly port: number;
  readonly starttls?: StartTls;
  readonly http?: true;
}

/** Default port and STARTTLS protocol by URL scheme. The scheme of each STARTTLS protocol has its name. */
const schemes = new Map<string, Scheme>([
  ['https', { port: 443, http: true }],
  ['wss', { port: 443, http: true }],
  ['grpcs', { port: 443 }],
  ['smtps', { port: 465 }],
  ['imaps', { port: 993 }],
  ['pop3s', { port: 995 }],
  ['ldaps', { port: 636 }],
  ['ftps', { port: 990 }],
  ['mqtts', { port: 8883 }],
  ['amqps', { port: 5671 }],
  ['rediss', { port: 6379 }],
  ['mongodb', { port: 27017 }],
  ['kafka', { port: 9093 }],
  ['tls', { port: 443 }],
  ['smtp', { port: 587, starttls: 'smtp' }],
  ['lmtp', { port: 24, starttls: 'lmtp' }],
  ['imap', { port: 143, starttls: 'imap' }],
  ['pop3', { port: 110, starttls: 'pop3' }],
  ['ftp', { port: 21, starttls: 'ftp' }],
  ['ldap', { port: 389, starttls: 'ldap' }],
  ['xmpp', { port: 5222, starttls: 'xmpp' }],
  ['nntp', { port: 119, starttls: 'nntp' }],
  ['sieve', { port: 4190, starttls: 'sieve' }],
  ['postgres', { port: 5432, starttls: 'postgres' }],
  ['postgresql', { port: 5432, starttls: 'postgres' }],
  ['mysql', { port: 3306, starttls: 'mysql' }],
]);

/** Schemes without TLS, and the scheme that has it. */
const plainSchemes = new Map([
  ['http', 'https'],
  ['ws', 'wss'],
  ['redis', 'rediss'],
  ['amqp', 'amqps'],
  ['mqtt', 'mqtts'],
]);

/** No target is longer; longer input is not a host. */
const longestTarget = 2048;

/**
 * Reads a URL, `host`, `host:port`, `address` or `[v6]:port`.
 *
 * | text                                    | host, port                                                      |
 * |-----------------------------------------|-----------------------------------------------------------------|
 * | `https://Shop.TEST/`                    | shop.test, 443                                                  |
 * | `postgres://user:secret@db.test/x`      | db.test, 5432, STARTTLS; the credentials are dropped unread     |
 * | `shop.test` `shop.test:8443`            | as an https URL, or as one of the STARTTLS protocol given       |
 * | `[2001:db8::1]:8443` `2001:db8::1`      | brackets are needed for a port and in a URL                     |
 * | `bücher.test`, `shop.test.`             | xn--bcher-kva.test; shop.test. with its dot, as Node dials it    |
 *
 * @param starttls the protocol spoken before TLS: a bare host gets its port, and no Host header
 * @throws {AltnameError} `ALTNAME_BAD_TARGET`, in one line that names the target (never its credentials).
 */
export function parseTarget(text: string, starttls?: StartTls): Target {
  const trimmed = text.trim();
  const parts = readParts(trimmed.slice(0, longestTarget));
  const { scheme, authority, place, path, torn } = parts;
  const shown = shownOf(parts);
  const bad = (why: string): AltnameError =>
    new AltnameError(
      'ALTNAME_BAD_TARGET',
      `"${printable(shown, 120)}" is not a target: ${why} (a URL, host, host:port or [v6]:port is expected)`,
    );
  if (trimmed === '') throw bad('it is empty');
  if (trimmed.length > longestTarget) throw bad(`it has more than ${longestTarget} characters`);
  const secured = plainSchemes.get(scheme ?? '');
  if (secured !== undefined) throw bad(`${scheme}:// has no TLS; ${secured}:// has`);
  if (scheme === null && /^[^/]+:\/\//.test(authority + path)) throw bad('no scheme begins like that');
  const known = schemes.get(scheme ?? starttls ?? 'https');
  if (known === undefined) throw bad(`the scheme ${printable(scheme ?? '', 40)} is not known`);
  // Browsers and Node read a backslash as a slash: what stands behind it is no host to them.
  if (authority.includes('\\')) throw bad('a backslash has no place before or in the host');
  if (torn) throw bad('"/", "?" and "#" in a password are written as %2F, %3F and %23');
  const { host, port } = splitHostPort(place, scheme !== null, bad);
  const identifier = readIdentifier(host);
  if (typeof identifier === 'string') throw bad(`as a host, ${problemText[identifier]}`);
  const dot = identifier.kind === 'dns' && host.endsWith('.') ? '.' : '';
  return {
    text: shown,
    host: identifier.value + dot,
    identifier,
    port: port ?? known.port,
    scheme,
    starttls: known.starttls ?? null,
    http: known.http === true,
  };
}

/** Of a text given as a target what may be shown and stored, be it one or not: no credentials, query or fragment. */
export function shownTarget(text: string): string {
  return shownOf(readParts(text.trim().slice(0, longestTarget)));
}

/** Reads the value of `connect`: `host:port`, `[v6]:port`, or either without a port. */
export function parseDial(text: string, defaultPort: number): { host: string; port: number } {
  const bad = (why: string): AltnameError =>
    new AltnameError(
      'ALTNAME_BAD_OPTION',
      `connect "${printable(shownTarget(text), 120)}": ${why} (host:port is expected)`,
    );
  if (/[?#]/.test(text)) throw bad('a query or fragment has no place in it');
  const { host, port } = splitHostPort(text.trim(), false, bad);
  const identifier = readIdentifier(host);
  if (typeof identifier === 'string') throw bad('the host is neither a DNS name nor an IP address');
  return { host: identifier.value, port: port ?? defaultPort };
}

function splitHostPort(
  authority: string,
  inUrl: boolean,
  bad: (why: string) => AltnameError,
): { host: string; port: number | null } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(authority);
  const plain = /^([^:[\]]*)(?::([^:]*))?$/s.exec(authority);
  const bareV6 = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(authority);
  if (bareV6 && inUrl) throw bad('an IPv6 address in a URL stands in brackets');
  const match = bracketed ?? plain ?? (bareV6 ? [authority, authority, undefined] : null);
  if (match === null) throw bad('host and port cannot be told apart');
  const host = match[1] ?? '';
  if (bracketed !== null && !host.includes(':')) throw bad('only an IPv6 address stands in brackets');
  const digits = match[2];
  if (digits === undefined || digits === '') return { host, port: null };
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw bad(`port ${printable(digits, 20)} is not a number from 1 to 65535`);
  return { host, port };
}

interface Parts {
  readonly scheme: string | null;
  readonly authority: string;
  /** The authority without user name and password: host and port. */
  readonly place: string;
  /** Without query and fragment: they carry secrets. */
  readonly path: string;
  /** A password with a slash in it tore the URL: nothing of it may be shown. */
  readonly torn: boolean;
}

function readParts(text: string): Parts {
  const parts = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)([^?#]*)(.*)$/is.exec(text);
  const [authority, path, rest] = [parts?.[2] ?? '', parts?.[3] ?? '', parts?.[4] ?? ''];
  const userAndRest = /^[^:@[]*:\d*[^\d:@][^:@]*$/.test(authority);
  return {
    scheme: parts?.[1]?.toLowerCase() ?? null,
    authority,
    place: withoutUser(authority),
    path,
    torn: userAndRest && (path + rest).includes('@'),
  };
}

function shownOf({ scheme, place, path, torn }: Parts): string {
  const prefix = scheme === null ? '' : `${scheme}://`;
  return prefix + (torn ? '…' : place + (path.includes('@') ? '' : path));
}

function withoutUser(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}
