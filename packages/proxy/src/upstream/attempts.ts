import type { Duplex } from 'node:stream';
import type { Upstream } from './upstream.ts';
import type { UpstreamServer } from './upstream-server.ts';
import { refusedStream, type UpstreamHandler, type UpstreamRequest } from './transport.ts';

/** RFC 9110 §9.2.2; TRACE is never handed on. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The connection ended: what was written may have been read. */
const endedCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Said of the request, or of the proxy itself: no server can help it. */
const notOfServer: ReadonlySet<string> = new Set([
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Interim answers to one request (RFC 9110 §15.2), after which the final one is not waited for. */
const mostInterim = 256;

/** A status that says of the request that this is no server for it, and nothing of how the server is. */
const ofRequest: ReadonlySet<number> = new Set([501, 505]);

/**
 * One request on its way to one server, and to another where the first one fails and that is safe:
 *
 * | what happened                                   | which requests               | to which server            |
 * |-------------------------------------------------|------------------------------|----------------------------|
 * | no connection, or its certificate is wrong      | all: nothing was sent        | another                    |
 * | the peer says that it did nothing with it       | all without a body           | another, or the same again |
 * | the connection ended before an octet of answer  | idempotent, without a body   | another, or the same again |
 * | anything else, and whatever comes in time       | none                         |                            |
 */
export class Attempts implements UpstreamHandler {
  readonly #upstream: Upstream;
  readonly #request: UpstreamRequest;
  readonly #handler: UpstreamHandler;
  readonly #tried: UpstreamServer[] = [];
  #server: UpstreamServer;
  #abort: ((reason?: Error) => void) | null = null;
  #interim = 0;
  #isSent = false;
  #isAnswered = false;
  #isAborted = false;
  #isOver = false;

  constructor(
    upstream: Upstream,
    server: UpstreamServer,
    request: UpstreamRequest,
    handler: UpstreamHandler,
  ) {
    this.#upstream = upstream;
    this.#server = server;
    this.#request = request;
    this.#handler = handler;
    const { body } = request;
    // The client may go away while nobody reads.
    if (body !== null && !Buffer.isBuffer(body)) body.on('error', () => {});
  }

  start(): void {
    const { headers } = this.#request;
    // The request is not asked again where it was to go to, and this server may be another one.
    if (this.#upstream.config.host === 'upstream') headers[1] = this.#server.config.authority;
    this.#tried.push(this.#server);
    this.#server.underWay++;
    const request = this.#tried.length > 1 ? { ...this.#request, isRetry: true } : this.#request;
    this.#server.transport.dispatch(request, this);
  }

  get isGone(): boolean {
    return this.#isAborted || this.#handler.isGone === true;
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.isGone) {
      abort();
      return;
    }
    const isFirst = !this.#isSent;
    this.#isSent = true;
    if (!isFirst) return;
    this.#handler.onConnect?.((reason) => {
      this.#isAborted = true;
      this.#abort?.(reason);
    });
  }

  /** The first octet of an answer is there. */
  onResponseStarted(): void {
    this.#isAnswered = true;
  }

  onHeaders(
    status: number,
    headers: Buffer[] | string[],
    resume: () => void,
    reason: string,
    isWhole?: boolean,
  ): boolean {
    this.#isAnswered = true;
    if (status < 200 && ++this.#interim > mostInterim) {
      this.#abort?.(Object.assign(new Error('interim answers without end'), { code: 'TOO_MANY_INTERIM' }));
      return true;
    }
    if (status >= 500 && !ofRequest.has(status)) this.#upstream.failed(this.#server, null);
    else if (status >= 200) this.#server.standing.succeed();
    return this.#handler.onHeaders?.(status, headers, resume, reason, isWhole) ?? true;
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData?.(chunk) ?? true;
  }

  onComplete(trailers: string[] | null): void {
    this.#leaveServer();
    this.#handler.onComplete?.(trailers);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.#server.standing.succeed();
    socket.once('close', () => this.#leaveServer());
    this.#handler.onUpgrade?.(status, headers, socket);
  }

  onError(error: Error): void {
    this.#leaveServer();
    const { code } = error as NodeJS.ErrnoException;
    const isOfServer = !this.isGone && code !== undefined && !notOfServer.has(code);
    if (isOfServer) this.#upstream.failed(this.#server, error);
    const next = isOfServer && !this.#isAnswered ? this.#next(code) : null;
    if (next === null) {
      this.#handler.onError?.(error);
      return;
    }
    this.#server = next;
    this.#isOver = false;
    // What the server closed beside this connection is known as closed a turn later.
    setImmediate(() => {
      if (this.isGone) this.#handler.onError?.(error);
      else this.start();
    });
  }

  /** The server to try after a failure before an answer; null for none. */
  #next(code: string): UpstreamServer | null {
    const { method, body, upgrade } = this.#request;
    const { retries } = this.#upstream.config;
    if (this.#tried.length > retries) return null;
    const isRefused = code === refusedStream;
    if (this.#isSent) {
      const isBegun = body !== null && !Buffer.isBuffer(body);
      if (isBegun || upgrade !== undefined) return null;
      if (!isRefused && !(endedCodes.has(code) && idempotent.has(method))) return null;
    }
    const other = this.#upstream.choose(this.#tried) ?? (this.#isSent ? this.#server : null);
    if (other === null) return null;
    const { budget, counts } = this.#upstream;
    if (!budget.spend()) {
      if (counts !== null) counts.withheld++;
      return null;
    }
    counts?.retried(!this.#isSent ? 'not_sent' : isRefused ? 'refused_stream' : 'connection_ended');
    return other;
  }

  #leaveServer(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server.underWay--;
  }
}
