import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { fault } from '../config/fault.ts';
import { answerItself, type ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import { dropUnread } from '../front/unread-body.ts';
import { checkServerOptions, readPlan, type Plan } from './plan.ts';
import { warnOfFailure } from './quiet-warning.ts';
import type { ServerOptions } from './server-options.ts';
import type { Agents, TargetUrl } from './target.ts';
import { WebExchange } from './web.ts';
import { answerOn, proxyUpgrade } from './ws.ts';

/** Takes what went wrong with one request, in the place of the `error` event. */
export type ErrorCallback = (
  error: Error,
  request: IncomingMessage,
  answer: ServerResponse | Socket,
  target?: TargetUrl,
) => void;

/** The options as an event shows them. */
export type ShownOptions = Omit<ServerOptions, 'target'> & { target: TargetUrl };

/** The events of http-proxy. */
export interface ProxyServerEvents {
  /** Without a listener, and without a callback, the proxy answers 502 and warns. */
  error: [
    error: Error,
    request: IncomingMessage,
    answer: ServerResponse | Socket,
    target: TargetUrl | undefined,
  ];
  start: [request: IncomingMessage, answer: ServerResponse, target: TargetUrl | undefined];
  /** Before anything is sent: its fields and path may be changed, and a body written. */
  proxyReq: [
    proxyReq: ClientRequest,
    request: IncomingMessage,
    answer: ServerResponse,
    options: ShownOptions,
  ];
  proxyReqWs: [
    proxyReq: ClientRequest,
    request: IncomingMessage,
    socket: Socket,
    options: ShownOptions,
    head: Buffer,
  ];
  /** Its `headers` may be changed; with `selfHandleResponse` the listener answers. */
  proxyRes: [proxyRes: IncomingMessage, request: IncomingMessage, answer: ServerResponse];
  end: [request: IncomingMessage, answer: ServerResponse, proxyRes: IncomingMessage];
  open: [proxySocket: Socket];
  proxySocket: [proxySocket: Socket];
  close: [proxyRes: IncomingMessage, proxySocket: Socket, proxyHead: Buffer];
  /** The client went away before there was an answer. */
  econnreset: [
    error: Error,
    request: IncomingMessage,
    answer: ServerResponse | Socket,
    target: TargetUrl | undefined,
  ];
}

/**
 * The API of http-proxy on connections that are verified: what is sent and checked comes of `target` and `name`, never
 * of a client's `Host`.
 */
export class ProxyServer extends EventEmitter<ProxyServerEvents> {
  readonly options: ServerOptions;
  readonly #agents: Agents = new Map();
  #plan: Plan | null = null;
  /** Of `listen`; named as in http-proxy, where programs read its address. */
  _server: Server | null = null;

  /** @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key. */
  constructor(options: ServerOptions = {}) {
    super();
    this.options = options;
    checkServerOptions(options);
    if (options.target != null || options.forward != null) this.#plan = readPlan(options, this.#agents);
  }

  static createProxyServer(options?: ServerOptions): ProxyServer {
    return new ProxyServer(options);
  }

  static createServer(options?: ServerOptions): ProxyServer {
    return new ProxyServer(options);
  }

  static createProxy(options?: ServerOptions): ProxyServer {
    return new ProxyServer(options);
  }

  /** Hands a request on; of HTTP/2, too. */
  web(request: ServerRequest, answer: ServerAnswer, callback?: ErrorCallback): void;
  web(
    request: ServerRequest,
    answer: ServerAnswer,
    options: ServerOptions | undefined,
    callback?: ErrorCallback,
  ): void;
  web(
    request: ServerRequest,
    answer: ServerAnswer,
    first?: ServerOptions | ErrorCallback,
    second?: ErrorCallback,
  ): void {
    const callback = typeof first === 'function' ? first : (second ?? null);
    const options = typeof first === 'function' ? undefined : first;
    const plan = this.#planFor(options, request as IncomingMessage, answer as ServerResponse, callback);
    if (plan !== null) new WebExchange(this, request, answer, plan, callback).start();
  }

  /** Hands an upgrade to WebSocket on. */
  ws(
    request: IncomingMessage,
    socket: Socket | import('node:stream').Duplex,
    head?: Buffer,
    ...rest: [callback?: ErrorCallback] | [options: ServerOptions | undefined, callback?: ErrorCallback]
  ): void {
    const [first, second] = rest;
    const callback = typeof first === 'function' ? first : (second ?? null);
    const options = typeof first === 'function' ? undefined : first;
    const plan = this.#planFor(options, request, socket as Socket, callback, true);
    if (plan === null) return;
    proxyUpgrade(this, request, socket as Socket, head ?? Buffer.alloc(0), plan, callback);
  }

  /** A server of its own: plain, or with `ssl`; with `ws` for WebSocket, too. */
  listen(port: number, hostname?: string): this {
    const take = (request: IncomingMessage, answer: ServerResponse): void => this.web(request, answer);
    this._server =
      this.options.ssl === undefined ? http.createServer(take) : https.createServer(this.options.ssl, take);
    if (this.options.ws === true) {
      this._server.on('upgrade', (request, socket, head) => this.ws(request, socket, head));
    }
    this._server.listen(port, hostname);
    return this;
  }

  /** Ends the server of `listen`, and the connections that are kept. */
  close(callback?: (error?: Error) => void): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
    this.#plan = null;
    if (this._server === null) return;
    this._server.close((error) => {
      this._server = null;
      callback?.(error);
    });
  }

  /** @throws {AltnameError} always: there are no passes. */
  before(): never {
    throw fault('before', noPasses);
  }

  /** @throws {AltnameError} always: there are no passes. */
  after(): never {
    throw fault('after', noPasses);
  }

  #planFor(
    options: ServerOptions | undefined,
    request: IncomingMessage,
    answer: ServerResponse | Socket,
    callback: ErrorCallback | null,
    isUpgrade = false,
  ): Plan | null {
    try {
      if (options === undefined && this.#plan !== null && this.#plan.options.target === this.options.target) {
        return this.#plan;
      }
      const plan = readPlan({ ...this.options, ...options }, this.#agents);
      if (plan.target !== null || (plan.forward !== null && !isUpgrade)) return plan;
      throw new Error('Must provide a proper URL as target');
    } catch (error) {
      if (callback !== null) callback(error as Error, request, answer);
      else if (this.listenerCount('error') > 0) {
        this.emit('error', error as Error, request, answer, undefined);
      } else answerForNobody(error as Error, request, answer, isUpgrade);
      return null;
    }
  }
}

/** A mistake in the program is told to it, and no client brings it down. */
function answerForNobody(
  error: Error,
  request: IncomingMessage,
  answer: ServerResponse | Socket,
  isUpgrade: boolean,
): void {
  const requestId = randomUUID();
  warnOfFailure(error, null, requestId);
  answerItself(
    isUpgrade ? answerOn(request, answer as Socket) : (answer as ServerResponse),
    500,
    requestId,
    false,
  );
  if (!isUpgrade) dropUnread(request);
}

const noPasses = 'there are no passes to put one beside: use the events proxyReq and proxyRes';
