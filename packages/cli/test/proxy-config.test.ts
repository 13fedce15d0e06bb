import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRoot } from './authority.ts';
import { altname, start } from './command.ts';

const root = await createRoot();
const cwd = mkdtempSync(join(tmpdir(), 'altname-proxy-config-'));
mkdirSync(join(cwd, 'etc'));
const [front, api] = await Promise.all([
  root.issue({ names: ['front.test'] }),
  root.issue({ names: ['api.test'] }),
]);
for (const [name, content] of Object.entries({
  'ca.pem': root.cert,
  'front.pem': front.cert,
  'front-key.pem': front.key,
})) {
  writeFileSync(join(cwd, 'etc', name), content);
}
let release = (): void => {};
let asked = 0;
const upstream = https.createServer({ cert: api.cert, key: api.key }, (request, response) => {
  asked++;
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

/** The lines of a good file; those that are given stand in place of others that begin alike. */
function config(name: string, changes: Readonly<Record<string, string>> = {}): string {
  const lines = {
    listen: '127.0.0.1:0',
    tls: '{ cert: { file: front.pem }, key: { file: front-key.pem } }',
    upstreams: `{ api: { to: "${to}", name: api.test, ca: { file: ca.pem } } }`,
    ...changes,
  };
  const path = join(cwd, 'etc', name);
  writeFileSync(
    path,
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return path;
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  /** The lines of stderr so far. */
  readonly lines: () => readonly string[];
  /** The first line from then on that is like this. */
  readonly line: (pattern: RegExp) => Promise<string>;
}

async function run(words: readonly string[]): Promise<Running> {
  const child = start(['proxy', ...words], { cwd });
  after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = (): readonly string[] => stderr.split('\n').slice(0, -1);
  const line = async (pattern: RegExp): Promise<string> => {
    for (const from = lines().length; ;) {
      const found = lines()
        .slice(from)
        .find((each) => pattern.test(each));
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(stderr);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const first = await line(/listening on/);
  return { child, lines, line, port: Number(/:(\d+), to/.exec(first)?.[1]) };
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

test('--config serves what the file says, and SIGHUP what it says then; no request is lost', async () => {
  const path = config('proxy.yaml');
  const { child, port, line } = await run(['--config', path, '--check', '-q']);
  assert.deepEqual(await ask(port, '/'), { status: 200, body: 'Host front.test' });
  const before = asked;
  const slow = ask(port, '/slow');
  while (asked === before) await new Promise((resolve) => setTimeout(resolve, 10));

  config('proxy.yaml', { routes: '[{ path: /only, to: api }]' });
  const reloaded = line(/reloaded/);
  child.kill('SIGHUP');
  assert.match(await reloaded, /^altname: reloaded: listening on https:\/\/127\.0\.0\.1:\d+, to api$/);
  assert.equal((await ask(port, '/')).status, 404);
  assert.equal((await ask(port, '/only')).status, 200);

  for (const [changes, expected] of [
    [
      { timeout: '1' },
      /not reloaded, what was before goes on: .*proxy\.yaml:4:1: timeout: there is no such option; did you mean timeouts\?/,
    ],
    [
      { tls: '{ dir: none }' },
      /not reloaded, .*proxy\.yaml:2:8: tls\.dir: .*etc\/none: there is no such directory/,
    ],
    [
      { upstreams: `{ api: { to: "${to}", name: app.test, ca: { file: ca.pem } } }` },
      /not reloaded, what was before goes on: an upstream is refused/,
    ],
  ] as const) {
    config('proxy.yaml', changes as Record<string, string>);
    const refused = line(/not reloaded/);
    child.kill('SIGHUP');
    assert.match(await refused, expected);
    assert.equal((await ask(port, '/only')).status, 200);
  }
  release();
  assert.equal((await slow).body, 'slow');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('--listen beside --config is in place of that of the file, after a reload, too', async () => {
  const path = config('listen.yaml', { listen: to.slice('https://'.length) });
  const { child, port, line } = await run(['--config', path, '--listen', '127.0.0.1:0', '-q']);
  const reloaded = line(/reloaded/);
  child.kill('SIGHUP');
  assert.match(await reloaded, new RegExp(`:${port}, `));
  child.kill('SIGTERM');
  await once(child, 'close');
});

for (const [title, words, exit, expected] of [
  ['a good file', ['--config', config('good.yaml'), '--test'], 0, /^altname: .*good\.yaml is good\n$/],
  [
    'good flags',
    ['--listen', '0', '--to', 'https://a.test', '--test'],
    0,
    /^altname: the configuration is good\n$/,
  ],
  [
    'a good file whose upstream is good',
    ['--config', config('good.yaml'), '--test', '--check'],
    0,
    /carries api\.test\naltname: .*is good\n$/,
  ],
  [
    'an upstream that is refused',
    [
      '--config',
      config('refused.yaml', { upstreams: `{ api: { to: "${to}", name: app.test, ca: { file: ca.pem } } }` }),
      '--test',
      '--check',
    ],
    1,
    /fix: upstreams\.api\.name: api\.test, only if this is the server you mean/,
  ],
  [
    'an address without a name',
    [
      '--config',
      config('nameless.yaml', { upstreams: `{ api: { to: "${to}", ca: { file: ca.pem } } }` }),
      '--test',
      '--check',
    ],
    2,
    /the certificate carries api\.test: .*\n[^]*altname: .*nameless\.yaml:3:14: upstreams\.api\.name: 127\.0\.0\.1 is an address/,
  ],
  [
    'nobody to ask',
    [
      '--config',
      config('nobody.yaml', { upstreams: '{ a: { to: "https://127.0.0.1:9", name: a.test } }' }),
      '--test',
      '--check',
    ],
    3,
    /refused/,
  ],
  [
    'two keys that nobody reads',
    ['--config', config('wrong.yaml', { timeout: '1', route: '[]' }), '--test'],
    2,
    /^altname: .*wrong\.yaml:4:1: timeout: .*\naltname: .*wrong\.yaml:5:1: route: .*did you mean routes\? .*\n$/,
  ],
  [
    'a directory of certificates that is not there',
    ['--config', config('dir.yaml', { tls: '{ dir: none }' }), '--test'],
    2,
    /^altname: .*dir\.yaml:2:8: tls\.dir: .*etc\/none: there is no such directory\n$/,
  ],
  ['no file', ['--config', 'none.yaml'], 2, /^altname: none\.yaml: there is no such file\n$/],
  [
    'flags beside a file',
    ['--config', 'none.yaml', '--to', 'https://a.test'],
    2,
    /^altname: --to does not go together with --config: it is said in the file\n$/,
  ],
  [
    'a bad --listen beside a file',
    ['--config', config('good.yaml'), '--listen', 'here'],
    2,
    /^altname: --listen "here": a port/,
  ],
  ['a word', ['--config', config('good.yaml'), 'x'], 2, /^altname: "x" is not an option\n$/],
] as const) {
  test(`${title}: exit ${exit}`, async () => {
    const found = await altname(['proxy', ...words], { cwd });
    assert.deepEqual([found.exit, found.stdout], [exit, ''], found.stderr);
    assert.match(found.stderr, expected);
    assert.doesNotMatch(found.stderr, /listening|\n +at /);
  });
}
