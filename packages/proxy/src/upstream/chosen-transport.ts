import type { Socket } from 'node:net';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { Connector } from './connector.ts';
import { Http1Transport } from './http1-transport.ts';
import { Http2Transport } from './http2-transport.ts';
import type { Transport, TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';

/** How a server is dialled for each protocol. */
export interface Connectors {
  readonly http1: Connector;
  /** Offers HTTP/2, and HTTP/1.1 beside it where the server may choose. */
  readonly http2: Connector;
}

/**
 * HTTP/2, and HTTP/1.1 for what HTTP/2 has not (RFC 9113 §8.6: an upgrade), and for a server that chooses it by ALPN
 * where it may.
 */
export class ChosenTransport implements Transport {
  readonly #http1: Http1Transport;
  readonly #http2: Http2Transport;
  /** Sockets on which the server chose HTTP/1.1 when it was offered both. */
  readonly #sockets: Socket[] = [];
  /** What it chose; asked again when it cannot be dialled. */
  #isHttp1 = false;

  constructor(
    server: ServerConfig,
    upstream: UpstreamConfig,
    times: TransportTimes,
    { http1, http2 }: Connectors,
  ) {
    const connect: Connector = (asked, answer) => {
      const socket = this.#sockets.pop();
      if (socket !== undefined && !socket.destroyed) {
        // undici is not done with asking yet.
        process.nextTick(answer, null, socket);
        return;
      }
      http1(asked, (...args) => {
        if (args[0] !== null) this.#isHttp1 = false;
        answer(...args);
      });
    };
    this.#http1 = new Http1Transport(server, upstream, times, connect);
    this.#http2 = new Http2Transport(
      server,
      upstream,
      times,
      http2,
      upstream.protocol === 'auto' ? (socket, waiting) => this.#useHttp1(socket, waiting) : null,
    );
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    if (this.#isHttp1 || request.upgrade !== undefined) this.#http1.dispatch(request, handler);
    else this.#http2.dispatch(request, handler);
  }

  async destroy(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([this.#http1.destroy(), this.#http2.destroy()]);
  }

  #useHttp1(socket: Socket, waiting: readonly [UpstreamRequest, UpstreamHandler][]): void {
    this.#isHttp1 = true;
    if (waiting.length > 0) this.#sockets.push(socket.on('error', () => {}));
    else socket.on('error', () => {}).destroy();
    for (const [request, handler] of waiting) this.#http1.dispatch(request, handler);
  }
}
