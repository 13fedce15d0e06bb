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
 * laid out. So a third one runs in each round, again without the preload: `with` is held against the mean of the two
 * without, and what those two differ by is printed beside it. A ratio nearer to 1 than theirs says nothing.
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

const { NODE_OPTIONS: _, ...rest } = process.env;
const environment = { ...rest, NODE_EXTRA_CA_CERTS: ca };
let turned = false;
const closed: Ratio[] = [];
const kept: Ratio[] = [];
const more: number[] = [];
const starts: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const close = await trio('close', { warm: 100, turn: 20, turns: 21 });
  const keep = await trio('keep', { warm: 2000, turn: 200, turns: 21 });
  const start = await startPair();
  // The first round warms the machine.
  if (round === 0) continue;
  closed.push(ratioOf(close));
  kept.push(ratioOf(keep));
  more.push((close.with.memory - (close.without.memory + close.again.memory) / 2) / 1_048_576);
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

function ratioOf({ without, again, with: preloaded }: Trio): Ratio {
  return { preloaded: (2 * preloaded.cpu) / (without.cpu + again.cpu), control: again.cpu / without.cpu };
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

interface Trio {
  readonly without: Used;
  readonly again: Used;
  readonly with: Used;
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
  readonly warm: number;
  /** Requests of one turn. */
  readonly turn: number;
  readonly turns: number;
}

/** In each turn another one is first, so that none always has the warmer machine. */
async function trio(kind: string, { warm, turn, turns }: Turns): Promise<Trio> {
  const programs = [begin([], kind), begin([], kind), begin(['--require', preload], kind)];
  const used: { cpu: number; memory: number }[] = [];
  for (const program of programs) used.push({ cpu: 0, memory: (await program.make(warm)).memory });
  for (let i = 0; i < turns; i++) {
    for (let j = 0; j < programs.length; j++) {
      const which = (i + j) % programs.length;
      const sum = used[which];
      const taken = await programs[which]?.make(turn);
      if (sum === undefined || taken === undefined) throw new Error('a program of the benchmark is missing');
      sum.cpu += taken.cpu;
      sum.memory = taken.memory;
    }
  }
  for (const program of programs) program.end();
  const [without, again, withIt] = used as [Used, Used, Used];
  return { without, again, with: withIt };
}

interface Program {
  make(requests: number): Promise<Used>;
  end(): void;
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
    end: () => child.stdin.end(),
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
