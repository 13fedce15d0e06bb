import { isIP } from 'node:net';
import type { AgentRequest } from './agent-requests.ts';
import { undiciOfNode } from './beginnings.ts';
import type { Captured } from './capture.ts';
import { connectTunnel } from './connect-tunnel.ts';
import { madeBy, makingOf, objectsOf, type End } from './made-objects.ts';
import { dataAt } from './own-data.ts';
import { withoutPatchers } from './patchers.ts';
import type { Position } from './source-position.ts';
import { positionText, routeOf, type Step } from './route.ts';
import type { Sighting } from './sighting.ts';
import { sourcePosition } from './source-position.ts';
import { setupOf } from './source-search.ts';
import { tediousConnectionOf } from './tedious-connection.ts';
import { tunnelEnd, type TunnelEnd } from './tunnel-end.ts';
import type { Memory } from './watch-contract.ts';

/** How a connection came about, from all the stacks that were taken for it. */
export interface Way {
  readonly callSite: Position | null;
  /** From TLS up to the program. */
  readonly steps: readonly Step[];
  /** What the program asked for, where the library resolved it before it connected; else null. */
  readonly asked: string | null;
  /** Where the socket went, where only the library knows; else null. */
  readonly end: { readonly address: string | null; readonly port: number | null } | null;
  /** Where a tunnel leads; null when there is none, or when nothing says it. */
  readonly target: TunnelEnd | null;
  /** Whether there is a tunnel of the program's own making. */
  readonly byHand: boolean;
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
  const request = requestOf(sighting, memory);
  if (callSite === null) follow(request?.captured ?? null);
  if (callSite === null) follow(memory.contextOf(options.secureContext));
  const isOnStack = callSite !== null;
  const isLate = !isOnStack || isIP(endOf(sighting).host ?? '') > 0 || steps.some(isOfOwnStream);
  const made = isLate ? madeBy(packagesIn(steps), memory) : [];
  const tds = tediousConnectionOf(options, objectsOf(made));
  if (callSite === null) {
    const making = makingOf(made, {
      host: tds?.asked ?? nameOf(sighting),
      port: tds?.port ?? endOf(sighting).port,
    });
    steps.push(...(making?.steps ?? []));
    callSite = making?.callSite ?? null;
  }
  if (callSite === null && steps.some(({ file }) => file.startsWith(undiciOfNode)))
    follow(fetchUnderWay(memory));
  const asked = tds?.asked ?? askedOf(sighting, steps, objectsOf(made));
  if (callSite === null) {
    const outer = withoutPatchers(steps, false).findLast((step) => step.package !== null)?.package ?? null;
    const end = { host: asked ?? endOf(sighting).host, port: tds?.port ?? endOf(sighting).port };
    const found = outer === null ? null : setupOf(outer, end);
    callSite = found === null ? null : sourcePosition(found);
  }
  const tunnels = steps.some((step) => step.package === 'https-proxy-agent');
  const toProgram = withoutPatchers(steps, isOnStack);
  const byHand = tunnels ? null : connectTunnel(sighting, isOfProgram(toProgram) ? callSite : null);
  const target = tunnels ? tunnelEnd(sighting, request, objectsOf(made)) : (byHand?.end ?? null);
  return { callSite, steps: toProgram, asked, end: tds, target, byHand: byHand !== null };
}

/**
 * The stack of the calls of Node's own `fetch` that are under way: with a body to send, none of it is on the stack when
 * it connects. Null when they come from several places.
 */
function fetchUnderWay(memory: Memory): Captured | null {
  const underWay = memory.beginnings.of(undiciOfNode).filter(({ made }) => {
    const fetch = made.deref();
    return dataAt(fetch, 'state') === 'ongoing' && dataAt(fetch, 'ended') !== true;
  });
  const sites = underWay.flatMap(({ captured }) => routeOf(captured).callSite ?? []);
  const isOne = new Set(sites.map(positionText)).size === 1;
  return isOne
    ? (underWay.find(({ captured }) => routeOf(captured).callSite !== null)?.captured ?? null)
    : null;
}

/** These speak TLS over streams of their own, which do not say where they lead: the objects they made do. */
function isOfOwnStream(step: Step): boolean {
  return step.package === 'tedious' || step.package === 'https-proxy-agent';
}

/** The program itself spoke to TLS. */
function isOfProgram(steps: readonly Step[]): boolean {
  return steps.every((step) => step.package === null);
}

function packagesIn(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.flatMap((step) => step.package ?? []));
}

/**
 * nodemailer resolves the host itself, and a Redis cluster says where its nodes are: what the program gave them is on
 * the object they made for it.
 */
function askedOf(sighting: Sighting, steps: readonly Step[], objects: readonly object[]): string | null {
  const { host, port } = endOf(sighting);
  if (host === null || isIP(host) === 0) return null;
  if (steps.some(({ package: name, file }) => name === 'ioredis' && file.includes('/cluster/'))) {
    return startOfCluster(objects, { host, port });
  }
  for (const object of objects) {
    const given = dataAt(object, 'options', 'host');
    const givenPort = Number(dataAt(object, 'options', 'port')) || port;
    if (givenPort !== port) continue;
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

function endOf({ options, beneath }: Sighting): End {
  const host = typeof options.host === 'string' ? options.host : (beneath?.host ?? null);
  return { host, port: Number(options.port) || (beneath?.port ?? null) };
}

/** The host as the program knows it: a library that resolves it itself gives the name as server name. */
function nameOf(sighting: Sighting): string | null {
  const { host } = endOf(sighting);
  const { servername } = sighting.options;
  return typeof servername === 'string' && isIP(host ?? '') > 0 ? servername : host;
}

/** Of the names, that of the host comes first; a tunnel may be left with no other than the server name. */
function requestOf({ options }: Sighting, memory: Memory): AgentRequest | null {
  const { agent, hostname, host, servername, port } = options;
  const name = hostname ?? host ?? servername;
  return memory.askedOf(agent, typeof name === 'string' ? name : null, Number(port) || null);
}
