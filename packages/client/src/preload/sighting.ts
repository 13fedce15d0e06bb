import type { Acquaintance } from './acquaintances.ts';
import type { Captured } from './capture.ts';

/** The options of `tls.connect`, as Node itself has put them together. Read, never written. */
export interface ConnectOptions {
  readonly host?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly servername?: unknown;
  readonly socket?: unknown;
  readonly rejectUnauthorized?: unknown;
  readonly checkServerIdentity?: unknown;
  readonly headers?: unknown;
  readonly href?: unknown;
  readonly agent?: unknown;
  readonly _agentKey?: unknown;
  readonly ca?: unknown;
  readonly secureContext?: unknown;
  readonly ALPNProtocols?: unknown;
}

/** What undici says just before it connects (`undici:client:beforeConnect`). */
export interface UndiciConnect {
  readonly hostname?: unknown;
  readonly port?: unknown;
  readonly servername?: unknown;
  /** The stack on which it said so. */
  readonly captured?: Captured;
}

/** What was seen of the server, just before Node judged it. */
export interface Shown {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly chainError: { readonly code: string | null; readonly message: string } | null;
  readonly protocol: string;
  readonly cipher: string | null;
  readonly alpn: string | null;
}

/** How the program keeps Node from refusing. */
export type Switch = 'option' | 'environment' | 'identity';

/** A connection that a program made itself, to speak TLS over it later. */
export interface Beneath {
  /** Null once TLS was waited for too long. */
  captured: Captured | null;
  readonly host: string | null;
  readonly port: number | null;
  /** `host:port` that a proxy was asked for over it (CONNECT, RFC 9110 §9.3.6); null when it was not. */
  readonly leadsTo: string | null;
}

/** One TLS connection of the program, from the call of `tls.connect` on. */
export interface Sighting {
  /** The stack of `tls.connect`; null once the connection stands, so that nothing of the program is kept alive. */
  captured: Captured | null;
  readonly options: ConnectOptions;
  /** The Host header of the request it is made for, where `http` asked for it. */
  readonly hostHeader: string | null;
  /** The words of undici, where undici asked for it. */
  undici: UndiciConnect | null;
  /** The connection beneath, when the program made one before. */
  readonly beneath: Beneath | null;
  /** The switch that keeps Node from refusing; null when Node verifies in full. */
  readonly switch: Switch | null;
  /** The endpoint, where an agent of `http` asked for it; not while every name is kept. */
  acquaintance: Acquaintance | null;
  /** Milliseconds, of `performance.now()`. */
  readonly started: number;
  address: string | null;
  shown: Shown | null;
  state: 'connecting' | 'secure' | 'told';
}

/** A connection that is begun now. */
export function newSighting(
  options: ConnectOptions,
  by: Switch | null,
  captured: Captured,
  hostHeader: string | null,
  beneath: Beneath | null,
): Sighting {
  return {
    captured,
    options,
    hostHeader,
    undici: null,
    beneath,
    switch: by,
    acquaintance: null,
    started: performance.now(),
    address: null,
    shown: null,
    state: 'connecting',
  };
}
