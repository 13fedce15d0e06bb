import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { otherProcessor } from './pinned-process.ts';
import { frontName } from './upstream.ts';

/** What a load generator saw. */
export interface Load {
  readonly requests: number;
  /** Answers that are no 200, and connections that broke. */
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

interface Wanted {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly folder: string;
}

export interface H2load extends Wanted {
  readonly requests: number;
  /** Streams at once on each connection of HTTP/2; null speaks HTTP/1.1. */
  readonly streams: number | null;
  /** Requests a second of all connections; without it as many as go through. */
  readonly rate?: number;
}

/** A number of requests by h2load, over connections that are kept. */
export async function loadWithH2load(wanted: H2load): Promise<Load> {
  const { port, path, connections, requests, folder, streams, rate } = wanted;
  const log = join(folder, 'h2load.log');
  rmSync(log, { force: true });
  const { stdout } = await onOther('h2load', [
    ...['-t', '1', '-c', String(connections), '-n', String(requests), '--log-file', log],
    ...(streams === null ? ['--h1'] : ['-m', String(streams)]),
    ...(rate === undefined ? [] : ['--rps', String(rate / connections)]),
    `https://${frontName}:${port}${path}`,
  ]);
  // Each line: when it began, its status, and the microseconds it took.
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const took = Float64Array.from(lines, (line) => Number(line.split('\t')[2])).sort();
  const good = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1]);
  const [, amount = '', unit = ''] = /finished in ([\d.]+)(us|ms|s|m)/.exec(stdout) ?? [];
  const at = (share: number): number => (took[Math.floor(share * took.length)] ?? Number.NaN) / 1000;
  return {
    requests,
    failed: requests - good,
    seconds: Number(amount) * { us: 1e-6, ms: 1e-3, s: 1, m: 60 }[unit as 's'],
    p50: at(0.5),
    p99: at(0.99),
  };
}

const report = `done = function(summary, latency)
  local e = summary.errors
  io.stderr:write(string.format('{"requests":%d,"failed":%d,"seconds":%f,"p50":%f,"p99":%f}\\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
`;

/** At least a number of requests by wrk, each over a connection of its own. */
export async function loadWithConnections(wanted: Wanted & { readonly requests: number }): Promise<Load> {
  const { port, path, connections, requests, folder } = wanted;
  const script = join(folder, 'report.lua');
  writeFileSync(script, report);
  let all: Load = { requests: 0, failed: 0, seconds: 0, p50: 0, p99: 0 };
  while (all.requests < requests && all.failed === 0) {
    const { stderr } = await onOther('wrk', [
      ...['-t', '1', '-c', String(connections), '-d', '1s', '--timeout', '20s', '-s', script],
      ...['-H', 'Connection: close', `https://${frontName}:${port}${path}`],
    ]);
    const more = JSON.parse(stderr) as Load;
    all = {
      requests: all.requests + more.requests,
      failed: all.failed + more.failed,
      seconds: all.seconds + more.seconds,
      p50: more.p50,
      p99: more.p99,
    };
  }
  return all;
}

async function onOther(
  command: string,
  words: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('taskset', ['-c', otherProcessor, command, ...words], { maxBuffer: 1 << 26 });
}
