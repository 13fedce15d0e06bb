import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { AltnameError, explainError, printable } from '@altname/core';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import { fault } from '../config/fault.ts';
import { checkServerOptions } from '../http-proxy/plan.ts';
import { ProxyServer } from '../http-proxy/proxy-server.ts';
import type { ServerOptions } from '../http-proxy/server-options.ts';

/** One entry of Vite's `server.proxy`. */
export interface ViteProxyRule extends ServerOptions {
  /** Changes the path before it is handed on. */
  rewrite?: (path: string) => string;
  /** Called once with the proxy, to listen to its events. */
  configure?: (proxy: ProxyServer, options: ViteProxyRule) => void;
  /** A path that Vite serves instead, or false for 404; anything else hands the request on. */
  bypass?: (
    request: IncomingMessage,
    response: ServerResponse | undefined,
    options: ViteProxyRule,
  ) => BypassResult | Promise<BypassResult>;
  /** The origin of the target as `Origin` of a WebSocket, for targets that look at it. */
  rewriteWsOrigin?: boolean;
}

// oxlint-disable-next-line typescript/no-invalid-void-type -- a function without a result is one that hands on
type BypassResult = string | boolean | null | undefined | void;

/** What people have in `server.proxy`: paths, or `^` and a regular expression, and where they go. */
export type ViteProxyTable = Readonly<Record<string, string | ViteProxyRule | undefined>>;

/**
 * The proxy of Vite's `server.proxy` with names that are right: the same table, in dev and preview.
 *
 * ```js
 * export default defineConfig({
 *   plugins: [viteProxy({ '/api': { target: 'https://10.0.0.5', name: 'api.internal.example' } })],
 * });
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the entry and the key; when Vite starts, for what
 *   a target is read for.
 */
export function viteProxy(table: ViteProxyTable): Plugin {
  if (typeof table !== 'object' || table === null)
    throw fault('viteProxy', 'what stands in server.proxy is expected');
  const given = Object.entries(table).flatMap(([context, rule]) =>
    rule ? [[context, typeof rule === 'string' ? { target: rule, changeOrigin: true } : rule] as const] : [],
  );
  for (const [context, rule] of given) named(context, () => checkServerOptions(rule));
  const serve = (server: ViteDevServer | PreviewServer): void => {
    const places = given.map(([context, rule]) => new Place(context, rule, server.config.logger));
    server.middlewares.use(function altnameProxy(request, response, next) {
      const place = places.find((each) => each.isFor(request.url ?? '/'));
      if (place === undefined) next();
      else void place.web(request, response, next);
    });
    const { httpServer } = server;
    httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Vite's own, wherever it is: a rule for everything does not take hot updates away.
      if (/^vite-(?:hmr|ping)$/.test(request.headers['sec-websocket-protocol'] ?? '')) return;
      const place = places.find((each) => each.takesUpgrades && each.isFor(request.url ?? '/'));
      void place?.ws(request, socket as Socket, head);
    });
    httpServer?.once('close', () => {
      for (const place of places) place.close();
    });
  };
  return { name: 'altname:proxy', apply: 'serve', configureServer: serve, configurePreviewServer: serve };
}

interface Logger {
  error(text: string, options?: { timestamp?: boolean; error?: Error | null }): void;
  warn(text: string): void;
}

/** One entry of the table, being served. */
class Place {
  readonly takesUpgrades: boolean;
  readonly #pattern: RegExp | null;
  readonly #context: string;
  readonly #rule: ViteProxyRule;
  readonly #proxy: ProxyServer;
  readonly #logger: Logger;

  constructor(context: string, rule: ViteProxyRule, logger: Logger) {
    this.#context = context;
    this.#rule = rule;
    this.#logger = logger;
    this.#pattern = context.startsWith('^') ? named(context, () => new RegExp(context)) : null;
    this.#proxy = named(context, () => new ProxyServer(rule));
    this.takesUpgrades = rule.ws === true || /^wss?:/.test(targetText(rule));
    rule.configure?.(this.#proxy, rule);
    this.#proxy.on('error', (error, request, answer) => this.#fail(error, request, answer));
    this.#proxy.on('proxyReqWs', (proxyReq, _request, socket) => {
      this.#rewriteOrigin(proxyReq);
      socket.on('error', (error) => this.#tell('ws proxy socket error', error));
    });
  }

  isFor(url: string): boolean {
    return url.startsWith(this.#context) || (this.#pattern?.test(url) ?? false);
  }

  async web(
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    let instead: BypassResult;
    try {
      instead = await this.#rule.bypass?.(request, response, this.#rule);
      if (typeof instead !== 'string' && instead !== false) this.#rewrite(request);
    } catch (error) {
      next(error);
      return;
    }
    if (typeof instead === 'string') {
      request.url = instead;
      if (!response.writableEnded) next();
    } else if (instead === false) {
      response.statusCode = 404;
      response.end();
    } else if (!response.writableEnded) this.#proxy.web(request, response);
  }

  async ws(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    try {
      const instead = await this.#rule.bypass?.(request, undefined, this.#rule);
      if (typeof instead === 'string') {
        request.url = instead;
        return;
      }
      if (instead === false) {
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
        return;
      }
      this.#rewrite(request);
    } catch (error) {
      this.#tell('ws proxy bypass error', error as Error);
      socket.destroy();
      return;
    }
    this.#proxy.ws(request, socket, head);
  }

  close(): void {
    this.#proxy.close();
  }

  #rewrite(request: IncomingMessage): void {
    if (this.#rule.rewrite !== undefined) request.url = this.#rule.rewrite(request.url ?? '/');
  }

  #rewriteOrigin(proxyReq: ClientRequest): void {
    if (this.#rule.rewriteWsOrigin !== true || proxyReq.getHeader('origin') === undefined) return;
    proxyReq.setHeader('origin', originText(this.#rule));
  }

  #fail(error: Error, request: IncomingMessage, answer: ServerResponse | Socket): void {
    this.#tell(`http proxy error: ${printable(request.url ?? '', 500)}`, error);
    if (!('req' in answer)) {
      answer.end();
    } else if (!answer.headersSent && !answer.writableEnded) {
      answer.writeHead(502, { 'content-type': 'text/plain' }).end();
    }
  }

  /** The cause, and what to change, stand before the stack. */
  #tell(what: string, error: Error): void {
    const target = targetText(this.#rule);
    const diagnosis = URL.canParse(target)
      ? explainError(error, { asked: target.replace(/^ws/, 'http') })
      : null;
    const lines =
      diagnosis === null
        ? []
        : [diagnosis.cause?.message ?? '', ...diagnosis.fixes.map(({ title }) => `- ${title}`)];
    const text = [what, ...lines.filter((line) => line !== ''), error.stack ?? error.message].join('\n');
    this.#logger.error(text, { timestamp: true, error });
  }
}

function targetText({ target, forward }: ViteProxyRule): string {
  const to = target ?? forward;
  if (typeof to === 'string' || to instanceof URL) return String(to);
  if (to === undefined) return '';
  return to.href ?? `${to.protocol ?? 'http:'}//${to.host ?? to.hostname ?? ''}`;
}

function originText(rule: ViteProxyRule): string {
  const text = targetText(rule);
  return URL.canParse(text) ? `${new URL(text).protocol}//${new URL(text).host}` : text;
}

/** Says which entry of the table is meant. */
function named<T>(context: string, read: () => T): T {
  const place = `server.proxy "${printable(context, 100)}"`;
  try {
    return read();
  } catch (error) {
    if (error instanceof AltnameError)
      throw new AltnameError(error.code, `${place}: ${error.message}`, { cause: error });
    throw fault(place, `it is no regular expression (${(error as Error).message})`, error);
  }
}
