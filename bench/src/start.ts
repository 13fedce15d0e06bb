import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { authority } from './certificates.ts';
import { median } from './measure.ts';
import { printRatios } from './table.ts';

/**
 * What a person waits for: whole processes, from start to exit, one after the other and in turn.
 *
 * `altname --version` against `node -e 0`, and `altname check` of a healthy loopback server against a bare script that
 * does one `tls.connect` and prints the result.
 */
const rounds = 15;
const altname = fileURLToPath(new URL('../../../packages/cli/build/dist/main.cjs', import.meta.url));
const bare = fileURLToPath(new URL('./bare-connect.js', import.meta.url));
if (!existsSync(altname)) throw new Error('the command is not built: npm run build');

const folder = await mkdtemp(join(tmpdir(), 'altname-bench-'));
const { caPem, keyPem, certificatePem } = await authority('localhost');
const ca = join(folder, 'ca.pem');
await writeFile(ca, caPem);
const server = createServer({ key: keyPem, cert: certificatePem }, (socket) => socket.end());
// A client that has seen enough may close without a word.
server.on('tlsClientError', () => {});
server.listen(0, 'localhost');
await once(server, 'listening');
const port = String((server.address() as AddressInfo).port);

const runs = {
  empty: ['-e', '0'],
  version: [altname, '--version'],
  bare: [bare, port, ca],
  check: [altname, 'check', `localhost:${port}`, '--ca', ca],
};
const samples = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(runs)) {
    const took = await run(args);
    if (round > 0) samples.set(name, [...(samples.get(name) ?? []), took]);
  }
}
server.close();
await rm(folder, { recursive: true });

const medianOf = (name: keyof typeof runs): number => median(samples.get(name) ?? []);
printRatios('whole processes', [
  { what: 'altname --version / node -e 0', ours: medianOf('version'), peer: medianOf('empty'), goal: 1.25 },
  { what: 'altname check / one tls.connect', ours: medianOf('check'), peer: medianOf('bare'), goal: 1.5 },
]);

/** Nanoseconds from start to exit. A run that fails stops the benchmark: it would measure something else. */
async function run(args: readonly string[]): Promise<number> {
  const start = process.hrtime.bigint();
  const child = execFile(process.execPath, args);
  let output = '';
  child.stdout?.on('data', (chunk: string) => (output += chunk));
  child.stderr?.on('data', (chunk: string) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')}: exit ${code}\n${output}`);
  return Number(process.hrtime.bigint() - start);
}
