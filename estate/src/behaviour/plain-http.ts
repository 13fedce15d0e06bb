import { createServer } from 'node:http';
import type { Behaviour } from './behaviour.ts';

/** A web server that speaks HTTP and no TLS: Node's own, which answers a ClientHello with 400. */
export function plainHttp(): Behaviour {
  const server = createServer((_request, response) => response.end('plain HTTP\n'));
  return (stream) => void server.emit('connection', stream);
}
