import { isIP } from 'node:net';
import { AltnameError, parseIdentifier, printable } from '@altname/core';
import { comparedPath } from './compared-path.ts';
import { fault, readKeys } from './fault.ts';

/** Which requests go to an upstream. */
export interface RouteOptions {
  /** The host that was asked for: a DNS name, `*.example.com` for any one label in its place, an address; any when not given. */
  readonly host?: string;
  /**
   * What the path begins with, in whole segments: `/api` is `/api` and `/api/x`, not `/apis`; any when not given.
   * `/%61pi` and `//api` are `/api`.
   */
  readonly path?: string;
  /**
   * Not decrypted here: `host` is that of the handshake (any and none when not given), and `to` an upstream of
   * `tcp://`. Without it, TLS ends at the proxy.
   */
  readonly tls?: 'passthrough';
  /** The key of an upstream. */
  readonly to: string;
}

/** {@link RouteOptions}, read. Frozen. */
export interface Route {
  /** Lower case, A-labels; `*.` in front for a wildcard; null for any host. */
  readonly host: string | null;
  /** As it is compared, without a slash at its end; empty for any path. */
  readonly path: string;
  readonly tls: 'passthrough' | null;
  readonly to: string;
}

/** The keys of the upstreams, and of those that are for passthrough alone. */
export interface UpstreamKeys {
  readonly all: readonly string[];
  readonly tcp: readonly string[];
}

/**
 * Reads the routes and puts the narrowest first: a name before a wildcard before any host, then the longer path.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readRoutes(given: unknown, upstreams: UpstreamKeys): readonly Route[] {
  if (given === undefined) {
    const [only, ...more] = upstreams.all;
    if (only === undefined || more.length > 0) {
      throw fault('routes', 'with several upstreams, say which requests go to which');
    }
    if (upstreams.tcp.length > 0) {
      throw fault('routes', `${only} is tcp://: a route with tls: 'passthrough' is expected`);
    }
    return Object.freeze([Object.freeze({ host: null, path: '', tls: null, to: only })]);
  }
  if (!Array.isArray(given) || given.length === 0) throw fault('routes', 'a list of routes is expected');
  const routes = given.map((each, index) => readRoute(`routes[${index}]`, each, upstreams));
  for (const [index, { host, path, tls }] of routes.entries()) {
    const first = routes.findIndex((other) => other.host === host && other.path === path);
    if (first < index) throw fault(`routes[${index}]`, `routes[${first}] is for the same host and path`);
    const passed = routes.findIndex((other) => other.tls !== null && tls === null && other.host === host);
    if (passed !== -1) throw fault(`routes[${index}]`, `routes[${passed}] passes the same host through`);
  }
  return Object.freeze(routes.toSorted((a, b) => kindOf(a) - kindOf(b) || b.path.length - a.path.length));
}

/**
 * The route of a request.
 *
 * @param host lower case, without port; null when the request named none
 * @param path without its query
 */
export function findRoute(routes: readonly Route[], host: string | null, path: string): Route | null {
  const parent = host === null ? null : host.slice(host.indexOf('.'));
  const compared = comparedPath(path);
  for (const route of routes) {
    const isHost =
      route.host === null || route.host === host || (parent !== null && route.host === `*${parent}`);
    if (isHost && isBelow(compared, route.path)) return route;
  }
  return null;
}

/** Whether a request whose head cannot be read may be for a route: by the beginning of its target. */
export function mayHaveRoute(routes: readonly Route[], target: string): boolean {
  const [path = ''] = target.split('?', 1);
  const compared = comparedPath(path);
  return routes.some((route) => isBelow(compared, route.path));
}

function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}

function kindOf({ host }: Route): number {
  if (host === null) return 2;
  return host.startsWith('*.') ? 1 : 0;
}

function readRoute(key: string, given: unknown, upstreams: UpstreamKeys): Route {
  const { host, path, tls, to } = readKeys(key, given, ['host', 'path', 'tls', 'to']);
  if (typeof to !== 'string' || !upstreams.all.includes(to)) {
    throw fault(`${key}.to`, `the key of an upstream is expected (${upstreams.all.join(', ')})`);
  }
  if (tls !== undefined && tls !== 'passthrough') throw fault(`${key}.tls`, "'passthrough' is expected");
  if (tls === 'passthrough' && path !== undefined) {
    throw fault(`${key}.path`, 'no path is seen of what is passed through');
  }
  if (tls === 'passthrough' && host !== undefined && isAddressText(host)) {
    throw fault(`${key}.host`, 'an address is never sent as server name (RFC 6066 §3): give a name');
  }
  if ((tls === 'passthrough') !== upstreams.tcp.includes(to)) {
    const why = "tls: 'passthrough' and an upstream of tcp:// go together, and with nothing else";
    throw fault(`${key}.to`, why);
  }
  const isPath = path === undefined || (typeof path === 'string' && /^\/[\x21-\x7e]*$/.test(path));
  const compared = comparedPath((path as string | undefined) ?? '');
  if (!isPath || /[?#\\]|\/\.{1,2}(?:\/|$)/.test(compared)) {
    throw fault(`${key}.path`, 'the beginning of a path is expected, such as /api');
  }
  return Object.freeze({
    host: host === undefined ? null : readHost(`${key}.host`, host),
    path: compared.replace(/\/$/, ''),
    tls: tls ?? null,
    to,
  });
}

function isAddressText(host: unknown): boolean {
  return typeof host === 'string' && isIP(host) !== 0;
}

function readHost(key: string, host: unknown): string {
  if (typeof host !== 'string') throw fault(key, 'a name is expected');
  const wildcard = host.startsWith('*.') ? '*.' : '';
  try {
    return wildcard + parseIdentifier(host.slice(wildcard.length)).value;
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    throw fault(key, `"${printable(host, 100)}" is no name, nor *. before one`, error);
  }
}
