import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { Client, errors } from 'undici';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { Connector } from './connector.ts';
import { ContinueFilter } from './continue-filter.ts';
import { sendEarlyHead } from './early-head.ts';
import type { TransportTimes, UpstreamHandler, UpstreamRequest } from './transport.ts';
import { unwatch, waitsUntil, watch, type Wait } from './waits.ts';

/** What is the same for all connections to a server. */
export interface Http1Options {
  readonly origin: string;
  /** What undici compares instead of a server name. */
  readonly key: string;
  readonly connect: Connector;
  readonly times: TransportTimes;
  readonly keepAlive: UpstreamConfig['keepAlive'];
  /** A request is over, and another may be sent here. */
  readonly rest: (connection: Http1Connection) => void;
  /** The connection was closed while nothing was under way on it. */
  readonly lose: (connection: Http1Connection) => void;
}

/**
 * A connection of HTTP/1.1, with one request at a time: undici's `Client`, which dials when it is asked for something. It
 * takes the answers to all of its requests itself, so that none has an object for that.
 *
 * How long an answer may take is watched here for requests that are written at once; undici watches over those whose body
 * comes in pieces, as it knows how far it is.
 */
export class Http1Connection implements UpstreamHandler, Wait {
  readonly #options: Http1Options;
  readonly #client: Client;
  #socket: Socket | null = null;
  #filter: ContinueFilter | null = null;
  #since = 0;
  /** A request was answered on it to the end. */
  #hasServed = false;
  /** What TLS said in place of a first answer, such as that a certificate is wanted (RFC 8446 §6.2). */
  #alert: Error | null = null;
  #handler: UpstreamHandler | null = null;
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;
  /** Whose body comes in pieces, until its head is on its way. */
  #begun: UpstreamRequest | null = null;
  #isWatched = false;
  /** Of the answer, as far as its head is there; 0 before. */
  #status = 0;
  deadline: number = Infinity;
  place: number = -1;

  constructor(options: Http1Options) {
    this.#options = options;
    const { origin, connect, times, keepAlive } = options;
    this.#client = new Client(origin, {
      connect: (asked: Parameters<Connector>[0], answer: Parameters<Connector>[1]) => {
        connect(asked, (...given) => {
          if (given[1] !== null) this.#use(given[1]);
          answer(...given);
        });
      },
      pipelining: 1,
      headersTimeout: times.answer,
      bodyTimeout: times.idle,
      ...(keepAlive === null ? {} : { keepAliveTimeout: keepAlive }),
    } as Client.Options);
  }

  /** Whether it is connected, so that the next request needs no handshake. */
  get isOpen(): boolean {
    return this.#socket !== null && !this.#socket.destroyed;
  }

  /** Milliseconds for which it has been connected. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Sends a request; nothing is under way. */
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    const { path, method, headers, body, upgrade } = request;
    this.#handler = handler;
    this.#filter?.begin();
    this.#status = 0;
    this.#isWatched = body === null || Buffer.isBuffer(body);
    this.#begun = this.#isWatched ? null : request;
    const timeout = this.#isWatched ? 0 : undefined;
    // `servername` is read by undici and missing from its types.
    const asked = {
      path,
      method,
      headers,
      body,
      upgrade,
      servername: this.#options.key,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      // There is no other request that could wait for the head of this answer.
      blocking: false,
    };
    this.#client.dispatch(asked as Parameters<Client['dispatch']>[0], this);
  }

  async destroy(): Promise<void> {
    await this.#client.destroy();
  }

  expire(): void {
    this.deadline = Infinity;
    this.#abort?.(this.#hasHead ? new errors.BodyTimeoutError() : new errors.HeadersTimeoutError());
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#isWatched) {
      watch(this);
      this.deadline = waitsUntil(this.#options.times.answer);
    } else sendHeadLater(this);
    this.#handler?.onConnect?.(abort);
  }

  /** undici has had its time to send the head with what came of the body. */
  sendHead(): void {
    const request = this.#begun;
    this.#begun = null;
    if (request === null || this.#socket === null || this.#socket.destroyed) return;
    const body = request.body as Readable;
    if (!body.readableDidRead && !body.readableEnded && !body.destroyed) sendEarlyHead(this.#socket, request);
  }

  onResponseStarted(): void {
    this.#handler?.onResponseStarted?.();
  }

  onHeaders(status: number, headers: Buffer[] | string[], resume: () => void, reason: string): boolean {
    this.#status = status;
    this.#resume = resume;
    return this.#goOn(this.#handler?.onHeaders?.(status, headers, this.#takeMore, reason) ?? true);
  }

  onData(chunk: Buffer): boolean {
    return this.#goOn(this.#handler?.onData?.(chunk) ?? true);
  }

  onComplete(trailers: string[] | null): void {
    this.#hasServed = true;
    this.#end()?.onComplete?.(trailers);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.#socket = null;
    this.#end()?.onUpgrade?.(status, headers, socket);
  }

  /**
   * A 304 may say how long the body of a 200 would be (RFC 9110 §8.6), and has none itself (RFC 9112 §6.3), as a 204 has
   * none. undici asks for these octets, and ends the connection.
   */
  onError(error: Error): void {
    const isWhole =
      error instanceof errors.ResponseContentLengthMismatchError &&
      (this.#status === 304 || this.#status === 204);
    if (isWhole) this.#end()?.onComplete?.([]);
    // undici tells that the other side closed, behind what it said.
    else this.#end()?.onError?.((error instanceof errors.SocketError ? this.#alert : null) ?? error);
  }

  /** Something of the answer came. A client that takes no more is waited for elsewhere. */
  #goOn(takesMore: boolean): boolean {
    if (this.#isWatched) this.deadline = takesMore ? waitsUntil(this.#time) : Infinity;
    return takesMore;
  }

  readonly #takeMore = (): void => {
    if (this.#isWatched) this.deadline = waitsUntil(this.#time);
    this.#resume?.();
  };

  get #time(): number {
    const { answer, idle } = this.#options.times;
    return this.#hasHead ? idle : answer;
  }

  get #hasHead(): boolean {
    return this.#status >= 200;
  }

  #end(): UpstreamHandler | null {
    const handler = this.#handler;
    this.#handler = null;
    this.#abort = null;
    this.#resume = null;
    this.#begun = null;
    if (this.#isWatched) {
      this.deadline = Infinity;
      unwatch(this);
    }
    this.#options.rest(this);
    return handler;
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    this.#filter = new ContinueFilter(socket);
    this.#since = performance.now();
    this.#alert = null;
    this.#hasServed = false;
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (!this.#hasServed && error.code?.startsWith('ERR_SSL_') === true) this.#alert = error;
    });
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#handler === null) this.#options.lose(this);
    });
  }
}

/** Connections on which a request with a body was begun in this turn of the event loop. */
let begun: Http1Connection[] = [];

function sendHeadLater(connection: Http1Connection): void {
  if (begun.push(connection) === 1) setImmediate(sendHeads);
}

function sendHeads(): void {
  const all = begun;
  begun = [];
  for (const connection of all) connection.sendHead();
}
