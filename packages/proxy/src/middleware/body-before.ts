import type { ServerRequest } from '../front/request-head.ts';

/**
 * The body of a request, where it was read before the proxy got it: by `express.json()` and others, and then it is not
 * there a second time.
 *
 * | the stream                        | `req.rawBody`                 | result      |
 * |-----------------------------------|-------------------------------|-------------|
 * | nobody has read of it             | any                           | null        |
 * | read                              | octets or text                | the octets  |
 * | read                              | none, or decoded              | `'lost'`    |
 *
 * What a parser has made of a body is never made a body again: numbers, order and signatures would not be those that
 * the client sent.
 */
export function bodyBefore(request: ServerRequest): Buffer | 'lost' | null {
  if (!request.readableDidRead && !request.readableEnded) return null;
  const { rawBody } = request as { rawBody?: unknown };
  const octets = typeof rawBody === 'string' ? Buffer.from(rawBody) : rawBody;
  if (!(octets instanceof Uint8Array)) return 'lost';
  const { 'content-encoding': coding, 'content-length': length } = request.headers;
  // What a parser keeps is what it decoded.
  const isDecoded = coding !== undefined && coding !== 'identity' && Number(length) !== octets.length;
  return isDecoded ? 'lost' : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}

/** The fields of a request whose body is known: its length, and no coding of a transfer. */
export function withLength(fields: readonly string[], length: number): string[] {
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (!/^(?:content-length|transfer-encoding)$/i.test(name)) kept.push(name, fields[at + 1] ?? '');
  }
  return [...kept, 'content-length', String(length)];
}
