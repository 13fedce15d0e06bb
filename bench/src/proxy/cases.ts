import { once } from 'node:events';
import { printRatios, type Ratio } from '../table.ts';
import { contenders, http2Contenders, startContender, type Contender } from './contender.ts';
import { loadWithH2load } from './load.ts';
import type { PinnedProcess } from './pinned-process.ts';
import { prove } from './proof.ts';
import { best, measureRounds, printFigures, type Figures } from './rounds.ts';
import { frontName, freePorts, type Upstream } from './upstream.ts';

/** What is told to every case. */
export interface Settings {
  readonly rounds: number;
  /** How many requests a round has, as a share of the usual. */
  readonly scale: number;
  /** Only contenders whose name is one of these; all when it is empty. */
  readonly only: readonly string[];
  readonly upstream: Upstream;
}

/** Requests a second that every contender carries. */
const calmRate = 2000;

/** 1 KiB bodies, 64 connections. */
export async function small(settings: Settings): Promise<void> {
  const { upstream, rounds, scale } = settings;
  const chosen = await proven(contenders, settings, false);
  const wanted = { path: '/1k', connections: 64, streams: null, folder: upstream.folder };
  const requests = Math.round(40_000 * scale);
  const calmRequests = Math.round(6000 * scale);
  const figures = await measureRounds(chosen, {
    ...{ rounds, requests, upstream, upstreamPort: upstream.port },
    load: (port, count) => loadWithH2load({ ...wanted, port, requests: count }),
    calmLoad: (port) => loadWithH2load({ ...wanted, port, requests: calmRequests, rate: calmRate }),
  });
  const how = `${rounds} rounds of ${requests} requests, then ${calmRequests} at ${calmRate} a second`;
  printFigures(`small: 1 KiB, 64 connections of HTTP/1.1 (${how})`, figures);
  printGoals('small', figures, [
    { what: 'CPU', peer: 'node', goal: 0.65 },
    { what: 'CPU', peer: 'nginx', goal: 2.5 },
    { what: 'p99', peer: 'node', goal: 1 },
    { what: 'p99 at the rate', peer: 'node', goal: 1 },
  ]);
}

/** 1 MiB bodies, 16 connections. */
export async function large(settings: Settings): Promise<void> {
  const { upstream, rounds, scale } = settings;
  const chosen = await proven(contenders, settings, false);
  const requests = Math.round(1600 * scale);
  const wanted = { path: '/1m', connections: 16, streams: null, folder: upstream.folder };
  const figures = await measureRounds(chosen, {
    ...{ rounds, requests, upstream, upstreamPort: upstream.port },
    load: (port, count) => loadWithH2load({ ...wanted, port, requests: count }),
  });
  printFigures(
    `large: 1 MiB, 16 connections of HTTP/1.1 (${rounds} rounds of ${requests} requests)`,
    figures,
  );
  printGoals('large', figures, [
    { what: 'CPU', peer: 'node', goal: 1 },
    { what: 'CPU', peer: 'nginx', goal: null },
  ]);
}

/** HTTP/2 in front: many connections of one stream, few of many. */
export async function http2(settings: Settings): Promise<void> {
  const { upstream, rounds, scale } = settings;
  const chosen = await proven(http2Contenders, settings, true);
  const requests = Math.round(40_000 * scale);
  for (const { connections, streams } of [
    { connections: 64, streams: 1 },
    { connections: 8, streams: 32 },
  ]) {
    const wanted = { path: '/1k', connections, streams, folder: upstream.folder };
    const figures = await measureRounds(chosen, {
      ...{ rounds, requests, upstream, upstreamPort: upstream.port },
      load: (port, count) => loadWithH2load({ ...wanted, port, requests: count }),
    });
    const what = `http2: 1 KiB, ${connections} connections of HTTP/2, streams of each: ${streams}`;
    printFigures(`${what} (${rounds} rounds of ${requests} requests)`, figures);
    printGoals(what, figures, [
      { what: 'CPU', peer: 'http-proxy-3', goal: 0.8 },
      { what: 'CPU', peer: 'nginx', goal: null },
      { what: 'p99', peer: 'http-proxy-3', goal: null },
    ]);
  }
}

/** Begins contenders and leaves them to whoever wants to look into them, until it is interrupted. */
export async function serve({ upstream, only }: Settings): Promise<void> {
  const stopped = once(process, 'SIGINT');
  const running: PinnedProcess[] = [];
  for (const contender of contenders.filter(({ name }) => only.includes(name))) {
    const [port = 0] = await freePorts(1);
    const each = await startContender(contender, { port, upstreamPort: upstream.port, upstream });
    running.push(each);
    console.log(`${contender.name}: process ${each.pid}, https://${frontName}:${port}/1k and /1m`);
  }
  await stopped;
  await Promise.all(running.map((each) => each.stop()));
}

/** Those that are wanted, once each has proven what it does. */
async function proven(
  all: readonly Contender[],
  { only, upstream }: Settings,
  isHttp2: boolean,
): Promise<readonly Contender[]> {
  const chosen = all.filter(({ name }) => only.length === 0 || only.includes(name));
  console.log('\nwhat each answers to a wrong certificate of the upstream, and what the upstream sees');
  for (const contender of chosen) {
    console.log(`  ${contender.name}: ${await prove(contender, upstream, isHttp2)}`);
  }
  return chosen;
}

interface Goal {
  readonly what: 'CPU' | 'p99' | 'p99 at the rate';
  /** A name, or `node` for the best that runs on Node. */
  readonly peer: string;
  readonly goal: number | null;
}

/** Prints how altname, with its log and without, stands beside the peers. */
function printGoals(title: string, figures: readonly Figures[], goals: readonly Goal[]): void {
  const ratios: Ratio[] = [];
  for (const ours of figures.filter(({ contender }) => contender.kind === 'altname')) {
    for (const { what, peer, goal } of goals) {
      const of = (each: Figures): number => amountOf(each, what);
      const against = best(
        figures,
        ({ name, kind }) => (peer === 'node' ? kind === 'node' : name === peer),
        of,
      );
      if (against === undefined) continue;
      ratios.push({
        what: `${what} of ${ours.contender.name} / ${against.contender.name}`,
        ours: of(ours),
        peer: of(against),
        // The goals are for what a request costs; what a log costs is shown.
        goal: ours.contender.name === 'altname' ? goal : null,
      });
    }
  }
  if (ratios.length > 0) printRatios(title, ratios);
}

/** Nanoseconds. */
function amountOf({ cpu, p99, calm }: Figures, what: Goal['what']): number {
  if (what === 'CPU') return cpu * 1000;
  return (what === 'p99' ? p99 : (calm?.p99 ?? Number.NaN)) * 1_000_000;
}
