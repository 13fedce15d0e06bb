import type { Socket } from 'node:net';
import { undiciConnect, type Connection } from '@altname/client';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { UpstreamCounts } from '../metrics/upstream-counts.ts';
import { dialPlain } from './dial-plain.ts';

type Connected = (...args: [error: Error, socket: null] | [error: null, socket: Socket]) => void;

/** Dials a server; the socket stands, and is verified where it is TLS. What it is asked for is undici's. */
export type Connector = (
  asked: { readonly protocol: string; readonly port: string },
  answer: Connected,
) => void;

/**
 * @param connection one of the server's; null for plain HTTP
 * @param timeout for plain HTTP: milliseconds until the connection must stand
 */
export function connectorOf(
  server: ServerConfig,
  connection: Connection | null,
  timeout: number,
  counts: UpstreamCounts | null,
): Connector {
  if (connection === null) return (_asked, answer) => dialPlain(server, timeout, answer);
  const connect = undiciConnect(connection);
  return (counts === null ? connect : counts.watch(connect)) as Connector;
}
