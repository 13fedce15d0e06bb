import type { CertificateSource, Toleration } from '@altname/client';
import { fault, readKeys } from './fault.ts';
import {
  readEjection,
  readHealth,
  readWhole,
  type Ejection,
  type EjectionOptions,
  type Health,
  type HealthOptions,
} from './health-options.ts';
import { readVersion } from './proxy-protocol.ts';
import { readServers, type ServerConfig, type ServerOptions } from './upstream-servers.ts';

/** PEM as text or octets. */
type Pem = string | Uint8Array;

/** A server that requests are handed on to, or several that are alike. */
export interface UpstreamOptions {
  /**
   * Its URL: `https://host` or `https://host:port`; where nothing is verified, `http://host:port` or `unix:/path`. A
   * list of them, or of `{ to, name }`, for several. The path of a request is handed on as it came.
   */
  readonly to: string | readonly (string | ServerOptions)[];
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
  /** HTTP/1.1 (`http1`, the default), HTTP/2, or what the server chooses by ALPN (`auto`). */
  readonly protocol?: 'http1' | 'http2' | 'auto';
  /** Requests at once to each server; one beyond is answered with 503. 1,000 when not given. */
  readonly connections?: number;
  /** How often a request is tried once more where that is safe; 1, and 0 for never. */
  readonly retries?: number;
  /** Asks each server whether it is well; not when not given. */
  readonly health?: HealthOptions;
  /** Leaves out servers whose answers fail; `false` for never. */
  readonly ejection?: EjectionOptions | false;
  /** Milliseconds that a connection without a request is kept, unless the server says otherwise; 4,000. */
  readonly keepAlive?: number;
  /** Milliseconds after which a connection takes no more requests, so that changes of DNS are seen; for ever when not given. */
  readonly lifetime?: number;
  /**
   * Tell it who connects, by a header of the PROXY protocol before everything else, TLS too. A connection to it is then
   * for one connection in front alone. Not told when not given.
   */
  readonly proxyProtocol?: 'v1' | 'v2';
}

/** {@link UpstreamOptions}, read. Frozen. */
export interface UpstreamConfig {
  /** Its key in the configuration. */
  readonly key: string;
  /** At least one. */
  readonly servers: readonly [ServerConfig, ...ServerConfig[]];
  readonly host: 'preserve' | 'upstream' | { readonly value: string };
  readonly protocol: 'http1' | 'http2' | 'auto';
  readonly connections: number;
  readonly retries: number;
  readonly health: Health | null;
  readonly ejection: Ejection | null;
  readonly keepAlive: number | null;
  readonly lifetime: number | null;
  readonly proxyProtocol: 'v1' | 'v2' | null;
  readonly tolerates: string | null;
  readonly hasClientCertificate: boolean;
}

/** Milliseconds until a connection to an upstream must stand. */
export interface ConnectTime {
  readonly connect: number;
}

const known: string[] = [
  'to',
  'name',
  'ca',
  'cert',
  'key',
  'tolerate',
  'host',
  'protocol',
  'connections',
  'retries',
  'health',
  'ejection',
  'keepAlive',
  'lifetime',
  'proxyProtocol',
] satisfies (keyof UpstreamOptions)[];

/**
 * Reads one upstream.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readUpstream(name: string, given: unknown, { connect }: ConnectTime): UpstreamConfig {
  const key = `upstreams.${name}`;
  const options = readKeys(key, given, known);
  const protocol = readProtocol(`${key}.protocol`, options['protocol']);
  const tls = Object.fromEntries(
    ['ca', 'cert', 'key', 'tolerate'].flatMap((each) =>
      options[each] === undefined ? [] : [[each, options[each]]],
    ),
  );
  const servers = readServers(key, options['to'], { name: options['name'], protocol, tls, timeout: connect });
  if (protocol === 'auto' && servers.some((server) => server.connection === null)) {
    throw fault(`${key}.protocol`, 'plain HTTP has no ALPN to choose by: http1 or http2 is expected');
  }
  return Object.freeze({
    key: name,
    servers: servers as [ServerConfig, ...ServerConfig[]],
    host: readHost(`${key}.host`, options['host']),
    protocol,
    connections: readWhole(`${key}.connections`, options['connections'], 1000, 1, 100_000),
    retries: readWhole(`${key}.retries`, options['retries'], 1, 0, 10),
    health: readHealth(`${key}.health`, options['health']),
    ejection: readEjection(`${key}.ejection`, options['ejection']),
    keepAlive: readTime(`${key}.keepAlive`, options['keepAlive']),
    lifetime: readTime(`${key}.lifetime`, options['lifetime']),
    proxyProtocol: readVersion(`${key}.proxyProtocol`, options['proxyProtocol']),
    tolerates: (options['tolerate'] as Toleration | undefined)?.cause ?? null,
    hasClientCertificate: options['cert'] !== undefined,
  });
}

function readProtocol(key: string, given: unknown): UpstreamConfig['protocol'] {
  if (given === undefined) return 'http1';
  if (given === 'http1' || given === 'http2' || given === 'auto') return given;
  throw fault(key, "'http1', 'http2' or 'auto' is expected");
}

function readTime(key: string, given: unknown): number | null {
  return given === undefined ? null : readWhole(key, given, 0, 1, 86_400_000);
}

function readHost(key: string, host: unknown): UpstreamConfig['host'] {
  if (host === undefined || host === 'preserve') return 'preserve';
  if (host === 'upstream') return 'upstream';
  if (typeof host === 'string' && /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.test(host)) {
    return Object.freeze({ value: host });
  }
  throw fault(key, "'preserve', 'upstream', or a host (and port) to send is expected");
}
