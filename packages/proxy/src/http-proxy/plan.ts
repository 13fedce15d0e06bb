import type { OutgoingHttpHeaders } from 'node:http';
import { printable } from '@altname/core';
import { fault } from '../config/fault.ts';
import { readTrustList, type TrustList } from '../config/trust-list.ts';
import type { ServerOptions } from './server-options.ts';
import { readTarget, type Agents, type Target } from './target.ts';

/** Options, read, with where the request goes. */
export interface Plan {
  readonly options: ServerOptions;
  readonly target: Target | null;
  readonly forward: Target | null;
  readonly trust: TrustList;
  readonly headers: OutgoingHttpHeaders;
  readonly domains: Readonly<Record<string, string>> | null;
  readonly paths: Readonly<Record<string, string>> | null;
}

/**
 * Reads the options of one call, or of the server.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readPlan(options: ServerOptions, agents: Agents): Plan {
  checkServerOptions(options);
  return {
    options,
    target: options.target == null ? null : readTarget('target', options, agents),
    forward: options.forward == null ? null : readTarget('forward', options, agents),
    trust: readTrustList(options.trust),
    headers: options.headers ?? {},
    domains: rewritesOf('cookieDomainRewrite', options.cookieDomainRewrite),
    paths: rewritesOf('cookiePathRewrite', options.cookiePathRewrite),
  };
}

/** What is wrong whatever the target. */
export function checkServerOptions(options: ServerOptions): void {
  for (const [key, value] of Object.entries(options)) {
    const kind = kinds[key as keyof ServerOptions];
    if (kind === undefined) {
      if (others.has(key)) continue;
      throw fault(printable(key, 60), `there is no such option (${Object.keys(kinds).join(', ')})`);
    }
    if (value === undefined || value === null || kind === 'any' || typeof value === kind) continue;
    throw fault(key, `a ${kind} is expected`);
  }
  if (options.followRedirects === true) {
    throw fault(
      'followRedirects',
      'a redirect would let the target choose whom the proxy asks: it goes to the client',
    );
  }
  if (options.secure === false && options.target == null) {
    throw fault(
      'secure',
      'an https target is always verified: leave it out, and give ca, name or tolerate where a target needs it',
    );
  }
  for (const key of ['proxyTimeout', 'timeout'] as const) {
    const ms = options[key];
    if (ms !== undefined && !(ms >= 0 && ms <= 2 ** 31 - 1)) throw fault(key, 'milliseconds are expected');
  }
}

/** Every option, and the type of its value where one will do. */
const kinds: Readonly<Record<keyof ServerOptions, string>> = {
  target: 'any',
  forward: 'any',
  name: 'string',
  ca: 'any',
  cert: 'any',
  key: 'any',
  passphrase: 'string',
  tolerate: 'any',
  trust: 'any',
  agent: 'any',
  ssl: 'object',
  ws: 'boolean',
  xfwd: 'boolean',
  secure: 'boolean',
  toProxy: 'boolean',
  prependPath: 'boolean',
  ignorePath: 'boolean',
  localAddress: 'string',
  changeOrigin: 'boolean',
  preserveHeaderKeyCase: 'boolean',
  auth: 'string',
  hostRewrite: 'string',
  autoRewrite: 'boolean',
  protocolRewrite: 'string',
  cookieDomainRewrite: 'any',
  cookiePathRewrite: 'any',
  headers: 'object',
  proxyTimeout: 'number',
  timeout: 'number',
  followRedirects: 'boolean',
  selfHandleResponse: 'boolean',
  buffer: 'object',
  method: 'string',
  lookup: 'function',
};

/** Read by programs around http-proxy (Vite), which hand their options through. */
const others: ReadonlySet<string> = new Set(['rewrite', 'configure', 'bypass', 'rewriteWsOrigin']);

function rewritesOf(key: string, given: unknown): Readonly<Record<string, string>> | null {
  if (given === undefined || given === null || given === false) return null;
  if (typeof given === 'string') return { '*': given };
  const isMap =
    typeof given === 'object' && Object.values(given).every((to) => to === null || typeof to === 'string');
  if (!isMap) throw fault(key, 'a text, or an object of texts, is expected');
  return given as Record<string, string>;
}
