import type { Http2ServerResponse } from 'node:http2';

/**
 * Begins an answer of HTTP/2, or, where its end goes with its head (RFC 9113 §8.1; gRPC tells its own errors so), has its
 * head ready for that.
 *
 * @throws what {@link unsayable} makes of what Node throws
 */
export function beginStream(
  answer: Http2ServerResponse,
  status: number,
  fields: Readonly<Record<string, string | string[]>>,
  isWhole: boolean,
): void {
  try {
    if (isWhole) {
      answer.statusCode = status;
      for (const [name, value] of Object.entries(fields)) answer.setHeader(name, value);
    } else answer.writeHead(status, fields);
  } catch (error) {
    throw unsayable(answer, error);
  }
}

/** Of a head that HTTP/2 cannot say nothing was sent, and nothing is left for the answer that stands in its place. */
export function unsayable(answer: Http2ServerResponse, cause: unknown): Error {
  for (const name of answer.getHeaderNames()) answer.removeHeader(name);
  return Object.assign(new Error('the head of the answer cannot be said in HTTP/2', { cause }), {
    code: 'BAD_HEAD',
  });
}
