import type tls from 'node:tls';
import type { ConnectOptions } from './sighting.ts';

/** Whether Node has not yet said that the connection is secure. */
export function isConnecting(socket: tls.TLSSocket): boolean {
  return (socket as unknown as { secureConnecting?: boolean }).secureConnecting === true;
}

/**
 * The address that a socket is connected to; null before, and over a stream that has none. Asked of Node's handle:
 * `socket.remoteAddress` would leave a property on the socket.
 */
export function addressOf(socket: tls.TLSSocket): string | null {
  const { _handle: handle } = socket as unknown as { _handle?: HandleWithPeer | null };
  const peer: { address?: unknown } = {};
  if (typeof handle?.getpeername !== 'function' || handle.getpeername(peer) !== 0) return null;
  return typeof peer.address === 'string' ? peer.address : null;
}

interface HandleWithPeer {
  /** Fills in the peer. @returns 0, else the number of an error */
  getpeername?(peer: object): number;
}

/** The options of `tls.connect`, as Node put them together; null for a socket that was made otherwise. */
export function connectOptionsOf(socket: tls.TLSSocket): ConnectOptions | null {
  optionsSymbol ??= Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'connect-options',
  );
  if (optionsSymbol === undefined) return null;
  return (socket as unknown as Record<symbol, ConnectOptions | undefined>)[optionsSymbol] ?? null;
}

/** Where Node keeps the options it put together, under a symbol of its own. */
let optionsSymbol: symbol | undefined;
