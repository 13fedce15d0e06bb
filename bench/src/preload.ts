import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.ts';
import { printRatios } from './table.ts';

/**
 * What the preload costs a program that does nothing wrong: the same program with and without it, in turn, each time a
 * process of its own, against a server in another. The ratio of each pair is taken, and the median of the ratios.
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

let turn = false;
const closed: number[] = [];
const kept: number[] = [];
const more: number[] = [];
const starts: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const close = await pair(['close', '100', '300']);
  const keep = await pair(['keep', '1000', '6000']);
  const start = await pairOf(async (args) => await wall([...args, '-e', '0']));
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

/** One after the other; which is first changes, so that neither always has the warmer machine. */
async function pairOf<T>(measure: (args: readonly string[]) => Promise<T>): Promise<Pair<T>> {
  turn = !turn;
  if (turn) {
    const without = await measure([]);
    return { without, with: await measure(['--require', preload]) };
  }
  const withIt = await measure(['--require', preload]);
  return { with: withIt, without: await measure([]) };
}

function pair(words: readonly string[]): Promise<Pair<{ cpu: number; memory: number }>> {
  return pairOf(async (args) => {
    const { stdout } = await run([...args, loop, String(port), ...words]);
    return JSON.parse(stdout) as { cpu: number; memory: number };
  });
}

async function wall(args: readonly string[]): Promise<number> {
  const start = process.hrtime.bigint();
  await run(args);
  return Number(process.hrtime.bigint() - start);
}

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { NODE_OPTIONS, ...env } = process.env;
  void NODE_OPTIONS;
  const ended = await promisify(execFile)(process.execPath, [...args], {
    env: { ...env, NODE_EXTRA_CA_CERTS: ca },
  });
  if (ended.stderr !== '') throw new Error(ended.stderr);
  return ended;
}
