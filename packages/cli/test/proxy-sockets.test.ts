import { strict as assert } from 'node:assert';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRoot } from './authority.ts';
import { altname } from './command.ts';

const root = await createRoot();
const cwd = mkdtempSync(join(tmpdir(), 'altname-sockets-'));
const api = await root.issue({ names: ['api.test'] });
writeFileSync(join(cwd, 'ca.pem'), root.cert);
const upstream = https.createServer({ cert: api.cert, key: api.key }, (_, response) => response.end('ok'));
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
after(() => {
  upstream.close();
  upstream.closeAllConnections();
});
const to = `https://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const main = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const words = ['proxy', '--to', to, '--name', 'api.test', '--ca', 'ca.pem', '-q', '--listen'];

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
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

async function until(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) if (await look()) return;
  throw new Error(`not within 30 s: ${what}`);
}

function stderrOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

const activate = { skip: systemdIsMissing() };

for (const [title, more] of [
  ['one process', []],
  ['workers', ['--workers', '2']],
] as const) {
  test(
    `systemd hands the socket over to ${title}; a connection that came before is served`,
    activate,
    async () => {
      const port = await freePort();
      const child = spawn(
        'systemd-socket-activate',
        [
          `--listen=127.0.0.1:${port}`,
          '--fdname=web',
          '-E',
          'PATH',
          process.execPath,
          main,
          ...words,
          'systemd:web',
          ...more,
        ],
        { cwd, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      after(() => child.kill('SIGKILL'));
      const stderr = stderrOf(child);
      await until(() => stderr().includes('Listening on'), 'systemd-socket-activate');
      // The first connection starts it.
      assert.equal(await ask(port), '200 ok');
      assert.match(stderr(), new RegExp(`^altname: listening on http://127\\.0\\.0\\.1:${port}, to `, 'm'));
      if (more.length > 0) {
        const workers = spawnSync('cat', [`/proc/${child.pid}/task/${child.pid}/children`], {
          encoding: 'utf8',
        });
        const pids = workers.stdout.trim().split(' ').map(Number);
        for (const pid of pids) process.kill(pid, 'SIGKILL');
        await until(() => stderr().split(': SIGKILL; another').length > pids.length, 'their end');
        // The socket is the primary's: it is there while no worker is.
        assert.equal(await ask(port), '200 ok');
      }
      child.kill('SIGTERM');
      assert.deepEqual((await once(child, 'close'))[0], 0);
    },
  );
}

test('a socket that a parent has opened', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const child = spawn(process.execPath, [main, ...words, 'fd:4'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', fd],
  });
  after(() => child.kill('SIGKILL'));
  const stderr = stderrOf(child);
  await until(() => stderr().includes('listening on'), 'listening');
  server.close();
  assert.equal(await ask(port), '200 ok');
  child.kill('SIGTERM');
  assert.deepEqual((await once(child, 'close'))[0], 0);
});

const handed = { LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' };
for (const [listen, env, expected] of [
  ['systemd', {}, /^altname: --listen "systemd": no socket was handed over \(LISTEN_FDS is not set\)/],
  [
    'systemd',
    { ...handed, LISTEN_PID: '1' },
    /^altname: --listen "systemd": the sockets were handed over to process 1,/,
  ],
  [
    'systemd',
    { ...handed, LISTEN_PID: '$$' },
    /one socket is expected, and 2 are called so \(a, b\): say systemd:NAME$/m,
  ],
  ['systemd:c', { ...handed, LISTEN_PID: '$$' }, /one socket is expected, and 0 are called so \(a, b\)/],
  [
    'systemd',
    { LISTEN_PID: '$$', LISTEN_FDS: '1000' },
    /LISTEN_FDS is "1000": a number from 1 to 64 is expected/,
  ],
  ['systemd', { LISTEN_PID: '$$', LISTEN_FDS: '1' }, /descriptor 3 is (?:not open|no socket)$/m],
  ['fd:0', {}, /^altname: --listen "fd:0": fd: and a number from 3 to 9999 is expected$/m],
  ['fd:', {}, /a number from 3 to 9999 is expected$/m],
  ['fd:99999', {}, /a number from 3 to 9999 is expected$/m],
  ['fd:900', {}, /descriptor 900 is not open$/m],
] as const) {
  test(`--listen ${listen} with ${JSON.stringify(env)} is one line, and exit 2`, async () => {
    const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { exit, stderr } = await altname([...words, listen], {
      cwd,
      under: ['sh', '-c', `${set.join(' ')} exec "$0" "$@"`],
    });
    assert.equal(exit, 2, stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.split('\n').length, 2, stderr);
  });
}

function systemdIsMissing(): string | false {
  if (spawnSync('systemd-socket-activate', ['--version']).error === undefined) return false;
  if (process.env['CI'] === 'true')
    throw new Error('systemd-socket-activate is missing: the Debian package systemd is expected in CI');
  return 'needs systemd-socket-activate (Debian package systemd)';
}
