import { strict as assert } from 'node:assert';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRoot } from './authority.ts';
import { altname, ended, start } from './command.ts';
import { closedPort, serveSilence, serveTls, type Running } from './servers.ts';

const cwd = mkdtempSync(join(tmpdir(), 'altname-many-'));
let server: Running;
let silent: Running;

before(async () => {
  const root = await createRoot();
  server = await serveTls(await root.issue({ names: ['localhost', '127.0.0.1'] }));
  silent = await serveSilence();
  writeFileSync(join(cwd, 'root.pem'), root.cert);
});

after(async () => {
  await server.close();
  await silent.close();
});

test('a list on stdin: one a line, comments and blank lines left out, in its order', async () => {
  const closed = await closedPort();
  const stdin = `\ufeff# my hosts\n127.0.0.1:${server.port}\r\n\n   https://127.0.0.1:${server.port}/path#part   # the same\n127.0.0.1:${closed}\n`;
  const { exit, stdout } = await altname(['check', '--ca', 'root.pem', '-'], { cwd, stdin });
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? '', /^✓ /);
  assert.match(lines[1] ?? '', /^✓ /);
  assert.match(lines[2] ?? '', /^\? .*refused/);
  assert.match(lines[3] ?? '', /^altname: 2 ok, 1 unreachable · 3 targets/);
  assert.equal(exit, 3);
});

test('a slow target holds back what comes after it, and nothing is lost', async () => {
  const stdin = [
    `127.0.0.1:${silent.port}`,
    ...Array.from({ length: 30 }, () => `127.0.0.1:${server.port}`),
  ].join('\n');
  const { stdout } = await altname(['check', '--ca', 'root.pem', '--timeout', '1s', '--json', '-'], {
    cwd,
    stdin,
  });
  const verdicts = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
  assert.equal(verdicts.length, 31);
  assert.equal(verdicts[0], 'unreachable');
  assert.ok(verdicts.slice(1).every((verdict) => verdict === 'accepted'));
});

test('--concurrency bounds what is in flight', async () => {
  let open = 0;
  let most = 0;
  const counting = createServer((socket) => {
    open++;
    most = Math.max(most, open);
    socket.on('error', () => {});
    socket.on('close', () => open--);
    setTimeout(() => socket.destroy(), 100);
  });
  await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve));
  const { port } = counting.address() as AddressInfo;
  const stdin = Array.from({ length: 12 }, () => `127.0.0.1:${port}`).join('\n');
  // Each target makes further attempts of its own, of which 9 is the most.
  await altname(['check', '--concurrency', '1', '--timeout', '3s', '-'], { stdin });
  counting.close();
  assert.ok(most <= 9, `${most} connections at once`);
});

test('the first answer comes before the list is at its end', async () => {
  const child = start(['check', '--ca', 'root.pem', '-'], { cwd });
  const first = new Promise<string>((resolve) => child.stdout?.setEncoding('utf8').once('data', resolve));
  child.stdin?.write(`127.0.0.1:${server.port}\n`);
  assert.match(await first, /^✓ /);
  const result = await ended(child, '');
  assert.equal(result.exit, 0);
});

test('Ctrl-C prints what is ready and exits 130', async () => {
  const waiting = start(['check', '--ca', 'root.pem', '--timeout', '60s', '-'], { cwd });
  let stdout = '';
  let stderr = '';
  waiting.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  waiting.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  waiting.stdin?.write(`127.0.0.1:${server.port}\n127.0.0.1:${silent.port}\n127.0.0.1:${server.port}\n`);
  while (!stdout.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const left = new Promise<number | null>((resolve) => waiting.on('close', resolve));
  waiting.kill('SIGINT');
  assert.equal(await left, 130);
  // The one behind the silent one was ready, and is not lost.
  assert.equal(stdout.match(/^✓ /gm)?.length, 2);
  assert.match(stdout, /altname: 2 ok · 2 targets .* exit 130\n$/);
  assert.equal(stderr, 'altname: interrupted after 2 answers\n');
});

test('a reader that goes away ends it quietly', async () => {
  const stdin = Array.from({ length: 200 }, () => `127.0.0.1:${server.port}`).join('\n');
  const child = start(['check', '--ca', 'root.pem', '--json', '-'], { cwd });
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { exit, stderr } = await ended(child, stdin);
  assert.deepEqual([exit, stderr], [0, '']);
});

test(
  '10,000 targets under a limit of 256 open files end in time, without EMFILE',
  { timeout: 300_000 },
  async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => closedPort()));
    const stdin = Array.from({ length: 10_000 }, (_, i) => `127.0.0.1:${ports[i % ports.length] ?? 1}`).join(
      '\n',
    );
    const under = ['/bin/sh', '-c', 'ulimit -n 256 && exec "$@"', 'sh'];
    const { exit, stdout, stderr } = await altname(['check', '--reporter', 'line', '-'], { stdin, under });
    assert.equal(exit, 3);
    assert.equal(stderr, '');
    assert.ok(!stdout.includes('EMFILE'));
    assert.match(stdout, /altname: 0 ok, 10000 unreachable · 10,000 targets/);
    assert.equal(stdout.trimEnd().split('\n').length, 10_001);
  },
);

test('more at once than the limit of open files allows is said, and not done', async () => {
  const under = ['/bin/sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh'];
  const stdin = `127.0.0.1:${server.port}\n`;
  const { stderr, exit } = await altname(['check', '--ca', 'root.pem', '--concurrency', '100', '-'], {
    cwd,
    stdin,
    under,
  });
  assert.equal(exit, 0);
  if (process.platform === 'linux')
    assert.match(stderr, /^altname: only \d+ at once instead of 100: no more than 128 files/);
});

test('a run ends with its answer, not with its timeout', async () => {
  const started = performance.now();
  await altname(['check', '--ca', 'root.pem', '--timeout', '30s', `127.0.0.1:${server.port}`], { cwd });
  assert.ok(performance.now() - started < 15_000);
});
