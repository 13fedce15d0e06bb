import type { Socket } from 'node:net';
import type { UpstreamRequest } from './transport.ts';

/**
 * Sends the head of a request whose body keeps the server waiting. A server may refuse by the head alone (RFC 9110
 * §9.3.3, §10.1.1), and a client may wait for what it says before it sends more. undici has no way to say so: it writes
 * a head with the first octets of its body.
 *
 * So it is written here, and left out where undici writes it. What undici writes there has to be the same, octet for
 * octet: anything else fails the request, and ends the connection.
 *
 * @param socket where undici has a request under way, and has written nothing of it
 */
export function sendEarlyHead(socket: Socket, request: UpstreamRequest): void {
  const { start, length } = readHead(request);
  const isChunked = length === null;
  // undici ends the head of a body in chunks with its first chunk.
  const head = isChunked
    ? `${start}transfer-encoding: chunked\r\n`
    : `${start}content-length: ${length}\r\n\r\n`;
  socket.write(isChunked ? `${head}\r\n` : head, 'latin1');
  let isLeftOut = false;
  const write = (chunk: unknown): boolean => {
    if (chunk === head && !isLeftOut) {
      isLeftOut = true;
      if (!isChunked) Reflect.deleteProperty(socket, 'write');
      return true;
    }
    Reflect.deleteProperty(socket, 'write');
    const rest = isChunked && typeof chunk === 'string' ? restOf(chunk, start, isLeftOut) : null;
    if (rest === null) throw new Error('the head of the request is not the one that was sent');
    return socket.write(rest, 'latin1');
  };
  socket.write = write;
}

/** What is left to write of a body in chunks, of what undici writes behind its head, or in place of it. */
function restOf(chunk: string, start: string, isLeftOut: boolean): string | null {
  if (isLeftOut) return chunk.startsWith('\r\n') ? chunk.slice(2) : null;
  // It ended without an octet, and undici would have said no length, or none to speak of.
  return chunk === `${start}content-length: 0\r\n\r\n` || chunk === `${start}\r\n` ? '0\r\n\r\n' : null;
}

/** A head as undici writes it, up to what frames the body. */
function readHead({ method, path, headers }: UpstreamRequest): { start: string; length: string | null } {
  // A connection ends with HEAD, for undici.
  const connection = method === 'HEAD' ? 'close' : 'keep-alive';
  let start = `${method} ${path} HTTP/1.1\r\nhost: ${headers[1] ?? ''}\r\nconnection: ${connection}\r\n`;
  let length: string | null = null;
  for (let at = 2; at < headers.length; at += 2) {
    const [name, value] = [headers[at] ?? '', headers[at + 1] ?? ''];
    if (name.toLowerCase() === 'content-length') length = String(Number(value));
    else start += `${name}: ${value}\r\n`;
  }
  return { start, length };
}
