import { isIP } from 'node:net';
import type { Beginning } from './beginnings.ts';
import type { Captured } from './capture.ts';
import { dataAt, dataOf, isPlain } from './own-data.ts';
import type { Position } from './source-position.ts';
import { routeOf, type Step } from './route.ts';
import type { Sighting } from './sighting.ts';
import { sourcePosition } from './source-position.ts';
import { setupOf } from './source-search.ts';
import { tediousConnectionOf } from './tedious-connection.ts';
import type { Memory } from './watch.ts';

/** How a connection came about, from all the stacks that were taken for it. */
export interface Way {
  readonly callSite: Position | null;
  /** From TLS up to the program. */
  readonly steps: readonly Step[];
  /** What the program asked for, where the library resolved it before it connected; else null. */
  readonly asked: string | null;
  /** Where the socket went, where only the library knows; else null. */
  readonly end: { readonly address: string | null; readonly port: number | null } | null;
}

/**
 * Puts the stacks together, until one of them reaches the program:
 *
 * 1. that of `tls.connect`;
 * 2. that of the TCP connection beneath (STARTTLS, a tunnel), or on which undici said that it would connect;
 * 3. that on which the agent was asked, or the secure context made;
 * 4. that on which the library made the object that is for this host and port;
 *
 * and at last the sources of the program, for the one place where it sets the library up.
 */
export function wayOf(sighting: Sighting, memory: Memory): Way {
  const { options, beneath } = sighting;
  const own = routeOf(sighting.captured);
  const steps = [...own.steps];
  let { callSite } = own;
  const follow = (captured: Captured | null): void => {
    if (captured === null) return;
    const route = routeOf(captured);
    steps.push(...route.steps);
    callSite ??= route.callSite;
  };
  if (callSite === null) follow(beneath?.captured ?? null);
  if (callSite === null) follow(sighting.undici?.captured ?? null);
  if (callSite === null) follow(memory.askedOf(options.agent, placeOf(sighting)));
  if (callSite === null) follow(memory.contextOf(options.secureContext));
  const isResolved = isIP(endOf(sighting).host ?? '') > 0;
  const made = callSite === null || isResolved ? objectsFor(sighting, steps, memory) : [];
  for (const { captured } of made) {
    if (callSite !== null) break;
    follow(captured);
  }
  const tds = steps.some((step) => step.package === 'tedious')
    ? tediousConnectionOf(sighting.options, madeBy(new Set(['tedious']), memory).flatMap(objectOf))
    : null;
  const asked = tds?.asked ?? askedOf(sighting, steps, made, memory);
  if (callSite === null) {
    const outer = steps.findLast((step) => step.package !== null)?.package ?? null;
    const found = outer === null ? null : setupOf(outer, asked ?? endOf(sighting).host);
    callSite = found === null ? null : sourcePosition(found);
  }
  return { callSite, steps, asked, end: tds };
}

/** Objects looked at for one connection: each has a stack to be read. */
const mostObjects = 8;

/** What the packages on the way made, best first: those that hold this host and port, then the latest. */
function objectsFor(sighting: Sighting, steps: readonly Step[], memory: Memory): readonly Beginning[] {
  const names = new Set(steps.flatMap((step) => step.package ?? []));
  const { host, port } = endOf(sighting);
  return madeBy(names, memory)
    .map((beginning) => ({ beginning, fits: fitOf(beginning.made.deref(), host, port) }))
    .toSorted((a, b) => b.fits - a.fits)
    .slice(0, mostObjects)
    .map(({ beginning }) => beginning);
}

/** What packages made; in a bundle, only a source map tells them from the program. */
function madeBy(names: ReadonlySet<string>, memory: Memory): readonly Beginning[] {
  const bundled = memory.beginnings
    .ofProgram()
    .filter(({ captured }) => names.has(routeOf(captured).steps.find(isOfPackage)?.package ?? ''));
  return [...[...names].flatMap((name) => memory.beginnings.of(name)), ...bundled];
}

function isOfPackage(step: Step): boolean {
  return step.package !== null;
}

/**
 * nodemailer resolves the host itself, and a Redis cluster says where its nodes are: what the program gave them is on
 * the object they made for it.
 */
function askedOf(
  sighting: Sighting,
  steps: readonly Step[],
  made: readonly Beginning[],
  memory: Memory,
): string | null {
  const { host } = endOf(sighting);
  if (host === null || isIP(host) === 0) return null;
  if (steps.some(({ package: name, file }) => name === 'ioredis' && file.includes('/cluster/'))) {
    return startOfCluster(madeBy(new Set(['ioredis']), memory).flatMap(objectOf), endOf(sighting));
  }
  const objects = made.flatMap(objectOf);
  for (const object of objects) {
    const given = dataAt(object, 'options', 'host');
    if (given === host) return null;
    if (typeof given === 'string' && given !== '' && given === sighting.options.servername) return given;
  }
  return null;
}

/** The first node that the cluster of a node was given, when it was not given that node itself. */
function startOfCluster(objects: readonly object[], { host, port }: End): string | null {
  const clusters = objects.filter((object) => Array.isArray(dataAt(object, 'startupNodes')));
  const cluster =
    clusters.find(
      (each) => dataAt(each, 'connectionPool', 'nodes', 'all', `${host}:${port}`) !== undefined,
    ) ?? clusters[0];
  const nodes = dataAt(cluster, 'startupNodes') as readonly unknown[] | undefined;
  const hosts = nodes?.map((node) => (typeof node === 'string' ? node : dataAt(node, 'host'))) ?? [];
  return typeof hosts[0] === 'string' && !hosts.includes(host) ? hosts[0] : null;
}

interface End {
  readonly host: string | null;
  readonly port: number | null;
}

function endOf({ options, beneath }: Sighting): End {
  const host = typeof options.host === 'string' ? options.host : (beneath?.host ?? null);
  return { host, port: Number(options.port) || (beneath?.port ?? null) };
}

function objectOf({ made }: Beginning): object[] {
  return [made.deref() ?? []].flat();
}

function placeOf({ options }: Sighting): string {
  return `${String(options.hostname ?? options.host)}:${String(options.port)}`;
}

/** How many of host and port an object holds, two levels deep. */
function fitOf(object: object | undefined, host: string | null, port: number | null): number {
  if (object === undefined) return -1;
  const values = dataOf(object);
  const all = new Set([...values, ...values.flatMap((value) => (isPlain(value) ? dataOf(value) : []))]);
  return (
    Number(host !== null && all.has(host)) + Number(port !== null && (all.has(port) || all.has(String(port))))
  );
}
