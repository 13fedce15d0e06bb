import { AltnameError, parseIdentifier, printable } from '@altname/core';
import { fault, readKeys } from './fault.ts';

/** Which requests go to an upstream. */
export interface RouteOptions {
  /** The host that was asked for: a DNS name, `*.example.com` for any one label in its place, an address; any when not given. */
  readonly host?: string;
  /** What the path begins with, in whole segments: `/api` is `/api` and `/api/x`, not `/apis`; any when not given. */
  readonly path?: string;
  /** The key of an upstream. */
  readonly to: string;
}

/** {@link RouteOptions}, read. Frozen. */
export interface Route {
  /** Lower case, A-labels; `*.` in front for a wildcard; null for any host. */
  readonly host: string | null;
  /** Without a slash at its end; empty for any path. */
  readonly path: string;
  readonly to: string;
}

/**
 * Reads the routes and puts the narrowest first: a name before a wildcard before any host, then the longer path.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readRoutes(given: unknown, upstreams: readonly string[]): readonly Route[] {
  if (given === undefined) {
    const [only, ...more] = upstreams;
    if (only === undefined || more.length > 0) {
      throw fault('routes', 'with several upstreams, say which requests go to which');
    }
    return Object.freeze([Object.freeze({ host: null, path: '', to: only })]);
  }
  if (!Array.isArray(given) || given.length === 0) throw fault('routes', 'a list of routes is expected');
  const routes = given.map((each, index) => readRoute(`routes[${index}]`, each, upstreams));
  for (const [index, { host, path }] of routes.entries()) {
    const first = routes.findIndex((other) => other.host === host && other.path === path);
    if (first < index) throw fault(`routes[${index}]`, `routes[${first}] is for the same host and path`);
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
  for (const route of routes) {
    const isHost =
      route.host === null || route.host === host || (parent !== null && route.host === `*${parent}`);
    if (isHost && isBelow(path, route.path)) return route;
  }
  return null;
}

/** Whether a request whose head cannot be read may be for a route: by the beginning of its target. */
export function mayHaveRoute(routes: readonly Route[], target: string): boolean {
  const [path = ''] = target.split('?', 1);
  return routes.some((route) => isBelow(path, route.path));
}

function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}

function kindOf({ host }: Route): number {
  if (host === null) return 2;
  return host.startsWith('*.') ? 1 : 0;
}

function readRoute(key: string, given: unknown, upstreams: readonly string[]): Route {
  const { host, path, to } = readKeys(key, given, ['host', 'path', 'to']);
  if (typeof to !== 'string' || !upstreams.includes(to)) {
    throw fault(`${key}.to`, `the key of an upstream is expected (${upstreams.join(', ')})`);
  }
  const isPath = path === undefined || (typeof path === 'string' && /^\/[\x21-\x7e]*$/.test(path));
  if (!isPath || /[?#\\]|\/\.{1,2}(?:\/|$)/.test((path as string | undefined) ?? '')) {
    throw fault(`${key}.path`, 'the beginning of a path is expected, such as /api');
  }
  return Object.freeze({
    host: host === undefined ? null : readHost(`${key}.host`, host),
    path: ((path as string | undefined) ?? '').replace(/\/+$/, ''),
    to,
  });
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
