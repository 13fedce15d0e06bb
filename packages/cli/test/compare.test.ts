import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { after, before, test } from 'node:test';
import { createRoot, selfSigned, type Authority } from './authority.ts';
import { altname } from './command.ts';
import { closedPort, serveSilence, serveTls, type Running } from './servers.ts';

interface Compared {
  readonly program: string;
  readonly version: string | null;
  readonly verdict: string;
  readonly words: string;
  readonly sent: string | null;
  readonly checked: string;
  readonly command: string;
  readonly differs: boolean;
  readonly why: readonly string[];
}

const missing = ['openssl', 'curl'].filter((program) => spawnSync(program, ['version']).error !== undefined);
const skip = missing.length > 0 ? `${missing.join(' and ')} is not installed here` : false;

const cwd = mkdtempSync(join(tmpdir(), 'altname-compare-'));
const open: Running[] = [];
let root: Authority;
let server: Running;

before(async () => {
  root = await createRoot();
  server = await serve(['*.a.test', 'localhost', '127.0.0.1']);
  writeFileSync(join(cwd, 'root.pem'), root.cert);
});

after(async () => {
  for (const running of open) await running.close();
});

async function serve(names: readonly string[], commonName?: string): Promise<Running> {
  const running = await serveTls(
    await root.issue({ names, ...(commonName === undefined ? {} : { commonName }) }),
  );
  open.push(running);
  return running;
}

async function compare(
  words: readonly string[],
): Promise<{ node: string; openssl: Compared; curl: Compared }> {
  const { stdout, stderr } = await altname(['check', '--json', '--compare', 'openssl,curl', ...words], {
    cwd,
  });
  assert.equal(stderr, '');
  const { verdict, compare: compared } = JSON.parse(stdout) as { verdict: string; compare: Compared[] };
  const [openssl, curl] = compared;
  assert.ok(openssl?.program === 'openssl' && curl?.program === 'curl');
  return { node: verdict, openssl, curl };
}

const to = (running: Running): string[] => ['--connect', `127.0.0.1:${running.port}`, '--ca', 'root.pem'];

test('all three accept what is right', { skip }, async () => {
  const { node, openssl, curl } = await compare([...to(server), 'www.a.test']);
  assert.equal(node, 'accepted');
  for (const answer of [openssl, curl]) {
    assert.equal(answer.verdict, 'accepts');
    assert.equal(answer.sent, 'www.a.test');
    assert.equal(answer.checked, 'www.a.test');
    assert.match(answer.version ?? '', /^\d+\.\d+/);
    assert.deepEqual([answer.differs, answer.why], [false, []]);
  }
});

test('all three refuse a wrong name, in their own words: the name is verified', { skip }, async () => {
  const { node, openssl, curl } = await compare([...to(server), 'x.www.a.test']);
  assert.equal(node, 'refused');
  assert.equal(openssl.verdict, 'refuses');
  assert.match(openssl.words, /hostname mismatch/i);
  assert.equal(curl.verdict, 'refuses');
  assert.match(curl.words, /x\.www\.a\.test/);
  assert.deepEqual([openssl.differs, curl.differs], [false, false]);
});

test('an address is verified as an address, without a server name', { skip }, async () => {
  const { node, openssl, curl } = await compare(['--ca', 'root.pem', `127.0.0.1:${server.port}`]);
  assert.deepEqual([node, openssl.verdict, curl.verdict], ['accepted', 'accepts', 'accepts']);
  assert.deepEqual([openssl.sent, curl.sent], [null, null]);
  assert.match(openssl.command, /-noservername -verify_ip 127\.0\.0\.1/);
});

test('an untrusted chain is refused by all: the chain is verified', { skip }, async () => {
  const { node, openssl, curl } = await compare(['--connect', `127.0.0.1:${server.port}`, 'www.a.test']);
  assert.deepEqual([node, openssl.verdict, curl.verdict], ['refused', 'refuses', 'refuses']);
});

test('roots that only Node was given are the reason when they differ', { skip }, async () => {
  const { stdout } = await altname(
    ['check', '--json', '--compare', 'openssl,curl', '--connect', `127.0.0.1:${server.port}`, 'www.a.test'],
    { cwd, env: { NODE_EXTRA_CA_CERTS: join(cwd, 'root.pem') } },
  );
  const { verdict, compare: compared } = JSON.parse(stdout) as { verdict: string; compare: Compared[] };
  assert.equal(verdict, 'accepted');
  for (const { verdict: theirs, differs, why } of compared) {
    assert.equal(theirs, 'refuses');
    assert.equal(differs, true);
    assert.match(why.join('\n'), /^roots: Node used .*NODE_EXTRA_CA_CERTS/);
  }
});

test('a partial wildcard is the reason when curl and Node differ', { skip }, async () => {
  const partial = await serve(['f*.a.test']);
  const { node, curl } = await compare([...to(partial), 'foo.a.test']);
  assert.equal(node, 'accepted');
  assert.equal(curl.verdict, 'refuses');
  assert.match(curl.why.join('\n'), /^partial wildcard: Node lets/);
});

test('the server name is the reason when Node sends none and curl does', { skip }, async () => {
  const [fallback, named] = [
    await root.issue({ names: ['default.test'] }),
    await root.issue({ names: ['b.test'] }),
  ];
  const context = createSecureContext({ cert: named.chain, key: named.key });
  const picky = await serveTls(fallback, {
    SNICallback: (name, done) => done(null, name === 'b.test' ? context : undefined),
  });
  open.push(picky);
  const { node, openssl, curl } = await compare([...to(picky), '--no-servername', 'b.test']);
  assert.equal(node, 'refused');
  assert.equal(openssl.verdict, 'refuses', 'openssl is asked as Node was');
  assert.equal(curl.verdict, 'accepts');
  assert.match(curl.why.join('\n'), /^server name: curl sent b\.test, Node sent none/);
});

test('the common name is told apart', { skip }, async () => {
  const cnOnly = await serveTls(await selfSigned({ names: [], commonName: 'cn.test' }));
  open.push(cnOnly);
  const { openssl, curl, node } = await compare(['--connect', `127.0.0.1:${cnOnly.port}`, 'cn.test']);
  assert.deepEqual([node, openssl.verdict, curl.verdict], ['refused', 'refuses', 'refuses']);
});

test('nobody to ask is not a refusal', { skip }, async () => {
  const { node, openssl, curl } = await compare([`127.0.0.1:${await closedPort()}`]);
  assert.deepEqual([node, openssl.verdict, curl.verdict], ['unreachable', 'could-not-ask', 'could-not-ask']);
  assert.deepEqual([openssl.why, curl.why], [[], []]);
});

test('a server that says nothing costs no more than the time that was given', { skip }, async () => {
  const silent = await serveSilence();
  open.push(silent);
  const started = performance.now();
  const { openssl, curl } = await compare(['--timeout', '1s', `127.0.0.1:${silent.port}`]);
  assert.deepEqual([openssl.verdict, curl.verdict], ['could-not-ask', 'could-not-ask']);
  assert.ok(performance.now() - started < 15_000);
});

test('a program that is not installed is said so', async () => {
  const { stdout } = await altname(['check', '--json', '--compare', 'curl', ...to(server), 'www.a.test'], {
    cwd,
    env: { PATH: cwd },
  });
  const { compare: compared } = JSON.parse(stdout) as { compare: Compared[] };
  assert.deepEqual(
    compared.map(({ version, verdict, words }) => [version, verdict, words]),
    [[null, 'could-not-ask', 'curl is not installed']],
  );
});

test('a name is never read by a shell, and the command can be tried by hand', { skip }, async () => {
  const { openssl, curl } = await compare([
    ...to(server),
    '--servername',
    '$(touch${IFS}owned);x.a.test',
    'www.a.test',
  ]);
  assert.match(openssl.command, /'\$\(touch\$\{IFS\}owned\);x\.a\.test'/);
  assert.match(curl.command, /^curl -q -sS /);
});

test('for people: a line for each, and why', { skip }, async () => {
  const partial = await serve(['f*.a.test']);
  const { stdout } = await altname(['check', '--compare', 'openssl,curl', ...to(partial), 'foo.a.test'], {
    cwd,
  });
  const block = stdout.slice(stdout.indexOf('  Compared\n'));
  assert.match(block, /^ {2}Node \d\S+ +accepts$/m);
  assert.match(block, /^ {2}openssl \d\S+ +accepts/m);
  assert.match(block, /^ {2}curl \d\S+ +refuses {8}/m);
  assert.match(block, /^ {2}Why curl and Node differ\n {4}partial wildcard: /m);
  assert.ok(block.split('\n').every((line) => line.length <= 80));
  const line = await altname(
    ['check', '--reporter', 'line', '--compare', 'curl', ...to(server), 'www.a.test'],
    { cwd },
  );
  assert.match(line.stdout, /^✓ [^\n]+\n {2}Compared\n {2}Node /);
});
