import type tls from 'node:tls';
import type { ConnectOptions } from './sighting.ts';

/** Whether Node has not yet said that the connection is secure. */
export function isConnecting(socket: tls.TLSSocket): boolean {
  return (socket as unknown as { secureConnecting?: boolean }).secureConnecting === true;
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
