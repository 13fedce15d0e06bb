import type { Beginning } from './beginnings.ts';
import { dataOf, isPlain } from './own-data.ts';
import { positionText, routeOf, type Route, type Step } from './route.ts';
import type { Memory } from './watch-contract.ts';

/** A host and a port, as far as they are known. */
export interface End {
  readonly host: string | null;
  readonly port: number | null;
}

/** What these packages made, latest first; in a bundle, only a source map tells them from the program. */
export function madeBy(names: ReadonlySet<string>, memory: Memory): readonly Beginning[] {
  const bundled = memory.beginnings
    .ofProgram()
    .filter(({ captured }) => names.has(routeOf(captured).steps.find(isOfPackage)?.package ?? ''));
  return [...[...names].flatMap((name) => memory.beginnings.of(name)), ...bundled];
}

export function objectsOf(made: readonly Beginning[]): object[] {
  return made.flatMap((each) => each.made.deref() ?? []);
}

/**
 * The way from the program to the object that was made for a connection. Null when nothing tells which object that is:
 * no place is better than a wrong one.
 */
export function makingOf(made: readonly Beginning[], end: End): Route | null {
  const candidates = made.flatMap(({ made: reference, captured }) => {
    const object = reference.deref();
    const route = object === undefined ? null : routeOf(captured);
    return object === undefined || route?.callSite == null ? [] : [{ object, route, site: route.callSite }];
  });
  const sites = new Set(candidates.map(({ site }) => positionText(site)));
  if (sites.size <= 1) return candidates[0]?.route ?? null;
  const fits = candidates.map(({ object }) => fitOf(object, end));
  const best = Math.max(...fits);
  const top = candidates.filter((_, i) => fits[i] === best);
  const isOne = new Set(top.map(({ site }) => positionText(site))).size === 1;
  const latest = top[0];
  // For the same place, or for no place that can be seen: that of a request is the latest.
  return latest !== undefined && (isOne || best === 2 || latest.route.steps.some(isOfRequests))
    ? latest.route
    : null;
}

/** Libraries that make an object for every request. */
const ofRequests: ReadonlySet<string> = new Set(['got', 'superagent', 'node-fetch', 'axios']);

function isOfRequests(step: Step): boolean {
  return step.package !== null && ofRequests.has(step.package);
}

function isOfPackage(step: Step): boolean {
  return step.package !== null;
}

/** How deep an object is looked into, and at how many values. */
const deepest = 5;
const mostValues = 1500;

/** How many of host and port an object holds. */
function fitOf(object: object, { host, port }: End): number {
  const place = host === null || port === null ? null : `${host}:${port}`;
  const seen = new Set<unknown>([object]);
  let level: readonly object[] = [object];
  const found = { host: false, port: false };
  for (let depth = 0; depth < deepest && level.length > 0 && seen.size < mostValues; depth++) {
    const below: object[] = [];
    for (const value of level.flatMap((each) => dataOf(each))) {
      if (seen.has(value)) continue;
      seen.add(value);
      if (place !== null && typeof value === 'string' && value.includes(place)) return 2;
      found.host ||= host !== null && value === host;
      found.port ||= port !== null && (value === port || value === String(port));
      if (found.host && found.port) return 2;
      if (isPlain(value)) below.push(value);
    }
    level = below;
  }
  return Number(found.host) + Number(found.port);
}
