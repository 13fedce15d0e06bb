import { types } from 'node:util';

/** Properties looked at of one object. */
const mostProperties = 200;

/** The values of an object's own data. No getter and no proxy of the program is run. */
export function dataOf(object: object): unknown[] {
  if (types.isProxy(object)) return [];
  return Object.getOwnPropertyNames(object)
    .slice(0, mostProperties)
    .map((name) => Object.getOwnPropertyDescriptor(object, name)?.value as unknown);
}

/** What is at the end of a path of own data; undefined where it leads nowhere. No getter and no proxy is run. */
export function dataAt(object: unknown, ...path: readonly string[]): unknown {
  let at = object;
  for (const name of path) {
    if (!isPlain(at)) return undefined;
    at = Object.getOwnPropertyDescriptor(at, name)?.value as unknown;
  }
  return at;
}

/** An object whose own data can be read without running anything. */
export function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !types.isProxy(value);
}
