import { Pool } from 'undici';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { Connector } from './connector.ts';
import type { Transport, TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';

/** Connections of HTTP/1.1, each with one request at a time. */
export class Http1Transport implements Transport {
  readonly #pool: Pool;
  readonly #key: string;

  constructor(
    server: ServerConfig,
    { keepAlive, lifetime }: UpstreamConfig,
    times: TransportTimes,
    connect: Connector,
  ) {
    // undici takes a server name from the Host header where it is told none, and ends a connection when it changes. The
    // connector of a connection does not ask for it, so that this is a key, the same for every request.
    this.#key = server.connection?.name ?? 'plain';
    this.#pool = new Pool(server.origin.startsWith('unix:') ? 'http://localhost' : server.origin, {
      connect,
      pipelining: 1,
      headersTimeout: times.answer,
      bodyTimeout: times.idle,
      ...(keepAlive === null ? {} : { keepAliveTimeout: keepAlive }),
      ...(lifetime === null ? {} : { clientTtl: lifetime }),
    });
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    // `servername` is read by undici and missing from its types.
    const options = { ...request, servername: this.#key } as Parameters<Pool['dispatch']>[0];
    this.#pool.dispatch(options, handler);
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}
