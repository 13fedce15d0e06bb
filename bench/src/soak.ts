import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { contenders, startContender } from './proxy/contender.ts';
import { otherProcessor } from './proxy/pinned-process.ts';
import { frontName, freePorts, startUpstream } from './proxy/upstream.ts';
import { growthOf, type Sample } from './soak/growth.ts';
import { OddClients } from './soak/odd-clients.ts';
import { startSoakUpstream } from './soak/soak-upstream.ts';

/**
 * `altname proxy` under millions of requests of all kinds: HTTP/1.1 and HTTP/2, bodies both ways, clients that go away,
 * an upstream that resets, breaks off and is slow, WebSocket. No request may fail but those that are made to, and
 * memory and descriptors may not grow.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    batch: { type: 'string', default: '50000' },
    /** Seconds between two looks at the process. */
    every: { type: 'string', default: '5' },
  },
});
const wanted = Number(values.requests);
const batch = Number(values.batch);

const upstream = await startUpstream();
const behind = await startSoakUpstream(upstream);
const [port = 0] = await freePorts(1);
const [contender] = contenders;
if (contender?.name !== 'altname') throw new Error('altname is not the first of the contenders');
const proxy = await startContender(contender, { port, upstreamPort: behind.port, upstream });
const body = join(upstream.folder, 'post');
writeFileSync(body, 'x'.repeat(4096));

const samples: Sample[] = [];
let requests = 0;
let failed = 0;
/** What the load saw in a turn in which something failed. */
const failures: string[] = [];
const looking = setInterval(
  () => {
    if (proxy.hasEnded) return;
    samples.push({ requests, memory: proxy.memory(), descriptors: proxy.descriptors() });
  },
  Number(values.every) * 1000,
);
const began = performance.now();
const odd = new OddClients(port, upstream.frontCa);
const kinds: readonly (readonly string[])[] = [
  ['--h1', '-c', '64', '-n', String(batch), url('/1k')],
  ['-c', '16', '-m', '16', '-n', String(batch), url('/1k')],
  ['--h1', '-c', '32', '-n', String(Math.ceil(batch / 5)), '-d', body, url('/post')],
  ['-c', '8', '-m', '8', '-n', String(Math.ceil(batch / 5)), '-d', body, url('/post')],
  ['--h1', '-c', '8', '-n', String(Math.ceil(batch / 500)), url('/1m')],
];
for (let turn = 0; requests < wanted && !proxy.hasEnded; turn++) {
  const kind = kinds[turn % kinds.length] ?? [];
  const { done, bad, answers } = await load(kind);
  if (bad > 0) failures.push(`h2load ${kind.slice(0, -1).join(' ')}: ${answers}`);
  requests += done;
  failed += bad;
  const { memory = 0, descriptors = 0 } = samples.at(-1) ?? {};
  process.stderr.write(
    `\r\x1b[K${requests} requests, ${failed} failed, ${(memory / 1048576).toFixed(0)} MiB, ${descriptors} descriptors `,
  );
}
process.stderr.write('\r\x1b[K');
clearInterval(looking);
const hasEnded = proxy.hasEnded;
if (failures.length > 0) console.log([...failures.slice(0, 10), proxy.said()].join('\n'));
await odd.stop();
await proxy.stop();
await behind.stop();
await upstream.stop();

const seconds = (performance.now() - began) / 1000;
const growth = growthOf(samples);
const mebibytes = growth.thirds.map((each) => each.toFixed(1)).join(', ');
console.log(
  `soak: ${requests} requests in ${seconds.toFixed(0)} s on Node ${process.version}, ${failed} failed`,
);
let wrong = failed;
for (const [what, tally] of odd.tallies) {
  console.log(
    `  ${what}: ${tally.asked}, ${tally.wrong} other than expected${tally.wrong > 0 ? ` (${tally.last})` : ''}`,
  );
  wrong += tally.wrong;
}
console.log(`  memory, medians of the thirds: ${mebibytes} MiB; at most ${growth.most.toFixed(1)} MiB`);
console.log(`  growth over the last two thirds: ${growth.slope.toFixed(2)} MiB for each million of requests`);
console.log(`  descriptors, medians of the thirds: ${growth.descriptors.join(', ')}`);
const isGood = !hasEnded && wrong === 0 && growth.isFlat;
console.log(
  isGood ? 'flat, and nothing failed that was not made to' : hasEnded ? 'IT HAS ENDED' : 'NOT GOOD',
);
process.exitCode = isGood ? 0 : 1;

async function load(words: readonly string[]): Promise<{ done: number; bad: number; answers: string }> {
  const { stdout } = await promisify(execFile)('taskset', [
    '-c',
    otherProcessor,
    'h2load',
    '-t',
    '1',
    ...words,
  ]);
  const all = Number(/^requests: (\d+) total/m.exec(stdout)?.[1]);
  const good = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1]);
  const [answers = ''] = /^requests: [^]*?^status codes: .*$/m.exec(stdout) ?? [];
  return { done: all, bad: all - good, answers };
}

function url(path: string): string {
  return `https://${frontName}:${port}${path}`;
}
