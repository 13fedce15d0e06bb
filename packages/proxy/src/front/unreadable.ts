import {
  STATUS_CODES,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
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

/** Octets behind what cannot be read that are dropped while answers are under way; more are not taken. */
const mostDropped = 65_536;

/** Milliseconds in which a client may end its connection behind them, so that it sees the answers and no reset. */
const patience = 2000;

/** Connections on which something could not be read, and whose answers are still under way. */
const spoilt = new WeakSet<object>();

/**
 * Whether a request waits for its turn on a connection whose octets could not be read any more before it was whole. It
 * is answered as unreadable.
 */
export function isUnreadable(request: IncomingMessage): boolean {
  return !request.complete && spoilt.has(request.socket);
}

/**
 * Answers what Node's parser of HTTP/1.1 refuses, ends its connection, and tells it as a request that nobody could
 * read.
 *
 * | what is under way                                  | what becomes of it                                     |
 * |----------------------------------------------------|--------------------------------------------------------|
 * | nothing                                            | the refusal is answered                                |
 * | answers to whole requests                          | they go out first (RFC 9112 §9.3.2), then the refusal  |
 * | an answer to the request that cannot be read       | it gives way; once begun it is cut off, as more in it would be read as its body |
 */
export function answerUnreadable(
  server: HttpServer | Http2SecureServer,
  onAccess: ProxyConfig['onAccess'],
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (spoilt.has(socket) && socket.writable) return;
    const code = error.code ?? '';
    const answer = answerUnderWay(socket);
    // RFC 9112 §9.6: what comes behind the last request is not read, and takes nothing from its answer.
    if (code === 'HPE_CLOSED_CONNECTION' && answer !== null) return;
    const isRefused = code.startsWith('HPE_') || statuses[code] !== undefined;
    const isBehind = answer?.req.complete === true;
    const isCut = isBehind ? code === 'HPE_INVALID_EOF_STATE' : answer?.headersSent === true;
    if (!isRefused || !socket.writable || isCut) {
      socket.destroy();
      return;
    }
    if (!isBehind) {
      refuse(socket, code, onAccess);
      return;
    }
    stopReading(socket);
    refuseBehind(answer, socket, code, onAccess);
  });
}

/** From now on nothing that comes is read. */
function stopReading(socket: Socket): void {
  spoilt.add(socket);
  let left = mostDropped;
  socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0 && socket.writable) socket.pause();
  });
}

/** Refuses when the answers under way are over, where the connection is still there then. */
function refuseBehind(
  answer: ServerResponse,
  socket: Socket,
  code: string,
  onAccess: ProxyConfig['onAccess'],
): void {
  answer.once('finish', () => {
    const next = answerUnderWay(socket);
    if (!socket.writable) return;
    if (next !== null && !isUnreadable(next.req)) {
      refuseBehind(next, socket, code, onAccess);
      return;
    }
    refuse(socket, code, onAccess);
    const late = setTimeout(() => socket.destroy(), patience);
    late.unref();
    socket.once('close', () => clearTimeout(late)).resume();
  });
}

function refuse(socket: Socket, code: string, onAccess: ProxyConfig['onAccess']): void {
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
    () => {
      if (!spoilt.has(socket)) socket.destroy();
    },
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
    bytes: text.length,
    ms: 0,
    upstream: null,
    problem: code,
  });
}
