import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serverContext } from '@altname/certs';
import { lastResult, measure, median, type Contender } from './measure.ts';
import { fillDirectory, type CertificateDirectory } from './server-context-directory.ts';
import { printRatios, type Ratio } from './table.ts';

/**
 * `serverContext` against the two usual ways to serve many certificates: an `SNICallback` that walks over all of them
 * and asks `X509Certificate.checkHost`, and `server.addContext` for each name. What is measured is the selection of one
 * handshake, on the socket of a real one; then whole handshakes; then, each in processes of its own, the start and the
 * memory of 10,000 certificates.
 */
type Select = (
  this: unknown,
  name: string,
  callback: (error: Error | null, context?: SecureContext) => void,
) => void;

/** What `server-context-start.ts` prints. */
interface Started {
  readonly ms: number;
  readonly cpu: number;
  readonly bytes: number;
  readonly contextBytes: number;
}

const hostCount = 1024;
const folder = mkdtempSync(join(tmpdir(), 'altname-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

const selection: Ratio[] = [];
const flat: Contender[] = [];
const handshakes = new Map<number, number>();
let largest: CertificateDirectory | undefined;
for (const count of [1, 100, 10_000]) {
  const directory = await fillDirectory(join(folder, String(count)), count);
  if (count === 10_000) largest = directory;
  const context = serverContext({ dir: directory.dir, watch: false, keep: hostCount });
  const asked = Array.from({ length: hostCount }, (_, i) =>
    (directory.names[(i * 7919) % count]?.[0] ?? '').replace('*', `app${i}`),
  );
  const socket = await handshakeSocket(directory, context.options);
  const ours = over(asked, context.options.SNICallback, socket);
  const linear = over(asked, linearCallback(directory), null);
  const added = await addedContexts(directory);
  const medians = measure([
    { name: 'ours', run: ours },
    { name: 'linear', run: linear },
    { name: 'addContext', run: over(asked, added.select, added.socket) },
  ]);
  for (const peer of ['linear', 'addContext']) {
    selection.push({
      what: `${count} ${count === 1 ? 'certificate' : 'certificates'} / ${peer}`,
      ours: medians.get('ours') ?? Number.NaN,
      peer: medians.get(peer) ?? Number.NaN,
      goal: count === 10_000 ? 0.05 : null,
    });
  }
  flat.push({ name: String(count), run: ours });
  const hundred = over(asked.slice(0, 100), context.options.SNICallback, socket);
  flat.push({ name: `${count}, a hundred names`, run: hundred });
  handshakes.set(count, await wholeHandshakes(directory, context.options));
}
printRatios('selection of one handshake: serverContext / peer', selection);

// Flat in the number of certificates; a thousand names in turn cost the processor's caches more than a hundred do.
const flatMedians = measure(flat);
printRatios('selection: 10,000 certificates / 100 certificates', [
  {
    what: 'a hundred names in turn',
    ours: flatMedians.get('10000, a hundred names') ?? Number.NaN,
    peer: flatMedians.get('100, a hundred names') ?? Number.NaN,
    goal: 2,
  },
  {
    what: 'a thousand names in turn / a hundred',
    ours: flatMedians.get('10000') ?? Number.NaN,
    peer: flatMedians.get('100') ?? Number.NaN,
    goal: null,
  },
]);
printRatios('whole handshakes with verification on: 10,000 certificates / 100 certificates', [
  {
    what: 'serverContext, contexts kept',
    ours: handshakes.get(10_000) ?? Number.NaN,
    peer: handshakes.get(100) ?? Number.NaN,
    goal: 1.2,
  },
]);

const used = 1000;
const started = new Map<string, Started>();
for (const way of ['ours', 'linear', 'addContext']) started.set(way, await start(way));
const of = (way: string, what: keyof Started): number => started.get(way)?.[what] ?? Number.NaN;
const mebibyte = 1024 * 1024;
printRatios(
  'start with 10,000 certificates',
  ['linear', 'addContext'].map((way) => ({
    what: `time / ${way}`,
    ours: of('ours', 'ms'),
    peer: of(way, 'ms'),
    goal: 0.5,
    unit: 'ms',
  })),
);
printRatios(
  'memory of 10,000 certificates that nobody asked for yet',
  ['linear', 'addContext'].map((way) => ({
    what: `memory / ${way}`,
    ours: of('ours', 'bytes') / mebibyte,
    peer: of(way, 'bytes') / mebibyte,
    goal: 0.5,
    unit: 'MiB',
  })),
);
console.log(
  `\nserverContext: ${(of('ours', 'cpu') / 1000).toFixed(2)} s of the processor for the start, ${kibibytes(of('ours', 'bytes') / 10_000)} for each certificate, ` +
    `${kibibytes(of('ours', 'contextBytes') / used)} more for each whose context is kept`,
);
if (lastResult() === undefined) throw new Error('nothing was measured');

/** Selects for every name in turn; each has to find something. */
function over(asked: readonly string[], select: Select, socket: unknown): (times: number) => number {
  return (times) => {
    let found = 0;
    const count = (_: Error | null, context?: SecureContext): void => {
      if (context !== undefined) found++;
    };
    for (let i = 0; i < times; i++) select.call(socket, asked[i % asked.length] ?? '', count);
    if (found !== times) throw new Error(`${found} of ${times} found`);
    return found;
  };
}

/** The contexts of the peers are one and the same: selecting does not look into them. */
function oneContext({ dir }: CertificateDirectory): SecureContext {
  return createSecureContext({
    cert: readFileSync(join(dir, 's0.pem')),
    key: readFileSync(join(dir, 's0.key')),
  });
}

function linearCallback(directory: CertificateDirectory): Select {
  const context = oneContext(directory);
  const all = directory.names.map((_, i) => ({
    x509: new X509Certificate(readFileSync(join(directory.dir, `s${i}.pem`))),
    context,
  }));
  return (name, callback) =>
    callback(null, all.find(({ x509 }) => x509.checkHost(name) !== undefined)?.context);
}

/** Node's own selection among what was given to `addContext`; it stands on the sockets of the server alone. */
async function addedContexts(
  directory: CertificateDirectory,
): Promise<{ readonly select: Select; readonly socket: TLSSocket }> {
  const context = oneContext(directory);
  const socket = await handshakeSocket(directory, {}, (server) => {
    for (const name of directory.names.flat()) server.addContext(name, context);
  });
  return { select: Reflect.get(socket, '_SNICallback') as Select, socket };
}

/** The server's end of one handshake. */
async function handshakeSocket(
  { root, names }: CertificateDirectory,
  options: object,
  prepare?: (server: ReturnType<typeof createServer>) => void,
): Promise<TLSSocket> {
  const server = createServer(options);
  prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, servername: names[0]?.[0] ?? '', ca: root });
  const [socket] = (await once(server, 'secureConnection')) as [TLSSocket];
  client.destroy();
  socket.on('error', () => {});
  server.close();
  return socket;
}

/** Nanoseconds of one handshake, both ends: the median of many, after as many for warming up. */
async function wholeHandshakes({ root, names }: CertificateDirectory, options: object): Promise<number> {
  const server = createServer(options, (socket) => socket.on('error', () => {}).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const context = createSecureContext({ ca: root });
  const samples: number[] = [];
  for (let i = 0; i < 400; i++) {
    const servername = (names[((i % 200) * 7919) % names.length]?.[0] ?? '').replace('*', 'app');
    const began = process.hrtime.bigint();
    const client = connect({ host: '127.0.0.1', port, servername, secureContext: context });
    await once(client, 'secureConnect');
    if (i >= 200) samples.push(Number(process.hrtime.bigint() - began));
    client.destroy();
  }
  server.close();
  return median(samples);
}

async function start(way: string): Promise<Started> {
  const program = fileURLToPath(new URL('./server-context-start.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    program,
    way,
    largest?.dir ?? '',
    String(used),
  ]);
  return JSON.parse(stdout) as Started;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
