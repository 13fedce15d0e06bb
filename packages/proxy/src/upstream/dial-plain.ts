import net from 'node:net';
import type { Dial } from '@altname/client';
import type { ServerConfig } from '../config/upstream-servers.ts';

type Answer = (...args: [error: Error, socket: null] | [error: null, socket: net.Socket]) => void;

/** How long after the last data TCP asks whether the other end is still there. */
const keepAliveDelay = 60_000;

/** Where to dial, and what it is called. */
export interface Dialled {
  readonly dial: net.NetConnectOpts | ServerConfig['dial'] | Dial;
  readonly origin: string;
}

/** Dials a server without TLS; the socket is destroyed, with an error, when it does not stand in time. */
export function dialPlain(server: Dialled, timeout: number, answer: Answer): void {
  const socket = net.connect(server.dial as net.NetConnectOpts);
  socket.setNoDelay(true).setKeepAlive(true, keepAliveDelay);
  const late = setTimeout(() => {
    const error = new Error(`no connection to ${server.origin} within ${timeout} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, timeout);
  const fail = (error: Error): void => {
    clearTimeout(late);
    answer(error, null);
  };
  socket.once('error', fail).once('connect', () => {
    clearTimeout(late);
    socket.off('error', fail);
    answer(null, socket);
  });
}
