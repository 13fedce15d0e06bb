import { connect, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { Http2Stream } from './http2-stream.ts';
import type { TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';

/** How a connection is kept. */
export interface Http2ConnectionOptions {
  readonly scheme: 'http' | 'https';
  readonly times: TransportTimes;
  /** Milliseconds that it is kept without a request. */
  readonly keepAlive: number;
  /** Milliseconds after which it takes no more requests; null for ever. */
  readonly lifetime: number | null;
  /** It takes requests from now on. */
  readonly ready: () => void;
  /** It has room for one request more. */
  readonly freed: () => void;
  /** It takes no more; with what went wrong when it never did. */
  readonly closed: (error: Error) => void;
}

/** Octets that a peer may send of one answer, and of all of a connection, before they are taken. */
const streamWindow = 262_144;
const connectionWindow = 4_194_304;
/** Requests on one connection, where the peer allows more. */
const mostStreams = 1000;
/** Milliseconds of silence, with requests under way, until the peer is asked whether it is there. */
const silence = 30_000;
/** Then this long not again: servers of gRPC end a connection that asks more often. */
const pingPause = 300_000;
const pingPatience = 15_000;

/** A connection of HTTP/2 with many requests at once. */
export class Http2Connection {
  readonly #options: Http2ConnectionOptions;
  readonly #session: ClientHttp2Session;
  readonly #watch: NodeJS.Timeout;
  readonly #timers: NodeJS.Timeout[] = [];
  #isReady = false;
  #isEnding = false;
  #open = 0;
  #lastStream: number | null = null;
  #idle: NodeJS.Timeout | null = null;
  #error: Error | null = null;

  constructor(socket: Socket, options: Http2ConnectionOptions) {
    this.#options = options;
    const session = connect(`${options.scheme}://upstream`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow },
      maxHeaderListPairs: 1000,
      maxSessionMemory: 100,
    });
    this.#session = session;
    session.setLocalWindowSize(connectionWindow);
    const { connect: patience } = options.times;
    // RFC 9113 §3.4: the settings of the peer come first, and say how many requests it takes at once.
    this.#later(patience, () => {
      if (!this.#isReady) this.#break(coded('no settings of HTTP/2 came in time', 'ETIMEDOUT'));
    });
    session
      .once('remoteSettings', () => {
        this.#isReady = true;
        this.#rest();
        options.ready();
      })
      .on('remoteSettings', () => options.freed())
      .on('goaway', (_code: number, last: number) => {
        this.#lastStream = last;
        this.#isEnding = true;
      })
      .on('error', (error: Error) => (this.#error ??= error))
      .once('close', () => this.#onClose());
    if (options.lifetime !== null) {
      this.#later(options.lifetime, () => {
        this.#isEnding = true;
        session.close();
      });
    }
    this.#watch = this.#listen(socket);
  }

  get hasRoom(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    if (!this.#isReady || this.#isEnding || closed || destroyed) return false;
    return this.#open < Math.min(remoteSettings.maxConcurrentStreams ?? mostStreams, mostStreams);
  }

  get open(): number {
    return this.#open;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): void {
    if (this.#open++ === 0) this.#session.ref();
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    new Http2Stream({
      session: this.#session,
      scheme: this.#options.scheme,
      times: this.#options.times,
      request,
      handler,
      lastStream: () => this.#lastStream,
      closed: () => {
        this.#open--;
        this.#rest();
        this.#options.freed();
      },
    }).open();
  }

  destroy(): void {
    this.#break(coded('the proxy is closing', 'UND_ERR_DESTROYED'));
  }

  #rest(): void {
    if (this.#open > 0 || this.#session.destroyed) return;
    this.#session.unref();
    this.#idle ??= setTimeout(() => {
      this.#isEnding = true;
      this.#session.close();
    }, this.#options.keepAlive).unref();
  }

  /** Asks a peer that is silent while requests are under way (RFC 9113 §6.7), and gives it up when it says nothing. */
  #listen(socket: Socket): NodeJS.Timeout {
    let [read, heardAt, askedAt] = [0, performance.now(), -Infinity];
    return setInterval(() => {
      const now = performance.now();
      if (socket.bytesRead !== read) [read, heardAt] = [socket.bytesRead, now];
      if (this.#open === 0 || now - heardAt < silence || now - askedAt < pingPause) return;
      if (this.#session.destroyed) return;
      askedAt = now;
      const late = this.#later(pingPatience, () => this.#break(coded('no answer to a PING', 'ECONNRESET')));
      this.#session.ping(() => clearTimeout(late));
    }, silence / 3).unref();
  }

  #later(ms: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(act, ms).unref();
    this.#timers.push(timer);
    return timer;
  }

  #break(error: Error): void {
    this.#isEnding = true;
    this.#error ??= error;
    this.#session.destroy();
  }

  #onClose(): void {
    this.#isEnding = true;
    clearInterval(this.#watch);
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#options.closed(this.#error ?? coded('the connection ended', 'ECONNRESET'));
  }
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
