import type { Captured } from './capture.ts';
import { isObject } from './given.ts';
import type { ConnectOptions } from './sighting.ts';
import type { Waiting } from './waiting.ts';

/** What an agent that connects in a later turn was asked for, and the stack on which it was. */
export interface AgentRequest {
  readonly host: string | null;
  readonly port: number | null;
  /** Null once the connection was waited for too long. */
  captured: Captured | null;
}

/** The requests that wait for agents which connect later, such as those for proxies. */
export class AgentRequests {
  readonly #requests = new WeakMap<object, Map<string, AgentRequest>>();
  readonly #waiting: Waiting;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  remember(agent: object, options: unknown, captured: Captured): void {
    const places = this.#requests.get(agent) ?? new Map<string, AgentRequest>();
    this.#requests.set(agent, places);
    const given = (options ?? {}) as ConnectOptions;
    const request: AgentRequest = {
      host: typeof given.host === 'string' ? given.host : null,
      port:
        typeof given.port === 'number' || typeof given.port === 'string' ? Number(given.port) || null : null,
      captured,
    };
    const place = `${request.host}:${request.port}`;
    places.delete(place);
    places.set(place, request);
    this.#waiting.add(request);
    const oldest = places.keys().next();
    if (places.size > mostPlaces && oldest.done !== true) places.delete(oldest.value);
  }

  /** The latest for this host and port, else for this host, else of all. */
  of(agent: unknown, host: string | null, port: number | null): AgentRequest | null {
    const places = isObject(agent) ? this.#requests.get(agent) : undefined;
    if (places === undefined) return null;
    const latest = [...places.values()].reverse();
    return (
      places.get(`${host}:${port}`) ?? latest.find((request) => request.host === host) ?? latest[0] ?? null
    );
  }
}

/** Places remembered for one agent. */
const mostPlaces = 32;

/** What is used of an agent. */
export interface AgentLike {
  addRequest(...args: unknown[]): unknown;
  createSocket(...args: unknown[]): unknown;
}

/** Whether an emitter is an agent with a `createSocket` of its own: one that may connect later. */
export function isLate(made: object, base: object): boolean {
  let isOwn = false;
  for (let kind = prototypeOf(made); kind !== null; kind = prototypeOf(kind)) {
    if (kind === base) return isOwn;
    isOwn ||= Object.hasOwn(kind, 'createSocket');
  }
  return false;
}

function prototypeOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}
