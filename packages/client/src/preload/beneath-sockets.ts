import type { Captured } from './capture.ts';
import { givenPlace, isObject } from './given.ts';
import type { Beneath, ConnectOptions } from './sighting.ts';
import type { Waiting } from './waiting.ts';

/** Connections that a program makes itself, and who did, for TLS that begins later on the same socket. */
export class BeneathSockets {
  readonly #known = new WeakMap<object, Beneath>();
  readonly #waiting: Waiting;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  /** @param request of `http`, where it is made for one */
  enter(socket: object, args: readonly unknown[], captured: Captured, request: unknown): void {
    const beneath: Beneath = { captured, ...givenPlace(args), leadsTo: askedOfProxy(request) };
    this.#known.set(socket, beneath);
    this.#waiting.add(beneath);
  }

  /** A TLS connection, which is one beneath another only where it is to a proxy. */
  enterSecure(socket: object, { host, port }: ConnectOptions, request: unknown): void {
    const leadsTo = askedOfProxy(request);
    if (leadsTo === null) return;
    const place = { host: typeof host === 'string' ? host : null, port: Number(port) || null };
    this.#known.set(socket, { captured: null, ...place, leadsTo });
  }

  of(socket: unknown): Beneath | null {
    return isObject(socket) ? (this.#known.get(socket) ?? null) : null;
  }
}

/** The path of a request for a tunnel. On Node 24 and 26 it is not the request's own, but its class's. */
function askedOfProxy(request: unknown): string | null {
  if (!isObject(request)) return null;
  const { method, path } = request as { method?: unknown; path?: unknown };
  return method === 'CONNECT' && typeof path === 'string' ? path.slice(0, longestEnd) : null;
}

/** Characters of a name and a port. */
const longestEnd = 300;
