import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure.ts';
import type { Settings } from './cases.ts';
import { contenders, startContender, type Contender } from './contender.ts';
import { loadWithH2load } from './load.ts';
import { otherProcessor, type PinnedProcess } from './pinned-process.ts';
import { frontName, freePorts, type Upstream } from './upstream.ts';

const kibibyte = 1024;

/** Resident memory for each connection of HTTP/1.1 that made one request and is kept since. */
export async function idle({ upstream, rounds, scale, only }: Settings): Promise<void> {
  const chosen = contenders.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const usual of [1000, 10_000]) {
    const count = Math.round(usual * scale);
    console.log(`\nidle: ${count} connections that made one request and are kept (medians of ${rounds})`);
    console.log('proxy                KiB/connection  MiB before  MiB with them');
    for (const contender of chosen) {
      const samples: { before: number; after: number }[] = [];
      for (let round = 0; round < rounds; round++)
        samples.push(await measureIdle(contender, upstream, count));
      const before = median(samples.map((sample) => sample.before));
      const after = median(samples.map((sample) => sample.after));
      const each = median(samples.map((sample) => (sample.after - sample.before) / count)) / kibibyte;
      console.log(
        `${contender.name.padEnd(19)}  ${each.toFixed(1).padStart(14)}  ${mebibytes(before).padStart(10)}  ${mebibytes(after).padStart(13)}`,
      );
    }
  }
}

async function measureIdle(
  contender: Contender,
  upstream: Upstream,
  count: number,
): Promise<{ before: number; after: number }> {
  const [port = 0] = await freePorts(1);
  const running = await startContender(contender, { port, upstreamPort: upstream.port, upstream });
  const { folder } = upstream;
  await loadWithH2load({ ...{ path: '/1k', connections: 50, requests: 2000, streams: null }, folder, port });
  await untilQuiet(running);
  const before = running.memory();
  // One request at once, and another one long after this has ended.
  const script = join(folder, 'idle.tsv');
  const url = `https://${frontName}:${port}/1k`;
  writeFileSync(script, `0\t${url}\n3600000\t${url}\n`);
  const client = spawn(
    'taskset',
    [
      '-c',
      otherProcessor,
      'h2load',
      '--h1',
      '-t',
      '1',
      '-c',
      String(count),
      '-r',
      String(Math.min(count, 400)),
      '--timing-script-file',
      script,
    ],
    { stdio: 'ignore' },
  );
  try {
    const late = performance.now() + 240_000;
    while (established(port) < count) {
      if (performance.now() > late || client.exitCode !== null) {
        throw new Error(`${contender.name} has ${established(port)} of ${count} connections`);
      }
      await sleep(250);
    }
    await untilQuiet(running);
    const kept = established(port);
    if (kept < count) throw new Error(`${contender.name} keeps ${kept} of ${count} connections`);
    return { before, after: running.memory() };
  } finally {
    const ended = once(client, 'exit');
    if (client.kill('SIGKILL')) await ended;
    await running.stop();
  }
}

/** Until it takes next to nothing of the processor for two seconds: all is answered, and what was garbage may be gone. */
async function untilQuiet(running: PinnedProcess): Promise<void> {
  for (let i = 0; i < 30; i++) {
    const before = running.cpu();
    await sleep(2000);
    if (running.cpu() - before <= 40_000) return;
  }
}

/** Open connections that were taken on a port. */
function established(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => {
      const [, address, , state] = line.trim().split(/\s+/);
      return address === local && state === '01';
    }).length;
}

function mebibytes(octets: number): string {
  return (octets / kibibyte / kibibyte).toFixed(1);
}
