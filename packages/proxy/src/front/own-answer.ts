import { STATUS_CODES, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';

export type ServerAnswer = ServerResponse | Http2ServerResponse;

/**
 * An answer of the proxy itself: the status, and the id that the operator's log has, too. Nothing of an upstream is in
 * it.
 *
 * @param isRead whether the whole request was read; else the connection is not used again (RFC 9112 §9.3)
 */
export function answerItself(answer: ServerAnswer, status: number, requestId: string, isRead: boolean): void {
  const text = `${status} ${STATUS_CODES[status] ?? ''}\nrequest ${requestId}\n`;
  answer.statusCode = status;
  answer.setHeader('content-type', 'text/plain; charset=utf-8');
  answer.setHeader('content-length', Buffer.byteLength(text));
  answer.setHeader('cache-control', 'no-store');
  answer.setHeader('x-request-id', requestId);
  // RFC 9110 §15.5.6: a 405 says what is allowed.
  if (status === 405) answer.setHeader('allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  if (!isRead && answer instanceof ServerResponse) answer.setHeader('connection', 'close');
  answer.end(text);
}
