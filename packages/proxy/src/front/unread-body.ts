import { IncomingMessage } from 'node:http';
import type { ServerRequest } from './request-head.ts';

/** Milliseconds in which a client that was answered may end its request. */
const patience = 2000;

/**
 * What is left of a request whose answer is over is read and dropped for a while, so that the client sees the answer and
 * no reset (RFC 9112 §9.6); then its connection is closed.
 */
export function dropUnread(request: ServerRequest): void {
  if (!(request instanceof IncomingMessage) || request.complete || request.destroyed) return;
  const { socket } = request;
  const late = setTimeout(() => socket.destroy(), patience);
  const inTime = (): void => clearTimeout(late);
  late.unref();
  request.once('end', inTime).resume();
  socket.once('close', inTime);
}

/** Whether all of a request came; of HTTP/2 that is not known. */
export function isComplete(request: ServerRequest): boolean {
  return 'complete' in request && request.complete;
}
