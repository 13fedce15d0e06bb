import { strict as assert } from 'node:assert';
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRoot } from './authority.ts';
import { altname, start, type RunOptions } from './command.ts';

const root = await createRoot();
const cwd = mkdtempSync(join(tmpdir(), 'altname-workers-'));
const api = await root.issue({ names: ['api.test'] });
writeFileSync(join(cwd, 'ca.pem'), root.cert);

let release = (): void => {};
const upstream = https.createServer({ cert: api.cert, key: api.key }, (request, response) => {
  if (request.url === '/slow') release = () => response.end('slow');
  else response.end('ok');
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
after(() => {
  upstream.close();
  upstream.closeAllConnections();
});
const to = `https://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const line = ['proxy', '--listen', '127.0.0.1:0', '--to', to, '--name', 'api.test', '--ca', 'ca.pem'];

interface Running {
  readonly child: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function run(words: readonly string[], options: RunOptions = {}): Running {
  const child = start(words, { cwd, ...options });
  after(() => child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  return { child, written, exit: once(child, 'close').then(([exit]) => exit as number | null) };
}

/** Waits until it is so, for 30 s at most. */
async function until<T>(look: () => T | null | undefined | false, what: string): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(20)) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error(`not within 30 s: ${what}`);
}

async function portOf({ written }: Running): Promise<number> {
  const found = await until(
    () => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(written.stderr),
    'listening',
  );
  return Number(found[1]);
}

function childrenOf({ child }: Running): number[] {
  const list = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** On a connection of its own. */
function ask(port: number, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
    request.on('error', reject);
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Code that a process runs before everything else. */
function preload(name: string, code: string): RunOptions {
  writeFileSync(join(cwd, name), code);
  return { env: { NODE_OPTIONS: `--require ${join(cwd, name)}` } };
}

const linux = { skip: process.platform === 'linux' ? false : 'reads /proc' };

test(
  'a worker that is killed is told and replaced; the others go on; what all counted is on one port',
  linux,
  async () => {
    const admin = await freePort();
    const proxy = run([...line, '--workers', '2', '--admin', String(admin)]);
    const port = await portOf(proxy);
    const serving = (count: number): Promise<true> => servingAt(admin, count);
    await serving(2);
    assert.equal(childrenOf(proxy).length, 2);
    for (let at = 0; at < 20; at++) assert.equal(await ask(port), '200 ok');
    assert.equal(await ask(admin, '/-/ready'), '200 ready\n');
    const counted = /^altname_proxy_requests_total\{.*method="GET",code="200".*\} (\d+)$/m.exec(
      await ask(admin, '/metrics'),
    );
    assert.equal(counted?.[1], '20');
    const [killed = 0] = childrenOf(proxy);
    process.kill(killed, 'SIGKILL');
    // The system may have given connections to the one that was killed, before it knew; none after.
    await until(() => proxy.written.stderr.includes('SIGKILL'), 'the line about it');
    for (let at = 0; at < 20; at++) assert.equal(await ask(port), '200 ok');
    await serving(2);
    assert.match(
      proxy.written.stderr,
      new RegExp(`^altname: worker \\d \\(process ${killed}\\) ended: SIGKILL; another in 0\\.1 s$`, 'm'),
    );
    assert.match(await ask(admin, '/metrics'), /^altname_proxy_worker_restarts_total 1$/m);
    const slow = ask(port, '/slow');
    release = () => {};
    const before = release;
    await until(() => release !== before, 'the slow request');
    proxy.child.kill('SIGTERM');
    await until(() => proxy.written.stderr.includes('no more connections are taken'), 'the drain');
    assert.match(await ask(admin, '/-/ready'), /^503 draining/);
    release();
    assert.equal(await slow, '200 slow');
    assert.equal(await proxy.exit, 0);
    const records = proxy.written.stdout.trim().split('\n');
    assert.equal(records.length, 41);
    for (const record of records) assert.equal((JSON.parse(record) as { status: number }).status, 200);
  },
);

async function servingAt(admin: number, count: number): Promise<true> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const metrics = await ask(admin, '/metrics').catch(() => '');
    if (metrics.includes(`altname_proxy_workers_serving ${count}\n`)) return true;
  }
  throw new Error(`${count} workers did not serve within 30 s`);
}

test('a fault in a worker is told with its stack, and ends that worker alone', linux, async () => {
  const fault = preload(
    'fault.cjs',
    `process.on('SIGUSR2', () => setImmediate(() => { throw new Error('a fault for the test'); }));`,
  );
  const admin = await freePort();
  const proxy = run([...line, '--workers', '2', '--admin', String(admin), '-q'], fault);
  const port = await portOf(proxy);
  await servingAt(admin, 2);
  const [broken = 0] = childrenOf(proxy);
  process.kill(broken, 'SIGUSR2');
  await until(() => proxy.written.stderr.includes('exit code 70'), 'the line about it');
  assert.match(proxy.written.stderr, /^altname: this is a fault of altname itself/m);
  assert.match(proxy.written.stderr, /^ {2}Error: a fault for the test$/m);
  assert.match(
    proxy.written.stderr,
    new RegExp(`\\(process ${broken}\\) ended: exit code 70; another in 0\\.1 s$`, 'm'),
  );
  await servingAt(admin, 2);
  assert.equal(await ask(port), '200 ok');
  proxy.child.kill('SIGTERM');
  assert.equal(await proxy.exit, 0);
});

test('without workers a fault is told with its stack, exit 70', async () => {
  const fault = preload(
    'fault-alone.cjs',
    `process.on('SIGUSR2', () => setImmediate(() => { throw new Error('a fault for the test'); }));`,
  );
  const proxy = run(line, fault);
  await portOf(proxy);
  proxy.child.kill('SIGUSR2');
  assert.equal(await proxy.exit, 70);
  assert.match(
    proxy.written.stderr,
    /^altname: this is a fault of altname itself[\s\S]+Error: a fault for the test/m,
  );
});

test(
  'a worker that does not start is told with its reason, and tried again later and later; the rest serve',
  linux,
  async () => {
    const one = preload('second.cjs', `if (require('node:cluster').worker?.id > 1) process.exit(9);`);
    const proxy = run([...line, '--workers', '2', '-q'], one);
    const port = await portOf(proxy);
    await until(() => proxy.written.stderr.includes('another in 0.8 s'), 'the fourth try');
    assert.equal(await ask(port), '200 ok');
    const told = proxy.written.stderr.split('\n').filter((each) => each.includes('did not start'));
    assert.deepEqual(
      told.slice(0, 4).map((each) => each.replace(/process \d+/, 'process P')),
      [0.1, 0.2, 0.4, 0.8].map(
        (wait) => `altname: worker 2 (process P) did not start: exit code 9; another in ${wait} s`,
      ),
    );
    proxy.child.kill('SIGTERM');
    assert.equal(await proxy.exit, 0);
  },
);

test('when none can start it ends with the reason, after a few tries', async () => {
  const none = preload('none.cjs', `if (require('node:cluster').isWorker) process.exit(9);`);
  const { exit, stderr } = await altname([...line, '--workers', '2'], { cwd, ...none });
  assert.equal(exit, 70);
  assert.equal(stderr.split('\n').filter((each) => each.includes('did not start: exit code 9')).length, 4);
  assert.match(stderr, /^altname: no worker can start: exit code 9$/m);
});

test('what is wrong for all is told once: a port that is taken, and a configuration before anything is begun', async () => {
  const taken = to.slice('https://'.length);
  const at = [...line];
  at[2] = taken;
  assert.deepEqual(await altname([...at, '--workers', '2'], { cwd }), {
    exit: 2,
    stdout: '',
    stderr: `altname: --listen ${taken}: another program listens there\n`,
  });
  at[2] = 'here';
  const wrong = await altname([...at, '--workers', '2'], { cwd });
  assert.deepEqual([wrong.exit, wrong.stderr.split('\n').length], [2, 2]);
  assert.match(wrong.stderr, /^altname: --listen "here": /);
});

test('a primary that goes while a worker starts is no fault of the worker', linux, async () => {
  for (const [when, code] of [
    ['at once', `process.kill(process.ppid, 'SIGKILL');`],
    [
      'as it listens',
      `const net = require('node:net'); const { listen } = net.Server.prototype;
       net.Server.prototype.listen = function (...words) {
         process.kill(process.ppid, 'SIGKILL');
         const end = Date.now() + 200;
         while (Date.now() < end);
         return listen.apply(this, words);
       };`,
    ],
  ] as const) {
    const gone = preload(
      `gone-${when.replaceAll(' ', '-')}.cjs`,
      `if (require('node:cluster').isWorker) { ${code} }`,
    );
    const proxy = run([...line, '--workers', '1'], gone);
    // Its streams are the worker's, too: they close with the last of both.
    await proxy.exit;
    assert.equal(proxy.written.stderr, '', when);
  }
});

test('SIGHUP of the primary: all workers read the file again, and no request is lost', linux, async () => {
  const admin = await freePort();
  const write = (routes: string): void =>
    writeFileSync(
      join(cwd, 'reload.yaml'),
      `listen: 127.0.0.1:0\nadmin: { listen: ${admin} }\nupstreams: { api: { to: "${to}", name: api.test, ca: { file: ca.pem } } }\n${routes}\n`,
    );
  write('routes: [{ to: api }]');
  const proxy = run(['proxy', '--config', 'reload.yaml', '--workers', '3', '-q']);
  const port = await portOf(proxy);
  await servingAt(admin, 3);
  let [isOver, count] = [false, 0];
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!isOver) {
        assert.equal(await ask(port, '/always'), '200 ok');
        count++;
      }
    }),
  );
  const reloads = async (): Promise<number> =>
    Number(
      /^altname_proxy_reloads_total\{result="success"\} (\d+)$/m.exec(await ask(admin, '/metrics'))?.[1] ?? 0,
    );
  for (let turn = 1; turn <= 5; turn++) {
    write(`routes: [{ path: /always, to: api }, { path: /turn-${turn}, to: api }]`);
    proxy.child.kill('SIGHUP');
    for (const end = Date.now() + 30_000; (await reloads()) < 3 * turn; await sleep(20))
      assert.ok(Date.now() < end, 'not every worker has read it within 30 s');
    // Whichever worker takes them.
    for (let at = 0; at < 9; at++) {
      assert.equal(await ask(port, `/turn-${turn}`), '200 ok');
      assert.match(await ask(port, `/turn-${turn - 1}`), /^404 /);
    }
  }
  write('route: []');
  proxy.child.kill('SIGHUP');
  await until(() => proxy.written.stderr.includes('not reloaded'), 'the line about the mistake');
  const before = count;
  await Promise.race([until(() => count > before + 20, 'load'), load]);
  isOver = true;
  await load;
  const told = proxy.written.stderr.split('\n').filter((each) => each.includes('reloaded'));
  assert.equal(told.length, 6, told.join('\n'));
  assert.match(
    told[5] ?? '',
    /^altname: not reloaded, what was before goes on: .*reload\.yaml:4:1: route: .*$/,
  );
  assert.equal(await ask(port, '/turn-5'), '200 ok');
  proxy.child.kill('SIGTERM');
  assert.equal(await proxy.exit, 0);
});

test('workers end with a primary that is killed', linux, async () => {
  const proxy = run([...line, '--workers', '2', '-q']);
  const port = await portOf(proxy);
  await until(() => childrenOf(proxy).length === 2, 'two workers');
  const workers = childrenOf(proxy);
  proxy.child.kill('SIGKILL');
  await until(() => workers.every((pid) => !isThere(pid)), 'the end of the workers');
  await assert.rejects(ask(port), { code: 'ECONNREFUSED' });
});

test(
  'a worker that is killed under load: what was under way on it breaks off, all else goes on',
  linux,
  async () => {
    const admin = await freePort();
    const proxy = run([...line, '--workers', '2', '--admin', String(admin), '-q']);
    const port = await portOf(proxy);
    await servingAt(admin, 2);
    const ends = { good: 0, broken: 0 };
    let isOver = false;
    // One connection each, which is opened anew where it broke off.
    const clients = Array.from({ length: 16 }, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      while (!isOver) {
        const end = await new Promise<string>((resolve) => {
          const request = http.get({ port, host: '127.0.0.1', agent, timeout: 20_000 }, (response) => {
            response.resume().on('end', () => resolve(String(response.statusCode)));
            response.on('error', () => resolve('broken'));
          });
          request.on('error', () => resolve('broken'));
          request.on('timeout', () => resolve('nothing came for 20 s'));
        });
        if (end === '200') ends.good++;
        else if (end === 'broken') ends.broken++;
        else throw new Error(end);
      }
      agent.destroy();
    });
    const all = Promise.all(clients);
    for (const turn of [1, 2, 3]) {
      const before = ends.good;
      await Promise.race([until(() => ends.good > before + 200, 'load'), all]);
      const workers = childrenOf(proxy);
      const killed = workers[turn % workers.length] ?? 0;
      process.kill(killed, 'SIGKILL');
      await until(
        () => proxy.written.stderr.includes(`(process ${killed}) ended: SIGKILL`),
        'the line about it',
      );
      await servingAt(admin, 2);
    }
    const broken = ends.broken;
    const before = ends.good;
    await Promise.race([until(() => ends.good > before + 200, 'load'), all]);
    isOver = true;
    await all;
    assert.equal(ends.broken, broken, 'nothing breaks off when both serve');
    // A connection has one request under way, and of each kill no more than one broke off on it.
    assert.ok(broken <= 3 * 16, `${broken} broke off`);
    proxy.child.kill('SIGTERM');
    assert.equal(await proxy.exit, 0);
  },
);

test('certificates that are gone are served on by all workers, and told once', linux, async () => {
  const dir = join(cwd, 'certificates');
  mkdirSync(dir);
  writeFileSync(join(dir, 'api.key'), api.key);
  writeFileSync(join(dir, 'api.pem'), api.cert);
  const admin = await freePort();
  const proxy = run([
    ...line,
    '--cert-dir',
    'certificates',
    '--workers',
    '2',
    '--admin',
    String(admin),
    '-q',
  ]);
  const [, port = ''] = await until(
    () => /listening on https:\/\/127\.0\.0\.1:(\d+)/.exec(proxy.written.stderr),
    'listening',
  );
  await servingAt(admin, 2);
  rmSync(join(dir, 'api.pem'));
  rmSync(join(dir, 'api.key'));
  const told = (): string[] => proxy.written.stderr.split('\n').filter((each) => each.includes('holds no'));
  await until(() => told().length > 0, 'the line about it');
  // The other worker sees it, too.
  await sleep(1500);
  assert.equal(told().length, 1, proxy.written.stderr);
  assert.match(
    told()[0] ?? '',
    /^altname: .*certificates: holds no certificate any more; those before go on$/,
  );
  const options = {
    port,
    host: '127.0.0.1',
    servername: 'api.test',
    ca: root.cert,
    headers: { host: 'api.test' },
  };
  for (let at = 0; at < 10; at++) {
    const request = https.get({ ...options, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 200);
  }
  assert.doesNotMatch(proxy.written.stderr, /Warning/);
  proxy.child.kill('SIGTERM');
  assert.equal(await proxy.exit, 0);
});

test('lines of the access log of several workers are whole, however long', linux, async () => {
  const log = join(cwd, 'access.log');
  const words = [...line, '--workers', '3'].map((each) => `'${each}'`).join(' ');
  const shell = `"$0" "$1" ${words} | cat > ${log}`;
  const proxy = run([], { under: ['sh', '-c', `${shell}`] });
  const port = await portOf(proxy);
  const path = `/${'"\\x'.repeat(1500)}`.slice(0, 4000).replaceAll('\\', '%5c');
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let at = 0; at < 25; at++) await ask(port, encodeURI(path));
    }),
  );
  const main =
    childrenOf(proxy).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('--workers')) ??
    0;
  process.kill(main, 'SIGTERM');
  await proxy.exit;
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  assert.equal(lines.length, 200);
  for (const each of lines) {
    assert.ok(each.length < 4096, 'what is longer may be mixed by a pipe');
    assert.equal((JSON.parse(each) as { method: string }).method, 'GET');
  }
});

for (const given of ['0', '257', '-1', 'many', '1.5']) {
  test(`--workers ${given} is one line, and exit 2`, async () => {
    const { exit, stderr } = await altname([...line, `--workers=${given}`], { cwd });
    assert.deepEqual(
      [exit, stderr],
      [2, `altname: --workers "${given}": a number from 1 to 256, or auto, is expected\n`],
    );
  });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
