import net from 'node:net';
import { dataAt } from './own-data.ts';
import type { ConnectOptions } from './sighting.ts';

/** What a TDS connection was asked for, and where its socket went. */
export interface TediousConnection {
  readonly asked: string | null;
  readonly address: string | null;
  readonly port: number | null;
}

/**
 * tedious speaks TLS over a stream of its own, whose octets travel in packets of TDS: nothing that `tls.connect` is
 * given says where they go. The connection it made for the program does: the one that holds the TLS socket, or, where
 * that was never made, the latest with that server name.
 */
export function tediousConnectionOf(
  options: ConnectOptions,
  made: readonly object[],
): TediousConnection | null {
  const { socket, servername } = options;
  if (typeof socket !== 'object' || socket === null || socket instanceof net.Socket) return null;
  const connections = made.filter((object) => dataAt(object, 'socket') instanceof net.Socket);
  const connection =
    connections.find(
      (object) => optionsOf(dataAt(object, 'messageIo', 'securePair', 'cleartext')) === options,
    ) ?? connections.find((object) => serverNameOf(object) === servername);
  if (connection === undefined) return null;
  const { remoteAddress, remotePort } = dataAt(connection, 'socket') as net.Socket;
  const asked = dataAt(connection, 'config', 'server');
  return {
    asked: typeof asked === 'string' ? asked : null,
    address: remoteAddress ?? null,
    port: remotePort ?? (Number(dataAt(connection, 'config', 'options', 'port')) || null),
  };
}

function serverNameOf(connection: object): unknown {
  return dataAt(connection, 'config', 'options', 'serverName') ?? dataAt(connection, 'config', 'server');
}

/** The options that a TLS socket was made with, where Node keeps them. */
function optionsOf(socket: unknown): unknown {
  if (!(socket instanceof net.Socket)) return null;
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'connect-options',
  );
  return symbol === undefined ? null : (socket as unknown as Record<symbol, unknown>)[symbol];
}
