import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { UpstreamOptions } from '../config/upstream-options.ts';
import { readMiddlewareOptions, type MiddlewareOptions } from './middleware-options.ts';
import { isBelowMount, withoutMount } from './mount-path.ts';
import { RequestProxy } from './request-proxy.ts';

/** What the plugin takes, beside Fastify's own `prefix`. */
export interface FastifyProxyOptions extends Omit<MiddlewareOptions, 'upstreams' | 'onError'> {
  /** The one upstream: its options, or its URL. */
  readonly upstream?: string | UpstreamOptions;
  /** Several, with `routes`. */
  readonly upstreams?: MiddlewareOptions['upstreams'];
  /** Whether upgrades below the prefix are taken, after the hooks of Fastify; true when not given. */
  readonly websocket?: boolean;
  /** Who answers when an upstream did not: the proxy (502, 504), or Fastify's error handler. */
  readonly onError?: 'answer' | 'next';
  readonly prefix?: string;
}

/**
 * The proxy as a plugin of Fastify 5, for HTTP/1.1 and HTTP/2: everything below `prefix`, after the hooks of Fastify.
 * The prefix is taken away, unless `mount` is `keep`. Bodies are handed on as they come; no parser of Fastify reads them.
 *
 * ```js
 * fastify.register(proxy, { prefix: '/api', upstream: { to: 'https://10.0.0.5', name: 'api.internal.example' } });
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export default function fastifyProxy(
  instance: FastifyInstance,
  options: FastifyProxyOptions,
  done: (error?: Error) => void,
): void {
  let given: Read;
  try {
    given = read(options);
  } catch (error) {
    // What a plugin throws is nobody's: what it is done with comes out of `ready` and `listen`.
    done(error as Error);
    return;
  }
  const { proxy, config, websocket } = given;
  const { prefix } = instance;
  const targetOf = (request: IncomingMessage): string =>
    config.keepsMount ? (request.url ?? '/') : withoutMount(request.url ?? '/', prefix);

  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    const waiting = upgrades.get(request.raw);
    if (waiting !== undefined) {
      reply.hijack();
      waiting.answer.detachSocket(waiting.socket as IncomingMessage['socket']);
      proxy.upgrade(request.raw, waiting.socket, waiting.rest, targetOf(request.raw), null);
      return;
    }
    // What hooks have set on the reply (helmet, CORS) is for the answer.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    proxy.take(request.raw, reply.raw, {
      target: targetOf(request.raw),
      handsErrorsOn: config.handsErrorsOn,
      next: (error) => {
        if (error === undefined) reply.callNotFound();
        else reply.send(error);
      },
    });
  };

  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (_request, _body, next) => next(null));
  for (const url of ['/', '/*']) {
    instance.route({ method: instance.supportedMethods, url, handler, exposeHeadRoute: false });
  }
  if (websocket) takeUpgrades(instance, prefix);
  // Fastify waits for every connection before it closes.
  instance.addHook('preClose', async () => proxy.endUpgrades());
  instance.addHook('onClose', () => proxy.close());
  done();
}

interface Read {
  readonly proxy: RequestProxy;
  readonly config: ReturnType<typeof readMiddlewareOptions>;
  readonly websocket: boolean;
}

function read(options: FastifyProxyOptions): Read {
  const given: Record<string, unknown> = { ...options };
  // Fastify's own.
  for (const key of ['prefix', 'logLevel', 'logSerializers']) delete given[key];
  const { upstream, websocket = true, ...rest } = given;
  const upstreams =
    upstream === undefined
      ? {}
      : { upstreams: { upstream: typeof upstream === 'string' ? { to: upstream } : upstream } };
  const config = readMiddlewareOptions({ ...rest, ...upstreams });
  return { config, proxy: new RequestProxy(config.proxy), websocket: websocket !== false };
}

/** An upgrade on its way through Fastify's hooks. */
interface Waiting {
  readonly socket: Duplex;
  readonly rest: Buffer;
  readonly answer: ServerResponse;
}

const upgrades = new WeakMap<IncomingMessage, Waiting>();
/** The places on each server that take upgrades: one listener for all, so that it knows when nobody does. */
const places = new WeakMap<object, { readonly instance: FastifyInstance; readonly prefix: string }[]>();

function takeUpgrades(instance: FastifyInstance, prefix: string): void {
  const server = instance.server as Server;
  const known = places.get(server);
  if (known !== undefined) {
    known.push({ instance, prefix });
    return;
  }
  const list = [{ instance, prefix }];
  places.set(server, list);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, rest: Buffer) => {
    const place = list.find((each) => isBelowMount(request.url ?? '/', each.prefix));
    if (place === undefined && server.listenerCount('upgrade') > 1) return;
    const answer = new ServerResponse(request);
    answer.shouldKeepAlive = false;
    socket.on('error', () => {});
    answer.assignSocket(socket as IncomingMessage['socket']);
    answer.once('finish', () => (socket as IncomingMessage['socket']).destroySoon());
    if (place !== undefined) upgrades.set(request, { socket, rest, answer });
    // The hooks see an upgrade as they see each request, and may refuse it. Where no place is for it: Fastify's 404.
    instance.routing(request, answer);
  });
}
