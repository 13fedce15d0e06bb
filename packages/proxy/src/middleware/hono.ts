import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fault } from '../config/fault.ts';
import type { ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import { readMiddlewareOptions, type MiddlewareOptions } from './middleware-options.ts';
import { withoutMount } from './mount-path.ts';
import { RequestProxy } from './request-proxy.ts';

/** What {@link honoProxy} takes. */
export interface HonoProxyOptions extends Omit<MiddlewareOptions, 'mount'> {
  /** The beginning of paths that is taken away, in whole segments: Hono hands on the path as it came. */
  readonly strip?: string;
}

/** The part of Hono's context that is read. */
export interface NodeContext {
  /** `incoming` and `outgoing` of `@hono/node-server`. */
  readonly env: unknown;
  readonly res: Response;
}

/** Made by {@link honoProxy}. */
export interface HonoProxy {
  (context: NodeContext, next: () => Promise<void>): Promise<Response | void>;
  /** For the `upgrade` event of the server. Hono's middleware is not asked for an upgrade. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, rest: Buffer, next?: () => void) => void;
  readonly close: () => Promise<void>;
}

/**
 * The proxy as a handler of Hono on `@hono/node-server`, which has the objects of Node at hand. What middleware sets on
 * the context before (`c.header`) is for the answer; what it does with `c.res` afterwards comes too late.
 *
 * ```js
 * app.all('/api/*', honoProxy({ strip: '/api', upstreams: { api: { to: 'https://api.internal.example' } } }));
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key; for a request that has no objects of
 *   Node, as on Bun, Deno and workers, the handler rejects with it.
 */
export function honoProxy(options: HonoProxyOptions): HonoProxy {
  const { strip, ...rest } = (options ?? {}) as HonoProxyOptions & Record<string, unknown>;
  if (strip !== undefined && !(typeof strip === 'string' && strip.startsWith('/'))) {
    throw fault('strip', 'the beginning of a path is expected, such as /api');
  }
  if ('mount' in rest)
    throw fault('mount', 'Hono takes nothing from a path: say in strip what is to be taken away');
  const { proxy: config, handsErrorsOn } = readMiddlewareOptions(rest);
  const proxy = new RequestProxy(config);
  const targetOf = ({ url }: ServerRequest): string | null =>
    strip === undefined ? null : withoutMount(url ?? '/', strip);

  const handler = ({ env, res }: NodeContext, next: () => Promise<void>): Promise<Response | void> => {
    const { incoming, outgoing } = (env ?? {}) as { incoming?: ServerRequest; outgoing?: ServerAnswer };
    if (incoming?.rawHeaders === undefined || outgoing === undefined) {
      return Promise.reject(
        fault(
          'honoProxy',
          'a request without objects of Node cannot be handed on: @hono/node-server has them',
        ),
      );
    }
    for (const [name, value] of res.headers) outgoing.setHeader(name, value);
    return new Promise((resolve, reject) => {
      const close = (): void => resolve(alreadySent(outgoing.statusCode));
      outgoing.once('close', close);
      proxy.take(incoming, outgoing, {
        target: targetOf(incoming),
        handsErrorsOn,
        next: (error) => {
          outgoing.off('close', close);
          if (error === undefined) next().then(resolve, reject);
          else reject(error);
        },
      });
    });
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, rest_: Buffer, next?: () => void): void =>
    proxy.upgrade(request, socket, rest_, targetOf(request), next ?? null);
  return Object.assign(handler, { upgrade, close: () => proxy.close() });
}

/** What `@hono/node-server` leaves alone: its `RESPONSE_ALREADY_SENT`, with the status for those who log it. */
function alreadySent(status: number): Response {
  return new Response(null, { status, headers: { 'x-hono-already-sent': 'true' } });
}
