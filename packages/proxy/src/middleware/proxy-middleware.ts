import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import { readMiddlewareOptions, type MiddlewareOptions } from './middleware-options.ts';
import { RequestProxy, type Next } from './request-proxy.ts';

/** Made by {@link proxyMiddleware}. */
export interface ProxyMiddleware {
  (request: ServerRequest, answer: ServerAnswer, next?: Next): void;
  /**
   * For the `upgrade` event of the server: WebSocket and others. The program's other middleware is not asked for an
   * upgrade; who has to be let in is to be asked before this.
   *
   * @param next takes an upgrade that no route is for; without it the answer is 404
   */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, rest: Buffer, next?: () => void) => void;
  /** Ends the connections to the upstreams, and with them what is under way. */
  readonly close: () => Promise<void>;
}

/**
 * The proxy as middleware, `(req, res, next)`: for Express, Connect, Polka and a server of Node's own, HTTP/1.1 and
 * HTTP/2. `next` is called at most once, and never after something was answered: without an error when no route is for
 * the request, with one as `onError` says.
 *
 * ```js
 * app.use('/api', proxyMiddleware({ upstreams: { api: { to: 'https://api.internal.example' } } }));
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function proxyMiddleware(options: MiddlewareOptions): ProxyMiddleware {
  const { proxy: config, keepsMount, handsErrorsOn } = readMiddlewareOptions(options);
  const proxy = new RequestProxy(config);
  const targetOf = (request: ServerRequest): string | null => {
    const { originalUrl } = request as { originalUrl?: unknown };
    return keepsMount && typeof originalUrl === 'string' ? originalUrl : null;
  };
  const middleware = (request: ServerRequest, answer: ServerAnswer, next?: Next): void =>
    proxy.take(request, answer, {
      target: targetOf(request),
      next: next ?? null,
      handsErrorsOn: handsErrorsOn && next !== undefined,
    });
  const upgrade = (request: IncomingMessage, socket: Duplex, rest: Buffer, next?: () => void): void =>
    proxy.upgrade(request, socket, rest, targetOf(request), next ?? null);
  return Object.assign(middleware, { upgrade, close: () => proxy.close() });
}
