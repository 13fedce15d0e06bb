import type { ServerProblem } from '@altname/certs';
import { printable } from '@altname/core';
import type { AccessRecord } from '../access-record.ts';
import type { ConnectionRecord } from '../connection-record.ts';
import {
  isTcpUpstream,
  readTcpUpstream,
  type TcpUpstreamConfig,
  type TcpUpstreamOptions,
} from '../passthrough/tcp-upstream.ts';
import type { UpstreamFailure } from '../upstream/failure.ts';
import { readAdmin, type AdminConfig, type AdminOptions } from './admin-options.ts';
import { fault, readKeys } from './fault.ts';
import { readFrontTls, type FrontTls, type FrontTlsOptions } from './front-tls.ts';
import { readLimits, type LimitOptions } from './limits.ts';
import { readListenAddress, type ListenAddress } from './listen-address.ts';
import { readProxyProtocol, type ProxyProtocolOptions } from './proxy-protocol.ts';
import { readRoutes, type Route, type RouteOptions } from './routes.ts';
import { readTrustList, type TrustList } from './trust-list.ts';
import { readUpstream, type UpstreamConfig, type UpstreamOptions } from './upstream-options.ts';

/**
 * What {@link createProxy} takes. An option stands here, in its reader, in `schema.json` for the file, and in the README's
 * table; `schema.test.ts` says what is missing where.
 */
export interface ProxyOptions {
  /** A port, or `host:port`. */
  readonly listen: number | string;
  /** Certificates in front; without it the proxy speaks plain HTTP. */
  readonly tls?: FrontTlsOptions;
  readonly upstreams: Readonly<Record<string, UpstreamOptions | TcpUpstreamOptions>>;
  /** Which requests go where; everything to the upstream when there is one alone. */
  readonly routes?: readonly RouteOptions[];
  /** Ranges of peers whose `Forwarded` and `X-Forwarded-*` are believed; nobody's when not given. */
  readonly trust?: readonly string[];
  /** Peers that begin each connection with a header of the PROXY protocol, and are believed; nobody when not given. */
  readonly proxyProtocol?: ProxyProtocolOptions;
  readonly timeouts?: TimeoutOptions;
  readonly limits?: LimitOptions;
  /** Health and metrics, on a port of their own; nothing is counted without it. */
  readonly admin?: AdminOptions;
  /** Called once for each request, when its answer is over. */
  readonly onAccess?: (record: AccessRecord) => void;
  /** Called once for each connection that was passed through, or refused before TLS, when it is over. */
  readonly onConnection?: (record: ConnectionRecord) => void;
  /** Called when an upstream did not answer, with all that is known; the client learns nothing of it. */
  readonly onFailure?: (failure: UpstreamFailure) => void;
  /**
   * Called when something is wrong with the certificates in front and nothing ends for it: those that were good are
   * served on. Each thing is told once, as long as it lasts; as a warning of the process when not given.
   */
  readonly onProblem?: (problem: ServerProblem) => void;
}

/** Milliseconds. */
export interface TimeoutOptions {
  /** Until the connection to an upstream must stand, TCP and TLS; 10,000. */
  readonly connect?: number;
  /** Until the head of its answer must be there; 60,000. */
  readonly answer?: number;
  /** With nothing to read or write, in the middle of a request or an answer; 300,000. */
  readonly idle?: number;
  /** Until the head of a client's request must be there; 30,000. */
  readonly head?: number;
  /** For requests under way when the proxy is closed; 30,000. */
  readonly drain?: number;
}

/** {@link ProxyOptions}, read. Frozen. */
export interface ProxyConfig {
  readonly listen: ListenAddress;
  readonly tls: FrontTls | null;
  readonly upstreams: readonly UpstreamConfig[];
  /** Those that connections are passed through to. */
  readonly tcpUpstreams: readonly TcpUpstreamConfig[];
  /** Of requests. */
  readonly routes: readonly Route[];
  /** Of handshakes: all of them where one is passed through; else none. */
  readonly handshakeRoutes: readonly Route[];
  readonly trust: TrustList;
  /** Who has to begin with a header of the PROXY protocol; null for nobody. */
  readonly proxyProtocol: TrustList | null;
  readonly timeouts: Readonly<Required<TimeoutOptions>>;
  readonly limits: Readonly<Required<LimitOptions>>;
  readonly admin: AdminConfig | null;
  readonly onAccess: ((record: AccessRecord) => void) | null;
  readonly onConnection: ((record: ConnectionRecord) => void) | null;
  readonly onFailure: ((failure: UpstreamFailure) => void) | null;
  readonly onProblem: ((problem: ServerProblem) => void) | null;
}

/**
 * Reads the whole configuration before anything is done.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readProxyConfig(given: unknown): ProxyConfig {
  const options = readKeys('', given, known);
  const timeouts = readTimeouts(options['timeouts']);
  const named = readKeysOfUpstreams(options['upstreams']);
  const isTcp = ([, each]: [string, unknown]): boolean => isTcpUpstream(each);
  const [tcp, others] = [
    Object.entries(named).filter(isTcp),
    Object.entries(named).filter((each) => !isTcp(each)),
  ];
  const upstreams = others.map(([name, each]) => readUpstream(name, each, timeouts));
  const tcpUpstreams = tcp.map(([name, each]) => readTcpUpstream(name, each));
  const keys = { all: Object.keys(named), tcp: tcp.map(([name]) => name) };
  const routes = readRoutes(options['routes'], keys);
  const listen = readListenAddress(options['listen']);
  checkTls(routes, options['tls'] !== undefined);
  return Object.freeze({
    listen: Object.freeze(listen),
    tls: options['tls'] === undefined ? null : readFrontTls(options['tls']),
    upstreams: Object.freeze(upstreams),
    tcpUpstreams: Object.freeze(tcpUpstreams),
    routes: Object.freeze(routes.filter(({ tls }) => tls === null)),
    handshakeRoutes: routes.some(({ tls }) => tls !== null) ? routes : Object.freeze([]),
    trust: readTrustList(options['trust']),
    proxyProtocol: readProxyProtocol(options['proxyProtocol']),
    timeouts,
    limits: readLimits(
      options['limits'],
      upstreams.reduce((sum, { connections }) => sum + connections, 0),
    ),
    admin: options['admin'] === undefined ? null : readAdmin(options['admin'], listen),
    onAccess: readCallback('onAccess', options['onAccess']),
    onConnection: readCallback('onConnection', options['onConnection']),
    onFailure: readCallback('onFailure', options['onFailure']),
    onProblem: readCallback('onProblem', options['onProblem']),
  });
}

/** The times, with what holds where nothing is said. */
export function readTimeouts(given: unknown = {}): Readonly<Required<TimeoutOptions>> {
  const times = readKeys('timeouts', given, Object.keys(usualTimes));
  for (const [name, ms] of Object.entries(times)) {
    if (ms === undefined || (Number.isInteger(ms) && (ms as number) >= 1 && (ms as number) <= mostTime))
      continue;
    throw fault(`timeouts.${name}`, 'whole milliseconds from 1 to 86,400,000 are expected');
  }
  const said = Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined));
  return Object.freeze({ ...usualTimes, ...said });
}

/** The upstreams by name, not read yet. */
export function readKeysOfUpstreams(given: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const names = isObject ? Object.keys(given) : [];
  if (names.length === 0) throw fault('upstreams', 'an object with at least one upstream is expected');
  for (const name of names) {
    if (/^[\w-]{1,60}$/.test(name)) continue;
    throw fault(`upstreams."${printable(name, 60)}"`, 'a name of letters, digits, - and _ is expected');
  }
  return given as Record<string, unknown>;
}

const known: string[] = [
  'listen',
  'tls',
  'upstreams',
  'routes',
  'trust',
  'proxyProtocol',
  'timeouts',
  'limits',
  'admin',
  'onAccess',
  'onConnection',
  'onFailure',
  'onProblem',
] satisfies (keyof ProxyOptions)[];

/** Certificates in front are for what is not passed through. */
function checkTls(routes: readonly Route[], hasTls: boolean): void {
  const passed = routes.filter(({ tls }) => tls !== null).length;
  if (passed === 0) return;
  if (hasTls && passed === routes.length) {
    throw fault('tls', 'every route passes TLS through, so that nothing is decrypted here');
  }
  if (!hasTls && passed < routes.length) {
    throw fault('tls', 'certificates are expected: not every route passes TLS through');
  }
}

const usualTimes = { connect: 10_000, answer: 60_000, idle: 300_000, head: 30_000, drain: 30_000 };
const mostTime = 86_400_000;

function readCallback<T>(key: string, given: unknown): ((value: T) => void) | null {
  if (given === undefined) return null;
  if (typeof given !== 'function') throw fault(key, 'a function is expected');
  // What a callback throws is a warning, and ends no request and no proxy.
  return (value) => {
    try {
      (given as (value: T) => void)(value);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : `${key} threw what is no error`);
    }
  };
}
