import { errors } from 'undici';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { Connector } from './connector.ts';
import { Http1Connection, type Http1Options } from './http1-connection.ts';
import type { Transport, TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';

/**
 * Connections of HTTP/1.1, each with one request at a time. The one that was used last is used first, so that those that
 * are too many end. undici's `Pool` looks for one among all of them, for each request.
 */
export class Http1Transport implements Transport {
  readonly #options: Http1Options;
  readonly #lifetime: number | null;
  readonly #all = new Set<Http1Connection>();
  /** Those that are connected, and on which nothing is under way. */
  readonly #idle: Http1Connection[] = [];
  /** Those whose requests ended in this turn of the event loop. */
  #resting: Http1Connection[] = [];
  #isDestroyed = false;

  constructor(
    server: ServerConfig,
    { keepAlive, lifetime }: UpstreamConfig,
    times: TransportTimes,
    connect: Connector,
  ) {
    this.#lifetime = lifetime;
    this.#options = {
      origin: server.origin.startsWith('unix:') ? 'http://localhost' : server.origin,
      // undici takes a server name from the Host header where it is told none, and ends a connection when it changes. The
      // connector of a connection does not ask for it, so that this is a key, the same for every request.
      key: server.connection?.name ?? 'plain',
      connect,
      times,
      keepAlive,
      rest: (connection) => this.#rest(connection),
      lose: (connection) => this.#lose(connection),
    };
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    if (this.#isDestroyed) handler.onError?.(new errors.ClientDestroyedError());
    else ((request.isRetry === true ? null : this.#takeIdle()) ?? this.#open()).dispatch(request, handler);
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    await Promise.all([...this.#all].map((connection) => connection.destroy()));
  }

  #takeIdle(): Http1Connection | null {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      if (connection.isOpen && (this.#lifetime === null || connection.age <= this.#lifetime))
        return connection;
      this.#all.delete(connection);
      void connection.destroy();
    }
  }

  #open(): Http1Connection {
    const connection = new Http1Connection(this.#options);
    this.#all.add(connection);
    return connection;
  }

  /** What a server says behind its answer, such as that it closes, is heard before the next request is sent there. */
  #rest(connection: Http1Connection): void {
    if (this.#resting.push(connection) === 1) setImmediate(this.#settle);
  }

  readonly #settle = (): void => {
    const resting = this.#resting;
    this.#resting = [];
    for (const connection of resting) {
      if (connection.isOpen) this.#idle.push(connection);
      else this.#all.delete(connection);
    }
  };

  #lose(connection: Http1Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#all.delete(connection);
  }
}
