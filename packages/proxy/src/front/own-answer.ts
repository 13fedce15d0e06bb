import { STATUS_CODES, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';

export type ServerAnswer = ServerResponse | Http2ServerResponse;

/**
 * An answer of the proxy itself: the status, and the id that the operator's log has, too. Nothing of an upstream is in
 * it. 204 has no body.
 *
 * @param isRead whether the whole request was read; else the connection is not used again (RFC 9112 §9.3)
 * @returns octets of its body that are sent
 */
export function answerItself(
  answer: ServerAnswer,
  status: number,
  requestId: string,
  isRead: boolean,
): number {
  const text = status === 204 ? '' : `${status} ${STATUS_CODES[status] ?? ''}\nrequest ${requestId}\n`;
  answer.statusCode = status;
  if (text !== '') {
    answer.setHeader('content-type', 'text/plain; charset=utf-8');
    answer.setHeader('content-length', text.length);
  }
  answer.setHeader('cache-control', 'no-store');
  answer.setHeader('x-request-id', requestId);
  // RFC 9110 §15.5.6: a 405 says what is allowed; so does an answer to OPTIONS (§9.3.7).
  if (status === 405 || status === 204)
    answer.setHeader('allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  if (!isRead && answer instanceof ServerResponse) answer.setHeader('connection', 'close');
  answer.end(text);
  return answer.req.method === 'HEAD' ? 0 : text.length;
}

/** Whether all of an answer went out. */
export function isDelivered(answer: ServerAnswer): boolean {
  if (answer instanceof ServerResponse) return answer.writableFinished;
  return answer.writableEnded && answer.stream.rstCode === 0;
}
