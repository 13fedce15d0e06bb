import type { Identifier } from '@altname/core';
import { configuredName } from './configured-name.ts';

/** A server that a text names by a URL over TLS. */
export interface TlsUrl {
  readonly name: Identifier;
  /** As it is told: `https://api:8443`, without credentials, path and query. */
  readonly shown: string;
  /** Null where the URL has none, and its scheme has none either. */
  readonly port: number | null;
  /** Whether a client that is given the URL compares the name with the certificate. */
  readonly checksName: boolean;
  /** Where its scheme begins in the text, and the first offset behind the host. */
  readonly start: number;
  readonly end: number;
}

type Query = ReadonlyMap<string, string>;

interface Scheme {
  readonly port: number | null;
  readonly isTls: (query: Query) => boolean;
  readonly checksName: (query: Query) => boolean;
}

const always = (): boolean => true;

function overTls(port: number | null): Scheme {
  return { port, isTls: always, checksName: always };
}

const postgres: Scheme = {
  port: 5432,
  isTls: (query) => /^(?:require|verify-ca|verify-full)$/.test(query.get('sslmode') ?? ''),
  checksName: (query) => query.get('sslmode') === 'verify-full',
};
const mysql: Scheme = {
  port: 3306,
  isTls: (query) => /^(?:required|verify_ca|verify_identity)$/i.test(mysqlMode(query)),
  checksName: (query) => /^verify_identity$/i.test(mysqlMode(query)),
};
const mongodb: Scheme = {
  port: 27_017,
  isTls: (query) => query.get('tls') === 'true' || query.get('ssl') === 'true',
  checksName: always,
};

function mysqlMode(query: Query): string {
  return query.get('ssl-mode') ?? query.get('sslmode') ?? query.get('ssl_mode') ?? '';
}

/** By scheme, without `jdbc:` and what SQLAlchemy puts behind a `+`. */
const schemes: Readonly<Record<string, Scheme>> = {
  https: overTls(443),
  wss: overTls(443),
  grpcs: overTls(443),
  rediss: overTls(6379),
  valkeys: overTls(6379),
  mqtts: overTls(8883),
  amqps: overTls(5671),
  ldaps: overTls(636),
  smtps: overTls(465),
  imaps: overTls(993),
  pop3s: overTls(995),
  ftps: overTls(990),
  tls: overTls(null),
  postgres,
  postgresql: postgres,
  cockroachdb: postgres,
  mysql,
  mariadb: mysql,
  mongodb,
};

/** What a query says where the check is off, or its name is not compared. Keys are in lower case. */
const unchecked: readonly (readonly [key: string, value: RegExp])[] = [
  ['tlsinsecure', /^true$/],
  ['tlsallowinvalidhostnames', /^true$/],
  ['tlsallowinvalidcertificates', /^true$/],
  ['ssl_cert_reqs', /none/i],
  ['ssl_check_hostname', /^(?:false|0)$/i],
  ['rejectunauthorized', /^(?:false|0)$/i],
  ['verify', /^(?:false|0|verify_none)$/i],
  ['verify_peer', /^(?:false|0)$/i],
  ['tls_verify', /^(?:false|0)$/i],
  ['skip_verify', /^(?:true|1)$/i],
  ['insecure', /^(?:true|1)$/i],
];

const mostUrls = 1000;

const url =
  /(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}):\/\/([^\s"'`/?#\\|();]{1,1024})(?:\/[^\s"'`<>?#\\|]*)?(?:\?([^\s"'`<>#\\|]{0,2048}))?/gi;

/** Every URL over TLS in a text, of one with several hosts each of them. */
export function tlsUrls(text: string): readonly TlsUrl[] {
  if (!text.includes('://')) return [];
  const found: TlsUrl[] = [];
  for (const match of text.matchAll(url)) {
    if (found.length >= mostUrls) break;
    const [, written = '', authority = '', search = ''] = match;
    const scheme = schemeOf(written);
    if (scheme === null) continue;
    const query = queryOf(search);
    if (!scheme.isTls(query)) continue;
    const checksName = scheme.checksName(query) && !isUnchecked(query);
    const hostsAt = match.index + written.length + 3 + authority.lastIndexOf('@') + 1;
    let at = hostsAt;
    for (const each of authority.slice(authority.lastIndexOf('@') + 1).split(',')) {
      const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?/.exec(each) ?? [];
      const name = configuredName(host);
      if (name !== null && !name.value.startsWith('*')) {
        found.push({
          name,
          shown: `${written}://${each.slice(0, host.length)}${port === undefined ? '' : `:${port}`}`,
          port: port === undefined ? scheme.port : Number(port),
          checksName,
          start: at === hostsAt ? match.index : at,
          end: at + host.length + (port === undefined ? 0 : port.length + 1),
        });
      }
      at += each.length + 1;
    }
  }
  return found;
}

function schemeOf(written: string): Scheme | null {
  const name = written.toLowerCase().replace(/\+.*$/, '');
  return Object.hasOwn(schemes, name) ? (schemes[name] ?? null) : null;
}

function queryOf(search: string): Query {
  return new Map([...new URLSearchParams(search)].map(([key, value]) => [key.toLowerCase(), value]));
}

function isUnchecked(query: Query): boolean {
  return unchecked.some(([key, value]) => value.test(query.get(key) ?? ''));
}
