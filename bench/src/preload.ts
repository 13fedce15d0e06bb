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
 * of their own, against a server in another. The two of a pair take turns of some tens of milliseconds, so that both
 * have the same machine; the ratio of each pair is taken, and the median of the ratios.
 */
const rounds = Number(process.argv[2] ?? 15);
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
const closed: number[] = [];
const kept: number[] = [];
const more: number[] = [];
const starts: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const close = await pair('close', { warm: 100, turn: 20, turns: 20 });
  const keep = await pair('keep', { warm: 1000, turn: 200, turns: 20 });
  const start = await startPair();
  // The first round warms the machine.
  if (round === 0) continue;
  closed.push(close.with.cpu / close.without.cpu);
  kept.push(keep.with.cpu / keep.without.cpu);
  more.push((close.with.memory - close.without.memory) / 1_048_576);
  starts.push((start.with - start.without) / 1_000_000);
}
server.stdin.end();
await rm(folder, { recursive: true });

printRatios(`the preload, ${rounds} pairs on Node ${process.version}`, [
  { what: 'CPU of a request, keep-alive off', ours: median(closed), peer: 1, goal: 1.03 },
  { what: 'CPU of a request, keep-alive on', ours: median(kept), peer: 1, goal: 1.01 },
  { what: 'start, of 15 ms', ours: median(starts), peer: 15, goal: 1 },
  { what: 'memory, of 5 MiB', ours: median(more), peer: 5, goal: 1 },
]);
console.log(`start: ${median(starts).toFixed(1)} ms more; memory: ${median(more).toFixed(1)} MiB more`);

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

/** In each turn the other one is first, so that neither always has the warmer machine. */
async function pair(kind: string, { warm, turn, turns }: Turns): Promise<Pair<Used>> {
  const programs = { without: begin([], kind), with: begin(['--require', preload], kind) };
  const used = { without: await programs.without.make(warm), with: await programs.with.make(warm) };
  const cpu = { without: 0, with: 0 };
  for (let i = 0; i < turns; i++) {
    const order = i % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
    for (const which of order) {
      used[which] = await programs[which].make(turn);
      cpu[which] += used[which].cpu;
    }
  }
  programs.without.end();
  programs.with.end();
  return {
    without: { cpu: cpu.without, memory: used.without.memory },
    with: { cpu: cpu.with, memory: used.with.memory },
  };
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
