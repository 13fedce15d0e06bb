import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import { byName, type AnswerHeaders } from './answer-headers.ts';

/** Answers a client of HTTP/1.1 whose upgrade was accepted. @returns what it speaks on from now on */
export function answerUpgrade(
  answer: ServerResponse,
  socket: Duplex,
  { headers, upgrade }: AnswerHeaders,
): Duplex {
  answer.detachSocket(socket as NonNullable<ServerResponse['socket']>);
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', `upgrade: ${upgrade ?? ''}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return socket;
}

/** Answers an extended CONNECT (RFC 8441 §5): 200, without what HTTP/1.1 needs to switch. */
export function answerExtendedConnect(answer: Http2ServerResponse, { headers }: AnswerHeaders): Duplex {
  const fields = byName(headers);
  delete fields['sec-websocket-accept'];
  answer.stream.respond({ ...fields, ':status': 200 });
  return answer.stream;
}

/** The value of `Sec-WebSocket-Accept` for a key (RFC 6455 §4.2.2). */
export function webSocketAccept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
