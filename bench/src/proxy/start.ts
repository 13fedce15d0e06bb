import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure.ts';
import type { Settings } from './cases.ts';
import { contenders, startContender } from './contender.ts';
import { freePorts } from './upstream.ts';

/** From the begin of the process until it takes connections, and what it holds a second later. */
export async function start({ upstream, rounds, only }: Settings): Promise<void> {
  const chosen = contenders.filter(({ name }) => only.length === 0 || only.includes(name));
  const samples = chosen.map(() => [] as { ms: number; cpu: number; memory: number }[]);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < chosen.length; i++) {
      const place = (i + round) % chosen.length;
      const contender = chosen[place];
      if (contender === undefined) continue;
      const [port = 0] = await freePorts(1);
      const running = await startContender(contender, { port, upstreamPort: upstream.port, upstream });
      const cpu = running.cpu() / 1000;
      await sleep(1000);
      samples[place]?.push({ ms: running.startMilliseconds, cpu, memory: running.memory() / 1024 / 1024 });
      await running.stop();
    }
  }
  console.log(`\nstart: until it takes connections, and memory a second later (medians of ${rounds})`);
  console.log('proxy                      ms  CPU ms     MiB');
  for (const [i, { name }] of chosen.entries()) {
    const all = samples[i] ?? [];
    const of = (what: 'ms' | 'cpu' | 'memory', digits: number): string =>
      median(all.map((sample) => sample[what])).toFixed(digits);
    console.log(
      `${name.padEnd(19)}  ${of('ms', 0).padStart(8)}  ${of('cpu', 0).padStart(6)}  ${of('memory', 1).padStart(6)}`,
    );
  }
}
