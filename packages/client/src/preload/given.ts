import { types } from 'node:util';
import type { ConnectOptions } from './sighting.ts';

/**
 * What a program passed to a function, read so that nothing of the program runs: of its objects only the data
 * properties that are their own, of proxies nothing.
 */
export function givenOptions(args: readonly unknown[]): ConnectOptions {
  for (const each of args) {
    if (isObject(each) && !Array.isArray(each)) return dataOf(each);
  }
  return {};
}

/** Host and port of a call of `socket.connect`, in whichever form. */
export function givenPlace(args: readonly unknown[]): { host: string | null; port: number | null } {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (isObject(first)) {
    const { host, port } = dataOf(first) as ConnectOptions;
    return { host: typeof host === 'string' ? host : null, port: Number(port) || null };
  }
  const port = typeof first === 'number' || typeof first === 'string' ? Number(first) : 0;
  const host = args[1];
  return port > 0 ? { host: typeof host === 'string' ? host : null, port } : { host: null, port: null };
}

/** Whether `rejectUnauthorized: false` stands in the options themselves; false when that cannot be told. */
export function saysNotToReject(args: readonly unknown[]): boolean {
  return givenOptions(args).rejectUnauthorized === false;
}

/** The Host header of a request of `http`, if it is one. */
export function hostHeaderOf(request: unknown): string | null {
  try {
    const { getHeader } = request as { getHeader?: (name: string) => unknown };
    const header = typeof getHeader === 'function' ? getHeader.call(request, 'host') : null;
    return typeof header === 'string' ? header : null;
  } catch {
    // Something else that a program gives to an agent.
    return null;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Properties read of one object. */
const mostProperties = 200;

function dataOf(object: object): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  if (types.isProxy(object)) return data;
  for (const name of Object.getOwnPropertyNames(object).slice(0, mostProperties)) {
    const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
    if (value !== undefined) data[name] = value;
  }
  return data;
}

/** What puts the arguments of `connect` in order, for `net` and `tls`. */
export interface ArgumentsOfNet {
  _normalizeArgs(args: unknown[]): unknown;
}
