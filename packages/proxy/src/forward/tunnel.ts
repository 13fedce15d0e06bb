import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Two sockets that are one after an upgrade. Emits `close` with the octets that went both ways. */
export type Tunnel = EventEmitter<{ close: [bytes: number] }>;

/**
 * Joins the sockets of an upgrade, with back-pressure both ways. Where one ends, so does what it sends; where one is
 * gone, so is the other.
 *
 * @param client a socket, or a stream of HTTP/2; it was answered
 * @param rest what the client sent behind its request
 */
export function openTunnel(client: Duplex, upstream: Duplex, rest: Buffer): Tunnel {
  const tunnel: Tunnel = new EventEmitter();
  let bytes = 0;
  let left = 2;
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      // What is on its way to the other is still written.
      if (other instanceof Socket) other.destroySoon();
      else other.end();
      if (--left === 0) tunnel.emit('close', bytes);
    });
  }
  if (rest.length > 0) {
    bytes += rest.length;
    upstream.write(rest);
  }
  client.pipe(upstream);
  upstream.pipe(client);
  return tunnel;
}
