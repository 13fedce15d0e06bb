import { STATUS_CODES, type Server as HttpServer } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { peerOf } from '../intake/peer.ts';
import { makeId } from '../request-id.ts';
import { answerUnderWay } from './answer-under-way.ts';

/** The statuses that say more than 400. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what Node's parser of HTTP/1.1 refuses, ends its connection, and tells it as a request that nobody could
 * read. An answer that has begun is cut off: more in it would be read as its body.
 */
export function answerUnreadable(
  server: HttpServer | Http2SecureServer,
  onAccess: ProxyConfig['onAccess'],
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const code = error.code ?? '';
    // RFC 9112 §9.6: what comes behind the last request is not read, and takes nothing from its answer.
    if (code === 'HPE_CLOSED_CONNECTION' && answerUnderWay(socket) !== null) return;
    const isRefused = code.startsWith('HPE_') || statuses[code] !== undefined;
    if (!isRefused || !socket.writable || answerUnderWay(socket)?.headersSent === true) {
      socket.destroy();
      return;
    }
    const status = statuses[code] ?? 400;
    const requestId = makeId();
    const text = `${status} ${STATUS_CODES[status] ?? ''}\nrequest ${requestId}\n`;
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
        'content-type: text/plain; charset=utf-8',
        `content-length: ${text.length}`,
        'cache-control: no-store',
        `x-request-id: ${requestId}`,
        'connection: close',
        `\r\n${text}`,
      ].join('\r\n'),
      () => socket.destroy(),
    );
    // A connection on which nothing was asked is none that is told of.
    if (!code.startsWith('HPE_')) return;
    onAccess?.({
      time: new Date().toISOString(),
      requestId,
      client: peerOf(socket),
      method: '',
      host: null,
      path: '',
      protocol: 'HTTP/1.1',
      status,
      bytes: 0,
      ms: 0,
      upstream: null,
      problem: code,
    });
  });
}
