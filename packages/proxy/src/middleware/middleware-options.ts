import { fault } from '../config/fault.ts';
import type { LimitOptions } from '../config/limits.ts';
import {
  readProxyConfig,
  type ProxyConfig,
  type ProxyOptions,
  type TimeoutOptions,
} from '../config/proxy-config.ts';

/** What {@link proxyMiddleware} takes: the options of `createProxy`, less those of a server. */
export interface MiddlewareOptions extends Pick<
  ProxyOptions,
  'upstreams' | 'routes' | 'trust' | 'onAccess' | 'onFailure'
> {
  /** `connect`, `answer` and `idle`; `head` and `drain` are the server's. */
  readonly timeouts?: Omit<TimeoutOptions, 'head' | 'drain'>;
  /** `body`; `head` is the server's. */
  readonly limits?: Omit<LimitOptions, 'head'>;
  /**
   * What is handed on, and matched with the paths of routes, below a mount path (`app.use('/api', …)`): the target
   * without it (`strip`, the default: `req.url`), or with it (`keep`: `req.originalUrl`).
   */
  readonly mount?: 'strip' | 'keep';
  /** Who answers when an upstream did not: the proxy (502, 504), or `next(error)` with a {@link ProxyError}. */
  readonly onError?: 'answer' | 'next';
}

/** {@link MiddlewareOptions}, read. */
export interface MiddlewareConfig {
  readonly proxy: ProxyConfig;
  readonly keepsMount: boolean;
  readonly handsErrorsOn: boolean;
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key. */
export function readMiddlewareOptions(given: unknown): MiddlewareConfig {
  if (typeof given !== 'object' || given === null)
    throw fault('middleware', 'an object of options is expected');
  const { mount, onError, ...proxy } = given as Record<string, unknown>;
  for (const key of Object.keys(proxy)) {
    if (!own.includes(key))
      throw fault(key, `middleware has no such option (${own.join(', ')}, mount, onError)`);
  }
  for (const [key, parts] of Object.entries({ timeouts: ['head', 'drain'], limits: ['head'] })) {
    const part = parts.find((each) => each in Object(proxy[key]));
    if (part === undefined) continue;
    throw fault(`${key}.${part}`, 'it is for the server that the middleware is used in');
  }
  const config = readProxyConfig({ ...proxy, listen: 0 });
  if (config.handshakeRoutes.length > 0) {
    throw fault('routes', "tls: 'passthrough' is for createProxy: where there is middleware, TLS has ended");
  }
  return {
    proxy: config,
    keepsMount: readChoice('mount', mount, ['strip', 'keep']) === 'keep',
    handsErrorsOn: readChoice('onError', onError, ['answer', 'next']) === 'next',
  };
}

const own: readonly string[] = [
  'upstreams',
  'routes',
  'trust',
  'timeouts',
  'limits',
  'onAccess',
  'onFailure',
] satisfies (keyof MiddlewareOptions)[];

function readChoice(key: string, given: unknown, [usual, other]: readonly [string, string]): string {
  if (given === undefined) return usual;
  if (given === usual || given === other) return given;
  throw fault(key, `'${usual}' or '${other}' is expected`);
}
