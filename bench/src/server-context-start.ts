import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, createServer, type SecureContext } from 'node:tls';
import { serverContext } from '@altname/certs';

/**
 * Reads a directory once in a process of its own, and prints what that took: `{ ms, cpu, bytes, contextBytes }`: milliseconds
 * by the clock and of the processor, and what memory the process has more than before. Run with --expose-gc.
 */
const [way = '', dir = '', used = '0'] = process.argv.slice(2);
const before = memory();
const usage = process.cpuUsage();
const start = performance.now();
const kept = await read();
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(usage);
const first = memory() - before;
const contexts = use(Number(used));
process.stdout.write(
  JSON.stringify({ ms, cpu: (user + system) / 1000, bytes: first, contextBytes: memory() - before - first }),
);
if (kept === undefined || contexts === undefined) throw new Error('nothing was kept');

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return process.memoryUsage.rss();
}

function pairs(): { cert: string; key: string }[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.pem'))
    .map((file) => ({
      cert: readFileSync(join(dir, file), 'latin1'),
      key: readFileSync(join(dir, file.replace('.pem', '.key')), 'latin1'),
    }));
}

/** `ours`; `linear`: every certificate parsed and a context made of it; `addContext`: the same through the server. */
function read(): unknown {
  if (way === 'ours') return serverContext({ dir, watch: false });
  if (way === 'linear') {
    return pairs().map((pair) => ({
      x509: new X509Certificate(pair.cert),
      context: createSecureContext(pair),
    }));
  }
  const server = createServer();
  for (const pair of pairs()) {
    const context = createSecureContext(pair);
    const names = new X509Certificate(pair.cert).subjectAltName ?? '';
    for (const name of names.split(', ')) server.addContext(name.replace('DNS:', ''), context);
  }
  return server;
}

/** Has contexts made for the first `count` certificates, where they are not made at the start. */
function use(count: number): SecureContext[] {
  const made: SecureContext[] = [];
  if (way !== 'ours') return made;
  const { options } = kept as ReturnType<typeof serverContext>;
  for (let i = 0; i < count; i++) {
    options.SNICallback(i % 10 === 9 ? `any.w${i}.example.com` : `s${i}.example.com`, (_, context) => {
      if (context === undefined) throw new Error(`nothing for s${i}`);
      made.push(context);
    });
  }
  return made;
}
