import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { FrontDesk, type Handover } from '../front/front-desk.ts';
import type { ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import { makeSetup } from '../setup.ts';
import { bodyBefore, withLength } from './body-before.ts';
import { changedFields } from './changed-fields.ts';
import { readMiddlewareOptions, type MiddlewareOptions } from './middleware-options.ts';
import { ProxyError } from './proxy-error.ts';

/** Takes what nobody has answered: without an error what no route is for, with one what no upstream answered. */
export type Next = (error?: Error) => void;

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
  const { proxy, keepsMount, handsErrorsOn } = readMiddlewareOptions(options);
  const setup = makeSetup(proxy, null);
  const desk = new FrontDesk(setup);
  const targetOf = (request: ServerRequest): string | null => {
    const { originalUrl } = request as { originalUrl?: unknown };
    return keepsMount && typeof originalUrl === 'string' ? originalUrl : null;
  };

  const middleware = (request: ServerRequest, answer: ServerAnswer, next?: Next): void => {
    // Another has answered: nothing is left to be done, and nobody to be told.
    if (answer.headersSent || answer.writableEnded || answer.destroyed) return;
    const body = bodyBefore(request);
    const fields = changedFields(request);
    desk.take(request, answer, {
      socket: null,
      target: targetOf(request),
      rawHeaders: Buffer.isBuffer(body) ? withLength(fields ?? request.rawHeaders, body.length) : fields,
      body,
      next: next === undefined ? null : () => next(),
      fail: failed(handsErrorsOn ? next : undefined, body),
    });
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, rest: Buffer, next?: () => void): void => {
    desk.take(request, null, {
      socket: { socket, rest },
      target: targetOf(request),
      rawHeaders: changedFields(request),
      body: null,
      next: next ?? null,
      fail: null,
    });
  };
  const close = async (): Promise<void> => {
    desk.drain();
    await Promise.all([...setup.upstreams.values()].map((upstream) => upstream.destroy()));
  };
  return Object.assign(middleware, { upgrade, close });
}

function failed(next: Next | undefined, body: Handover['body']): Handover['fail'] {
  if (body === 'lost') warnOfBody();
  if (next === undefined) return null;
  // Not in the turn of the client of HTTP: what a handler of errors throws is not for it.
  return (status, requestId, failure) => setImmediate(next, new ProxyError(status, requestId, failure));
}

let hasWarned = false;

/** Once: it is a mistake in the program, and the same for each request. */
function warnOfBody(): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    'a body was read before the proxy got it (express.json() and others): use the proxy before the parser, or keep the octets as req.rawBody',
    { code: 'ALTNAME_BODY_READ' },
  );
}
