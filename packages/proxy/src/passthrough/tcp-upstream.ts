import { parseIdentifier, printable } from '@altname/core';
import { fault, readKeys } from '../config/fault.ts';
import { readVersion } from '../config/proxy-protocol.ts';

/** A server that connections are passed through to, not decrypted: who verifies it is the client. */
export interface TcpUpstreamOptions {
  /** `tcp://host:port` */
  readonly to: string;
  /** Tell it who connects, by a header of the PROXY protocol before everything else; not told when not given. */
  readonly proxyProtocol?: 'v1' | 'v2';
  /** Connections at once; one beyond is ended with an alert. 10,000 when not given. */
  readonly connections?: number;
}

/** {@link TcpUpstreamOptions}, read. Frozen. */
export interface TcpUpstreamConfig {
  /** Its key in the configuration. */
  readonly key: string;
  /** `tcp://host:port` */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly proxyProtocol: 'v1' | 'v2' | null;
  readonly connections: number;
}

/** Whether an upstream, not read yet, is one of TCP. */
export function isTcpUpstream(given: unknown): boolean {
  const { to } = (given ?? {}) as { to?: unknown };
  return typeof to === 'string' && /^tcp:/i.test(to);
}

/**
 * Reads one upstream of TCP. Names, roots and certificates are not among its options: nothing is verified here.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readTcpUpstream(name: string, given: unknown): TcpUpstreamConfig {
  const key = `upstreams.${name}`;
  const { to, proxyProtocol, connections } = readKeys(key, given, ['to', 'proxyProtocol', 'connections']);
  const { host, port } = readTo(`${key}.to`, to as string);
  return Object.freeze({
    key: name,
    origin: `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    proxyProtocol: readVersion(`${key}.proxyProtocol`, proxyProtocol),
    connections: readConnections(`${key}.connections`, connections),
  });
}

function readTo(key: string, to: string): { readonly host: string; readonly port: number } {
  const [, v6, host, digits = ''] = /^tcp:\/\/(?:\[([^\]]*)\]|([^:[\]/?#@]+)):(\d{1,5})\/?$/i.exec(to) ?? [];
  const port = digits === '' ? 0 : Number(digits);
  try {
    const { kind, value } = parseIdentifier(v6 ?? host ?? '');
    const isHost = v6 === undefined ? kind === 'dns' || !value.includes(':') : value.includes(':');
    if (isHost && port >= 1 && port <= 65_535) return { host: value, port };
  } catch {
    // Told below.
  }
  throw fault(`${key} "${printable(to, 120)}"`, 'tcp://host:port is expected');
}

function readConnections(key: string, given: unknown): number {
  const value = given ?? 10_000;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw fault(key, 'a whole number from 1 to 1,000,000 is expected');
}
