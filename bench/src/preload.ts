import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.ts';
import { printRatios } from './table.ts';

/**
 * What the preload costs a program that does nothing wrong: the same program with and without it, each time processes
 * of their own, against a server in another. They take turns of some tens of milliseconds, so that both have the same
 * machine; the ratio of each pair is taken, and the median of the ratios.
 *
 * Two processes of the very same program differ by some hundredths of CPU, as their code happens to be compiled and
 * laid out, and the one begun first is the cheaper one. So in each round several of both run, in an order that turns,
 * and their sums are held against each other. What the halves of those without the preload differ by is printed
 * beside it: a ratio nearer to 1 than theirs says nothing.
 */
const rounds = Number(process.argv[2] ?? 31);
const preload = fileURLToPath(new URL('../../../packages/client/build/dist/register.cjs', import.meta.url));
if (!existsSync(preload)) throw new Error('the preload is not built: npm run build');
const loop = fileURLToPath(new URL('./request-loop.js', import.meta.url));

const server = spawn(process.execPath, [fileURLToPath(new URL('./request-server.js', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [first] = (await once(server.stdout, 'data')) as [Buffer];
const { port, caPem } = JSON.parse(first.toString()) as { port: number; caPem: string };
const folder = await mkdtemp(join(tmpdir(), 'altname-bench-'));
const ca = join(folder, 'ca.pem');
await writeFile(ca, caPem);

const { NODE_OPTIONS: _options, ...rest } = process.env;
const environment = { ...rest, NODE_EXTRA_CA_CERTS: ca };
let turned = false;
const closed: Ratio[] = [];
const kept: Ratio[] = [];
const more: number[] = [];
const starts: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const close = await together('close', round, { each: 2, warm: 100, turn: 20, turns: 20 });
  const keep = await together('keep', round, { each: 6, warm: 1000, turn: 150, turns: 12 });
  const start = await startPair();
  // The first round warms the machine.
  if (round === 0) continue;
  closed.push(ratioOf(close));
  kept.push(ratioOf(keep));
  more.push((meanOf(close.with, 'memory') - meanOf(close.without, 'memory')) / 1_048_576);
  starts.push((start.with - start.without) / 1_000_000);
}
server.stdin.end();
await rm(folder, { recursive: true });

printRatios(`the preload, ${rounds} pairs on Node ${process.version}`, [
  {
    what: 'CPU of a request, keep-alive off',
    ours: median(closed.map(preloadedOf)),
    peer: 1,
    goal: 1.03,
    unit: 'ratio',
  },
  {
    what: 'CPU of a request, keep-alive on',
    ours: median(kept.map(preloadedOf)),
    peer: 1,
    goal: 1.01,
    unit: 'ratio',
  },
  { what: 'start, of 15 ms', ours: median(starts), peer: 15, goal: 1, unit: 'ms' },
  { what: 'memory, of 5 MiB', ours: median(more), peer: 5, goal: 1, unit: 'MiB' },
]);
console.log(`start: ${median(starts).toFixed(1)} ms more; memory: ${median(more).toFixed(1)} MiB more`);
console.log(`keep-alive off: ${spreadOf(closed)}`);
console.log(`keep-alive on: ${spreadOf(kept)}`);

/** CPU over that of the same program without the preload. */
interface Ratio {
  readonly preloaded: number;
  /** Of one process without it over another one without it. */
  readonly control: number;
}

function ratioOf({ without, with: preloaded }: Pair<readonly Used[]>): Ratio {
  const half = without.length / 2;
  return {
    preloaded: meanOf(preloaded, 'cpu') / meanOf(without, 'cpu'),
    control: meanOf(without.slice(half), 'cpu') / meanOf(without.slice(0, half), 'cpu'),
  };
}

function meanOf(used: readonly Used[], what: keyof Used): number {
  return used.reduce((sum, each) => sum + each[what], 0) / used.length;
}

function preloadedOf(ratio: Ratio): number {
  return ratio.preloaded;
}

/** Medians, and the quarter and three quarters of the rounds. */
function spreadOf(ratios: readonly Ratio[]): string {
  const of = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3);
    return `${median(values).toFixed(3)} (${at(0.25)} to ${at(0.75)})`;
  };
  return `with the preload ${of(ratios.map(preloadedOf))}, without it again ${of(ratios.map((ratio) => ratio.control))}`;
}

interface Pair<T> {
  readonly with: T;
  readonly without: T;
}

interface Used {
  /** Microseconds. */
  readonly cpu: number;
  /** Octets. */
  readonly memory: number;
}

interface Turns {
  /** Processes of each program. */
  readonly each: number;
  readonly warm: number;
  /** Requests of one turn. */
  readonly turn: number;
  readonly turns: number;
}

/** In each turn another one is first, and the way round changes, so that none always has the warmer machine. */
async function together(
  kind: string,
  round: number,
  { each, warm, turn, turns }: Turns,
): Promise<Pair<readonly Used[]>> {
  const all = 2 * each;
  const used: { cpu: number; memory: number }[] = [];
  const programs: Program[] = [];
  // With and without in turn; which of them is begun first changes from round to round.
  const places = Array.from({ length: all }, (_, place) => (place + round) % all);
  for (const place of places) programs[place] = begin(place % 2 === 0 ? [] : ['--require', preload], kind);
  const make = async (place: number, requests: number): Promise<Used> => {
    const taken = await programs[place]?.make(requests);
    if (taken === undefined) throw new Error('a program of the benchmark is missing');
    return taken;
  };
  for (const place of places) used[place] = { cpu: 0, memory: (await make(place, warm)).memory };
  for (let i = 0; i < turns; i++) {
    const order = places.map((_, j) => (i + j) % all);
    for (const place of i % 2 === 0 ? order : order.toReversed()) {
      const taken = await make(place, turn);
      used[place] = { cpu: (used[place]?.cpu ?? 0) + taken.cpu, memory: taken.memory };
    }
  }
  // What is still ending would take from what is measured next.
  await Promise.all(programs.map((program) => program.end()));
  return {
    without: used.filter((_used, place) => place % 2 === 0),
    with: used.filter((_used, place) => place % 2 === 1),
  };
}

interface Program {
  make(requests: number): Promise<Used>;
  end(): Promise<unknown>;
}

function begin(flags: readonly string[], kind: string): Program {
  const child = spawn(process.execPath, [...flags, loop, String(port), kind], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async make(requests) {
      child.stdin.write(`${requests}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('a program of the benchmark has ended early');
      return JSON.parse(value) as Used;
    },
    end: () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      return ended;
    },
  };
}

/** Nanoseconds until a process that does nothing has ended. */
async function startPair(): Promise<Pair<number>> {
  turned = !turned;
  if (turned) {
    const without = await wall([]);
    return { without, with: await wall(['--require', preload]) };
  }
  const withIt = await wall(['--require', preload]);
  return { with: withIt, without: await wall([]) };
}

async function wall(flags: readonly string[]): Promise<number> {
  const start = process.hrtime.bigint();
  await promisify(execFile)(process.execPath, [...flags, '-e', '0'], { env: environment });
  return Number(process.hrtime.bigint() - start);
}
