import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { Connector } from './connector.ts';
import { Http2Connection } from './http2-connection.ts';
import type { Transport, TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';

/** A request that waits for a connection with room. */
interface Waiting {
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  readonly late: NodeJS.Timeout;
}

/** Takes a socket on which the server chose HTTP/1.1, and what waited for it; null where HTTP/2 alone will do. */
export type OtherProtocol = (socket: Socket, waiting: readonly [UpstreamRequest, UpstreamHandler][]) => void;

/** Milliseconds that a connection without a request is kept, unless told. The peer says when it ends one. */
const usualKeepAlive = 60_000;

/** Connections of HTTP/2 to one server: as few as take what is under way. */
export class Http2Transport implements Transport {
  readonly #server: ServerConfig;
  readonly #upstream: UpstreamConfig;
  readonly #times: TransportTimes;
  readonly #connect: Connector;
  readonly #other: OtherProtocol | null;
  readonly #connections = new Set<Http2Connection>();
  readonly #waiting = new Set<Waiting>();
  #isDialling = false;
  #isDestroyed = false;

  constructor(
    server: ServerConfig,
    upstream: UpstreamConfig,
    times: TransportTimes,
    connect: Connector,
    other: OtherProtocol | null,
  ) {
    this.#server = server;
    this.#upstream = upstream;
    this.#times = times;
    this.#connect = connect;
    this.#other = other;
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    const connection = this.#isDestroyed ? null : this.#withRoom();
    if (connection !== null) {
      connection.send(request, handler);
      return;
    }
    if (this.#isDestroyed) {
      handler.onError?.(coded('the proxy is closing', 'UND_ERR_DESTROYED'));
      return;
    }
    const late = setTimeout(() => {
      this.#waiting.delete(waiting);
      handler.onError?.(coded('no connection had room in time', 'ETIMEDOUT'));
    }, this.#times.connect);
    const waiting = { request, handler, late };
    this.#waiting.add(waiting);
    this.#dial();
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.#failWaiting(coded('the proxy is closing', 'UND_ERR_DESTROYED'));
    for (const connection of this.#connections) connection.destroy();
  }

  /** The fullest that has room, so that others can end. */
  #withRoom(): Http2Connection | null {
    let found: Http2Connection | null = null;
    for (const connection of this.#connections) {
      if (connection.hasRoom && connection.open >= (found?.open ?? 0)) found = connection;
    }
    return found;
  }

  #dial(): void {
    if (this.#isDialling || this.#isDestroyed) return;
    this.#isDialling = true;
    const isPlain = this.#server.connection === null;
    const asked = { protocol: isPlain ? 'http:' : 'https:', port: '' };
    this.#connect(asked, (error, socket) => {
      if (error !== null) this.#notDialled(error);
      else if (this.#isDestroyed) socket.on('error', () => {}).destroy();
      else if (isPlain || (socket as TLSSocket).alpnProtocol === 'h2') this.#begin(socket);
      else if (this.#other === null) {
        socket.on('error', () => {}).destroy();
        this.#notDialled(coded('the upstream does not offer HTTP/2 (ALPN)', 'NO_HTTP2'));
      } else {
        this.#isDialling = false;
        this.#other(socket, this.#takeWaiting());
      }
    });
  }

  #begin(socket: Socket): void {
    let wasReady = false;
    const connection: Http2Connection = new Http2Connection(socket, {
      scheme: this.#server.connection === null ? 'http' : 'https',
      times: this.#times,
      keepAlive: this.#upstream.keepAlive ?? usualKeepAlive,
      lifetime: this.#upstream.lifetime,
      ready: () => {
        wasReady = true;
        this.#isDialling = false;
        this.#goOn();
      },
      freed: () => this.#goOn(),
      closed: (error) => {
        this.#connections.delete(connection);
        if (wasReady) this.#goOn();
        else this.#notDialled(error);
      },
    });
    this.#connections.add(connection);
  }

  /** Hands on what waits, as far as there is room, and asks for more room where there is none. */
  #goOn(): void {
    for (const waiting of this.#waiting) {
      const connection = this.#withRoom();
      if (connection === null) {
        this.#dial();
        return;
      }
      this.#waiting.delete(waiting);
      clearTimeout(waiting.late);
      connection.send(waiting.request, waiting.handler);
    }
  }

  #notDialled(error: Error): void {
    this.#isDialling = false;
    // Those that stand take what waits, one after the other.
    if (this.#connections.size === 0) this.#failWaiting(error);
  }

  #failWaiting(error: Error): void {
    for (const [, handler] of this.#takeWaiting()) handler.onError?.(error);
  }

  #takeWaiting(): [UpstreamRequest, UpstreamHandler][] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all.map(({ request, handler, late }) => {
      clearTimeout(late);
      return [request, handler];
    });
  }
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
