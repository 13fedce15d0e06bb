import { AltnameError } from '../error.ts';
import { parseIdentifier, type Identifier } from '../names/identifier.ts';
import { printable } from '../names/printable.ts';
import type { StartTls } from './options.ts';

/** What to reach, as `check` and `probe` take it. */
export interface Target {
  /** As written, without credentials. */
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

/** Default port and STARTTLS protocol by URL scheme. */
const schemes: Record<string, { port: number; starttls?: StartTls; http?: true }> = {
  https: { port: 443, http: true },
  wss: { port: 443, http: true },
  grpcs: { port: 443 },
  smtps: { port: 465 },
  imaps: { port: 993 },
  pop3s: { port: 995 },
  ldaps: { port: 636 },
  ftps: { port: 990 },
  mqtts: { port: 8883 },
  amqps: { port: 5671 },
  rediss: { port: 6379 },
  mongodb: { port: 27017 },
  kafka: { port: 9093 },
  tls: { port: 443 },
  smtp: { port: 587, starttls: 'smtp' },
  imap: { port: 143, starttls: 'imap' },
  pop3: { port: 110, starttls: 'pop3' },
  ftp: { port: 21, starttls: 'ftp' },
  ldap: { port: 389, starttls: 'ldap' },
  xmpp: { port: 5222, starttls: 'xmpp' },
  nntp: { port: 119, starttls: 'nntp' },
  sieve: { port: 4190, starttls: 'sieve' },
  postgres: { port: 5432, starttls: 'postgres' },
  postgresql: { port: 5432, starttls: 'postgres' },
  mysql: { port: 3306, starttls: 'mysql' },
};

/** No target is longer; longer input is not a host. */
const longestTarget = 2048;

/**
 * Reads a URL, `host`, `host:port`, `address` or `[v6]:port`. Without a scheme it is read as an https URL.
 *
 * @throws {AltnameError} `ALTNAME_BAD_TARGET`, in one line that names the target (never its credentials).
 */
export function parseTarget(text: string): Target {
  const trimmed = text.trim();
  const shown = withoutCredentials(trimmed);
  const bad = (why: string): AltnameError =>
    new AltnameError(
      'ALTNAME_BAD_TARGET',
      `"${printable(shown, 120)}" is not a target: ${why} (a URL, host, host:port or [v6]:port is expected)`,
    );
  if (trimmed === '') throw bad('it is empty');
  if (trimmed.length > longestTarget) throw bad(`it has more than ${longestTarget} characters`);
  const parts = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^/?#]*@)?([^/?#]*)([/?#].*)?$/is.exec(trimmed);
  if (parts === null) throw bad('it is no URL');
  const scheme = parts[1]?.toLowerCase() ?? null;
  if (scheme === 'http' || scheme === 'ws') throw bad(`${scheme}:// has no TLS; ${scheme}s:// has`);
  const known = schemes[scheme ?? 'https'];
  if (known === undefined) throw bad(`the scheme ${printable(scheme ?? '', 40)} is not known`);
  const { host, port } = splitHostPort(parts[2] ?? '', bad);
  let identifier: Identifier;
  try {
    identifier = parseIdentifier(host);
  } catch (error) {
    const why = error instanceof AltnameError ? error.message.replace(/^.*?: /s, '') : String(error);
    throw bad(why);
  }
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

/** Reads the value of `connect`: `host:port`, `[v6]:port`, or either without a port. */
export function parseDial(text: string, defaultPort: number): { host: string; port: number } {
  const bad = (why: string): AltnameError =>
    new AltnameError(
      'ALTNAME_BAD_OPTION',
      `connect "${printable(text, 120)}": ${why} (host:port is expected)`,
    );
  const { host, port } = splitHostPort(text.trim(), bad);
  try {
    return { host: parseIdentifier(host).value, port: port ?? defaultPort };
  } catch {
    throw bad('the host is neither a DNS name nor an IP address');
  }
}

function splitHostPort(
  authority: string,
  bad: (why: string) => AltnameError,
): { host: string; port: number | null } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(authority);
  const plain = /^([^:]*)(?::([^:]*))?$/s.exec(authority);
  const bareV6 = authority.split(':').length > 2 && !authority.includes('[');
  const match = bracketed ?? plain ?? (bareV6 ? [authority, authority, undefined] : null);
  if (match === null) throw bad('host and port cannot be told apart');
  const digits = match[2];
  if (digits === undefined || digits === '') return { host: match[1] ?? '', port: null };
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw bad(`port ${printable(digits, 20)} is not a number from 1 to 65535`);
  return { host: match[1] ?? '', port };
}

function withoutCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1');
}
