import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { createRoot } from './authority.ts';
import { altname, start } from './command.ts';

const root = await createRoot();
const cwd = mkdtempSync(join(tmpdir(), 'altname-proxy-'));
const [front, api] = await Promise.all([
  root.issue({ names: ['front.test'] }),
  root.issue({ names: ['api.test'] }),
]);
for (const [name, content] of Object.entries({
  'ca.pem': root.cert,
  'front.pem': front.cert,
  'front-key.pem': front.key,
})) {
  writeFileSync(join(cwd, name), content);
}

const serverNames: unknown[] = [];
let release = (): void => {};
const upstream = https.createServer({ cert: api.cert, key: api.key }, (request, response) => {
  serverNames.push((request.socket as TLSSocket & { servername?: unknown }).servername);
  if (request.url === '/slow') release = () => response.end('slow');
  else response.end(`Host ${request.headers.host ?? ''}`);
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
after(() => {
  upstream.close();
  upstream.closeAllConnections();
});
const to = `https://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const line = [
  'proxy',
  '--listen',
  '127.0.0.1:0',
  '--cert',
  'front.pem',
  '--key',
  'front-key.pem',
  '--to',
  to,
  '--ca',
  'ca.pem',
];

/** The proxy as it runs: its port, and what it writes. */
interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly written: { stdout: string; stderr: string };
}

async function run(words: readonly string[]): Promise<Running> {
  const child = start(words, { cwd });
  after(() => child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  for (;;) {
    const port = /listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(written.stderr)?.[1];
    if (port !== undefined) return { child, port: Number(port), written };
    if (child.exitCode !== null) throw new Error(written.stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ask(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { port, path, host: '127.0.0.1', servername: 'front.test', ca: root.cert, agent: false };
    const request = https.get({ ...options, headers: { host: 'front.test' } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
  });
}

test('the one-liner: the name of the upstream is sent and checked, a line of JSON for each request, a drain at the end', async () => {
  const { child, port, written } = await run([
    ...line,
    '--name',
    'api.test',
    '--host',
    'preserve',
    '--check',
  ]);
  assert.match(written.stderr, /its certificate carries api\.test/);
  serverNames.length = 0;
  assert.deepEqual(await ask(port, '/pay?token=secret'), { status: 200, body: 'Host front.test' });
  assert.deepEqual(serverNames, ['api.test']);
  const slow = ask(port, '/slow');
  while (serverNames.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(child.exitCode, null);
  release();
  assert.equal((await slow).body, 'slow');
  const [exit] = (await once(child, 'close')) as [number | null];
  assert.equal(exit, 0);
  const records = written.stdout
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each) as Record<string, unknown>);
  assert.deepEqual(
    records.map(({ method, host, path, status, upstream: key }) => [method, host, path, status, key]),
    [
      ['GET', 'front.test', '/pay', 200, 'upstream'],
      ['GET', 'front.test', '/slow', 200, 'upstream'],
    ],
  );
  assert.doesNotMatch(written.stdout + written.stderr, /secret/);
});

test('SIGHUP without a file: the files that the options name are read again, and it goes on', async () => {
  const [first, second] = await Promise.all([
    root.issue({ names: ['front.test'] }),
    root.issue({ names: ['front.test'] }),
  ]);
  const put = ({ cert, key }: { readonly cert: string; readonly key: string }): void => {
    writeFileSync(join(cwd, 'own.pem'), cert);
    writeFileSync(join(cwd, 'own-key.pem'), key);
  };
  put(first);
  const words = ['proxy', '--listen', '127.0.0.1:0', '--cert', 'own.pem', '--key', 'own-key.pem'];
  const { child, port, written } = await run([
    ...words,
    '--to',
    to,
    '--ca',
    'ca.pem',
    '--name',
    'api.test',
    '-q',
  ]);
  const told = async (text: string): Promise<string> => {
    for (;;) {
      const found = written.stderr.split('\n').find((each) => each.includes(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(written.stderr);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const shown = async (): Promise<string> => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'front.test', ca: root.cert });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const before = await shown();
  put(second);
  child.kill('SIGHUP');
  assert.equal(
    await told('reloaded'),
    `altname: reloaded, with the files that the options name: listening on https://127.0.0.1:${port}, to ${to}, whose certificate has to carry api.test`,
  );
  const reloaded = await shown();
  assert.notEqual(reloaded, before);
  writeFileSync(join(cwd, 'own.pem'), 'no certificate\n');
  child.kill('SIGHUP');
  assert.match(await told('not reloaded'), /^altname: not reloaded, what was before goes on: --cert[^\n]*$/);
  assert.equal(await shown(), reloaded);
  assert.equal((await ask(port, '/')).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('SIGHUP of one without any file is heard, too', async () => {
  const { child, port, written } = await run([
    'proxy',
    '--listen',
    '127.0.0.1:0',
    '--to',
    'http://127.0.0.1:9',
    '-q',
  ]);
  child.kill('SIGHUP');
  while (!written.stderr.includes('reloaded, with')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(written.stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answer = await new Promise<http.IncomingMessage>((resolve) =>
    http.get({ port, host: '127.0.0.1', agent: false }, resolve),
  );
  assert.equal(answer.resume().statusCode, 502);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('--check and a request that failed name the same key', async () => {
  const checked = await altname([...line, '--name', 'app.test', '--check'], { cwd });
  const { child, port, written } = await run([...line, '--name', 'app.test', '-q']);
  await ask(port, '/');
  child.kill('SIGTERM');
  await once(child, 'close');
  for (const text of [checked.stderr, written.stderr]) {
    assert.match(
      text.replaceAll(/[\s│]+/g, ' '),
      / sent app\.test as server name \(SNI\); not the name asked: from the option name checked app\.test the name sent, /,
    );
  }
});

test('an upstream that is another: 502 for the client, the diagnosis and the fix for the operator', async () => {
  const { child, port, written } = await run([...line, '--name', 'app.test', '-q']);
  const { status, body } = await ask(port, '/');
  assert.equal(status, 502);
  assert.match(body, /^502 Bad Gateway\nrequest [0-9a-f-]{36}\n$/);
  child.kill('SIGTERM');
  await once(child, 'close');
  assert.equal(written.stdout, '');
  assert.ok(written.stderr.includes(`request ${body.slice(-37, -1)}: ${to}: the client got 502`));
  assert.match(written.stderr, /sent +│ +app\.test/);
  assert.doesNotMatch(written.stderr, /called/);
  assert.match(written.stderr, /fix: --name: api\.test, only if this is the server you mean/);
});

test('--check does not serve what is refused, and says which names the certificate of an address carries', async () => {
  const wrong = await altname([...line, '--name', 'app.test', '--check'], { cwd });
  assert.equal(wrong.exit, 1);
  assert.match(wrong.stderr, /fix: --name: api\.test, only if this is the server you mean/);
  assert.doesNotMatch(wrong.stderr, /listening/);
  const nameless = await altname([...line, '--check'], { cwd });
  assert.equal(nameless.exit, 2);
  assert.match(
    nameless.stderr,
    /fix: --name: the certificate carries api\.test: .+only if this is the server you mean/,
  );
  const nobody = await altname([
    'proxy',
    '--listen',
    '0',
    '--to',
    'https://127.0.0.1:9',
    '--name',
    'a.test',
    '--check',
  ]);
  assert.equal(nobody.exit, 3);
});

for (const [title, words, expected] of [
  ['nothing', [], /^altname: --listen is expected: .+\nhint: altname help proxy\n$/],
  ['no upstream', ['--listen', '0'], /^altname: --to is expected: /],
  ['a word', ['--listen', '0', 'https://a.test'], /^altname: "https:\/\/a\.test" is not an option; /],
  [
    'an address without a name',
    ['--listen', '0', '--to', 'https://10.0.0.5'],
    /^altname: --name: 10\.0\.0\.5 is an address: say which name/,
  ],
  [
    'plain HTTP with a name',
    ['--listen', '0', '--to', 'http://a.test', '--name', 'a.test'],
    /^altname: --name: upstreams\.upstream\.to is plain HTTP, of which nothing is verified/,
  ],
  [
    'no HTTP',
    ['--listen', '0', '--to', 'https://a.test', '--to', 'ftp://a.test'],
    /^altname: --to "ftp:\/\/a\.test": https:\/\/ is expected/,
  ],
  [
    'two names, of which one would not be verified',
    ['--listen', '0', '--to', 'https://10.0.0.5', '--name', 'a.test', '--name', 'b.test'],
    /^altname: option --name stands twice: one value is expected\n/,
  ],
  [
    'one port for both',
    ['--listen', '8443', '--to', 'https://a.test', '--admin', '8443'],
    /^altname: --admin: the proxy itself listens on port 8443; another one is expected\n/,
  ],
  ['no port', ['--listen', 'here', '--to', 'https://a.test'], /^altname: --listen "here": a port/],
  [
    'a file that is not there',
    ['--listen', '0', '--to', 'https://a.test', '--ca', 'none.pem'],
    /^altname: --ca "none\.pem": there is no such file/,
  ],
  [
    'a key that is not there',
    ['--listen', '0', '--to', 'https://a.test', '--cert', 'front.pem', '--key', 'none.pem'],
    /^altname: --key "none\.pem": there is no such file/,
  ],
  [
    'half a pair',
    ['--listen', '0', '--to', 'https://a.test', '--cert', 'front.pem'],
    /^altname: --cert and --key: /,
  ],
  [
    'half a client certificate',
    ['--listen', '0', '--to', 'https://a.test', '--client-cert', 'front.pem'],
    /^altname: --client-cert and key: /,
  ],
  [
    'two ways',
    ['--listen', '0', '--to', 'https://a.test', '--dev-cert', '--cert-dir', '.'],
    /exclude each other\n$/,
  ],
  [
    'a bad range',
    ['--listen', '0', '--to', 'https://a.test', '--trust', '10.0.0.0/99'],
    /^altname: --trust: "10\.0\.0\.0\/99"/,
  ],
] as const) {
  test(`${title} is one line, and exit 2`, async () => {
    const { exit, stdout, stderr } = await altname(['proxy', ...words], { cwd });
    assert.deepEqual([exit, stdout], [2, '']);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr.replace(/\nhint: .+\n$/, '\n'), /\n./);
  });
}

test('a port that is taken is one line', async () => {
  const taken = to.slice('https://'.length);
  const { exit, stderr } = await altname(['proxy', '--listen', taken, '--to', 'https://a.test'], { cwd });
  assert.deepEqual([exit, stderr], [2, `altname: --listen ${taken}: another program listens there\n`]);
});
