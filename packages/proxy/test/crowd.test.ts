import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import net, { type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProxy } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { ask } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const [front, api] = await Promise.all([authority.issue('localhost'), authority.issue('api.test')]);
const ca = authority.root;
const dir = await scratch();
const upstream = await startUpstream(api, echo);
const upstreams = { api: { to: upstream.url, name: 'api.test', ca } };

/** Connections that ask for nothing. */
async function idle(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
  after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  return sockets;
}

async function end(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await sleep(200);
}

for (const [title, tls] of [
  ['HTTP', {}],
  ['HTTPS', { tls: front }],
] as const) {
  test(`limits.connections, ${title}: 503 beyond, closed far beyond, served again when there is room`, async () => {
    const { port, records } = await startProxy({ ...tls, upstreams, limits: { connections: 4 } });
    const options = {
      port,
      ...('tls' in tls ? { ca, servername: 'localhost' } : {}),
      headers: { host: 'localhost' },
    };
    assert.equal((await ask(options)).status, 200);
    const held = await idle(port, 4);
    const late = await ask(options);
    assert.deepEqual([late.status, late.headers.connection], [503, 'close']);
    assert.match(late.body, /^503 Service Unavailable\nrequest [0-9a-f-]{36}\n$/);
    assert.equal(records.at(-1)?.problem, 'too many connections');
    const more = await idle(port, 20);
    await assert.rejects(ask(options), { code: 'ECONNRESET' });
    await end([...held, ...more]);
    assert.equal((await ask(options)).status, 200);
  });
}

test('limits.connections, HTTP/2: 503, and the session ends', async () => {
  const { port } = await startProxy({ tls: front, upstreams, limits: { connections: 2 } });
  const held = await idle(port, 2);
  const session = http2.connect(`https://localhost:${port}`, { ca });
  const stream = session.request({ ':path': '/' });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  stream.resume();
  assert.equal(headers[':status'], 503);
  await once(session, 'close');
  await end(held);
});

for (const connections of [0, -1, 1.5, '10', 2_000_000]) {
  test(`limits.connections ${JSON.stringify(connections)} is one line`, () => {
    assert.throws(
      () => createProxy({ listen: 0, upstreams, limits: { connections: connections as number } }),
      {
        message: 'limits.connections: a whole number from 1 to 1,000,000 is expected',
      },
    );
  });
}

/** A proxy in a process that may have 128 files open. */
async function limited(limits: object): Promise<{ child: ChildProcess; port: number; stderr: () => string }> {
  const file = join(dir, 'limited.mjs');
  const module = new URL('../src/index.js', import.meta.url).href;
  const options = { listen: '127.0.0.1:0', upstreams, limits };
  writeFileSync(
    file,
    `import { createProxy } from ${JSON.stringify(module)};
    const proxy = createProxy(${JSON.stringify(options)});
    console.log((await proxy.listen()).port, proxy.config.limits.connections);`,
  );
  const child = spawn('sh', ['-c', `ulimit -n 128; exec "$0" "$1"`, process.execPath, file]);
  after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'close').then(() => [stderr]),
  ])) as [Buffer];
  const [port, most] = line.toString().split(' ').map(Number);
  if (!('connections' in limits))
    assert.ok((most ?? 0) >= 8 && (most ?? 0) <= 64, `${most} connections of 128 files`);
  return { child, port: port ?? 0, stderr: () => stderr };
}

/** Seconds of CPU. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const linux = { skip: process.platform === 'linux' ? false : 'reads /proc' };

test(
  'files run out in front: what comes gets 503 or is closed, no CPU is burnt, and it is served again',
  linux,
  async () => {
    const { child, port, stderr } = await limited({});
    assert.equal((await ask({ port })).status, 200);
    const held = await idle(port, 200);
    const before = cpuOf(child);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        ask({ port }).then(
          ({ status }) => status,
          (error: NodeJS.ErrnoException) => error.code,
        ),
      ),
    );
    for (const answer of answers) assert.ok(answer === 503 || answer === 'ECONNRESET', String(answer));
    await sleep(2000);
    const burnt = cpuOf(child) - before;
    assert.ok(burnt < 1, `${burnt} s of CPU in 2 s of waiting`);
    await end(held);
    assert.equal((await ask({ port })).status, 200);
    assert.deepEqual([child.exitCode, stderr()], [null, '']);
  },
);

test('files run out towards the upstream: 503, and 200 again afterwards', linux, async () => {
  // A limit that is too high for the files: what is left for the upstream is none.
  const { child, port, stderr } = await limited({ connections: 1000 });
  const kept = net.connect(port, '127.0.0.1').on('error', () => {});
  await once(kept, 'connect');
  const held = await idle(port, 200);
  // Until they are taken.
  await sleep(500);
  kept.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  const [answer] = (await once(kept, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 503 /);
  // Connections wait to be taken, for which there is no file.
  const before = cpuOf(child);
  await sleep(2000);
  const burnt = cpuOf(child) - before;
  assert.ok(burnt < 1, `${burnt} s of CPU in 2 s of waiting`);
  await end([...held, kept]);
  assert.equal((await ask({ port })).status, 200);
  assert.deepEqual([child.exitCode, stderr()], [null, '']);
});
