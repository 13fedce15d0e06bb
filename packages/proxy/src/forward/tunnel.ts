import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnswerHeaders } from './answer-headers.ts';

/** Two sockets that are one after an upgrade. Emits `close` with the octets that went both ways. */
export type Tunnel = EventEmitter<{ close: [bytes: number] }>;

/**
 * Answers the client with 101 and joins both sockets, with back-pressure both ways. Where one ends, so does what it
 * sends; where one is gone, so is the other.
 *
 * @param rest what the client sent behind its request
 */
export function openTunnel(
  client: Duplex,
  upstream: Duplex,
  { headers, upgrade }: AnswerHeaders,
  rest: Buffer,
): Tunnel {
  const tunnel: Tunnel = new EventEmitter();
  let bytes = 0;
  let left = 2;
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    (socket as Socket).setTimeout(0);
    (socket as Socket).setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      // What is on its way to the other is still written.
      (other as Socket).destroySoon();
      if (--left === 0) tunnel.emit('close', bytes);
    });
  }
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', `upgrade: ${upgrade ?? ''}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (rest.length > 0) {
    bytes += rest.length;
    upstream.write(rest);
  }
  client.pipe(upstream);
  upstream.pipe(client);
  return tunnel;
}
