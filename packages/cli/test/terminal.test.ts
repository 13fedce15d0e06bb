import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRoot } from './authority.ts';
import { serveTls, type Running } from './servers.ts';

/** `script` of util-linux gives a program a terminal. */
const skip =
  spawnSync('script', ['--version']).stdout?.includes('util-linux') === true
    ? false
    : 'script (util-linux) is not installed here';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'altname-terminal-'));
let server: Running;

before(async () => {
  const root = await createRoot();
  server = await serveTls(await root.issue({ names: ['127.0.0.1'] }));
  writeFileSync(join(cwd, 'root.pem'), root.cert);
  writeFileSync(join(cwd, 'hosts.txt'), `127.0.0.1:${server.port}\n`.repeat(60));
});

after(() => server.close());

/** Runs a shell command line on a terminal, and returns everything that was written to it. */
function onTerminal(line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { FORCE_COLOR, NO_COLOR, ...rest } = process.env;
  void [FORCE_COLOR, NO_COLOR];
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd,
      env: { ...rest, TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
    child.stdin.on('error', () => {});
  });
}

const altname = `'${process.execPath}' '${main}'`;
const one = (): string => `${altname} check --ca root.pem 127.0.0.1:${server.port}`;

test('a terminal gets colour, unless NO_COLOR, --no-color or TERM=dumb forbids it', { skip }, async () => {
  const escape = '\u001b[32m';
  assert.ok((await onTerminal(one())).includes(escape));
  assert.ok(!(await onTerminal(one(), { NO_COLOR: '1' })).includes(escape));
  assert.ok(!(await onTerminal(`${one()} --no-color`)).includes(escape));
  assert.ok(!(await onTerminal(one(), { TERM: 'dumb' })).includes(escape));
  assert.ok((await onTerminal(one(), { NO_COLOR: '' })).includes(escape), 'an empty NO_COLOR says nothing');
});

test(
  'a progress line stands on stderr while there is more to come, and is gone at the end',
  { skip },
  async () => {
    const text = await onTerminal(`${altname} check --ca root.pem - < hosts.txt > out.txt`);
    assert.match(text, /\r\u001b\[Kaltname: \d+ checked, 0 of them wrong/);
    assert.ok(text.endsWith('\r\u001b[K'));
    const out = readFileSync(join(cwd, 'out.txt'), 'utf8');
    assert.ok(!out.includes('\u001b'));
    assert.match(out, /altname: 60 ok · 60 targets/);
  },
);

test('there is no progress line where nobody sees it', { skip }, async () => {
  const text = await onTerminal(`${altname} check --ca root.pem - < hosts.txt 2> err.txt > out.txt`);
  assert.equal(text, '');
  assert.equal(readFileSync(join(cwd, 'err.txt'), 'utf8'), '');
});

test('explain without anything on a terminal does not wait', { skip }, async () => {
  assert.match(await onTerminal(`${altname} explain`), /^altname: a code or an error text is expected/);
});
