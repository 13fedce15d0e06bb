import {
  connection,
  type CertificateSource,
  type Connection,
  type ConnectionOptions,
  type Toleration,
} from '@altname/client';
import { AltnameError, parseIdentifier, printable, shownTarget } from '@altname/core';
import { fault, readKeys } from './fault.ts';

/** PEM as text or octets. */
type Pem = string | Uint8Array;

/** A server that requests are handed on to. */
export interface UpstreamOptions {
  /** Its URL: `https://host` or `https://host:port`. The path of a request is handed on as it came. */
  readonly to: string;
  /** The name that its certificate has to carry, and that is sent as server name; the host of `to` when not given. */
  readonly name?: string;
  /** Trusted beside the default roots: PEM, or `{ file }`. */
  readonly ca?: CertificateSource;
  /** The proxy's own certificate for this upstream, with its intermediates. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** One named fault, in development: what `tolerate` of `@altname/client` returns. */
  readonly tolerate?: Toleration;
  /** The `Host` header it gets: that of the client (`preserve`, the default), that of `to` (`upstream`), or this one. */
  readonly host?: string;
  /** Connections at once; a request beyond is answered with 503. 1,000 when not given. */
  readonly connections?: number;
}

/** {@link UpstreamOptions}, read. Frozen. */
export interface UpstreamConfig {
  /** Its key in the configuration. */
  readonly key: string;
  /** `https://host:port` */
  readonly origin: string;
  /** Host and port of `origin`, the port left out where it is that of the scheme. */
  readonly authority: string;
  readonly connection: Connection;
  readonly host: 'preserve' | 'upstream' | { readonly value: string };
  readonly connections: number;
  /** For words: whether `name` was given. */
  readonly named: boolean;
  readonly tolerates: string | null;
  readonly hasClientCertificate: boolean;
}

/** Milliseconds until a connection to an upstream must stand. */
export interface ConnectTime {
  readonly connect: number;
}

const known = ['to', 'name', 'ca', 'cert', 'key', 'tolerate', 'host', 'connections'];

/**
 * Reads one upstream.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readUpstream(name: string, given: unknown, { connect }: ConnectTime): UpstreamConfig {
  const key = `upstreams.${name}`;
  const options = readKeys(key, given, known);
  const url = readOrigin(`${key}.to`, options['to']);
  if (options['name'] === undefined && isAddress(url.hostname)) {
    throw fault(
      `${key}.name`,
      `${url.hostname} is an address: say which name its certificate has to carry (altname proxy --check shows which it does)`,
    );
  }
  const { ca, cert, key: own, tolerate } = options;
  const made = makeConnection(key, {
    to: url.port === '' ? `${url.hostname}:443` : url.host,
    ...(options['name'] === undefined ? {} : { name: options['name'] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(own === undefined ? {} : { key: own }),
    ...(tolerate === undefined ? {} : { tolerate }),
    timeout: connect,
  });
  return Object.freeze({
    key: name,
    origin: url.origin,
    authority: url.host,
    connection: made,
    host: readHost(`${key}.host`, options['host']),
    connections: readConnections(`${key}.connections`, options['connections']),
    named: options['name'] !== undefined,
    tolerates: (tolerate as Toleration | undefined)?.cause ?? null,
    hasClientCertificate: cert !== undefined,
  });
}

/** The URL of an upstream that has no name but an address, and says none; null for any other. */
export function namelessAddress(given: unknown): URL | null {
  const { to, name } = (given ?? {}) as { to?: unknown; name?: unknown };
  if (name !== undefined || typeof to !== 'string' || !URL.canParse(to)) return null;
  const url = new URL(to);
  return url.protocol === 'https:' && isAddress(url.hostname) ? url : null;
}

function isAddress(hostname: string): boolean {
  try {
    return parseIdentifier(hostname.replace(/^\[(.*)\]$/, '$1')).kind === 'ip';
  } catch {
    return false;
  }
}

function readOrigin(key: string, to: unknown): URL {
  if (typeof to !== 'string') throw fault(key, 'a URL is expected, such as https://10.0.0.5:8443');
  const shown = printable(shownTarget(to), 120);
  if (!URL.canParse(to)) throw fault(`${key} "${shown}"`, 'it is no URL; https://host:port is expected');
  const url = new URL(to);
  if (url.protocol !== 'https:') {
    throw fault(`${key} "${shown}"`, 'https:// is expected: nothing else has a certificate to verify');
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(to) || url.pathname !== '/') {
    throw fault(`${key} "${shown}"`, 'host and port alone are expected; paths are handed on as they come');
  }
  return url;
}

function makeConnection(key: string, options: Readonly<Record<string, unknown>>): Connection {
  try {
    return connection(options as unknown as ConnectionOptions);
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    throw new AltnameError(error.code, `${key}.${error.message}`, { cause: error });
  }
}

function readHost(key: string, host: unknown): UpstreamConfig['host'] {
  if (host === undefined || host === 'preserve') return 'preserve';
  if (host === 'upstream') return 'upstream';
  if (typeof host === 'string' && /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.test(host)) {
    return Object.freeze({ value: host });
  }
  throw fault(key, "'preserve', 'upstream', or a host (and port) to send is expected");
}

function readConnections(key: string, given: unknown): number {
  const value = given ?? 1000;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw fault(key, 'a whole number from 1 to 100,000 is expected');
}
