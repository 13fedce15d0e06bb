import type { Socket } from 'node:net';
import { unmapped } from '../config/trust-list.ts';

/** An end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Both ends of a connection, as the client sees them. */
export interface Endpoints {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/**
 * What was told by the PROXY protocol, for connections that are open. A socket of TLS, and the one that HTTP/2 shows,
 * are other objects than the socket that was accepted, so that the four numbers of the connection stand for it.
 */
const told = new Map<string, Endpoints>();

/** Remembers who is at the other end of a connection, until it is closed. */
export function tellPeer(socket: Socket, endpoints: Endpoints): void {
  const key = keyOf(socket);
  told.set(key, endpoints);
  socket.once('close', () => told.delete(key));
}

/** The address of the client of a connection: of its peer, or what a listed peer told by the PROXY protocol. */
export function peerOf(socket: Socket): string {
  const known = told.size === 0 ? undefined : told.get(keyOf(socket));
  return known === undefined ? unmapped(socket.remoteAddress ?? '') : known.source.address;
}

/** Both ends of a connection, as far as they are known. */
export function endpointsOf(socket: Socket): Endpoints {
  const known = told.size === 0 ? undefined : told.get(keyOf(socket));
  if (known !== undefined) return known;
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return {
    source: { address: unmapped(remoteAddress ?? ''), port: remotePort ?? 0 },
    destination: { address: unmapped(localAddress ?? ''), port: localPort ?? 0 },
  };
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
