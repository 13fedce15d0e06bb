import { strict as assert } from 'node:assert';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { createRoot, selfSigned, type Authority } from './authority.ts';
import { altname, type Ended } from './command.ts';
import { closedPort, serveSilence, serveTls, type Running } from './servers.ts';

/** What of the JSON the tests below look at. */
interface Answer {
  readonly target: string;
  readonly verdict: string;
  readonly client: string | null;
  readonly names: Readonly<
    Record<'asked' | 'sent' | 'checked' | 'host', { value: string | null; from: string }>
  > & {
    readonly dialled: { readonly host: string; readonly port: number; readonly address: string | null };
  };
  readonly cause: { readonly code: string } | null;
  readonly findings: readonly { readonly code: string }[];
  readonly fixes: readonly { readonly code: string | null }[];
  readonly attempts: readonly { readonly outcome: { readonly kind: string; readonly protocol?: string } }[];
  readonly trust: { readonly used: readonly string[]; readonly file: string | null };
}

const cwd = mkdtempSync(join(tmpdir(), 'altname-check-'));
let root: Authority;
/** `*.a.test` by default, `other.test` for its name; asks for nothing. */
let server: Running;
let silent: Running;

before(async () => {
  root = await createRoot();
  const wildcard = await root.issue({ names: ['*.a.test', 'a.test'] });
  const other = await root.issue({ names: ['other.test'] });
  const contexts = new Map([['other.test', createSecureContext({ cert: other.chain, key: other.key })]]);
  server = await serveTls(wildcard, {
    SNICallback: (name, done) => done(null, contexts.get(name)),
  });
  silent = await serveSilence();
  writeFileSync(join(cwd, 'root.pem'), root.cert);
  writeFileSync(join(cwd, 'stranger.pem'), (await createRoot('Stranger')).cert);
});

after(async () => {
  await server.close();
  await silent.close();
});

function check(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return altname(['check', '--connect', `127.0.0.1:${server.port}`, '--ca', 'root.pem', ...words], {
    cwd,
    env,
  });
}

async function answer(words: readonly string[]): Promise<Answer> {
  const { stdout, stderr } = await check(['--json', ...words]);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Answer;
}

test('an accepted name exits 0, and says by what it was matched', async () => {
  const { exit, stdout, stderr } = await check(['www.a.test']);
  assert.equal(exit, 0);
  assert.match(stdout, /^✓ www\.a\.test:443 {2}accepted: matched by \*\.a\.test/);
  assert.equal(stderr, '');
});

test('a refused name exits 1, with the grid and the fixes', async () => {
  const { exit, stdout } = await check(['b.www.a.test']);
  assert.equal(exit, 1);
  assert.match(stdout, /^✗ b\.www\.a\.test:443 {2}refused: wildcard-depth\n/);
  assert.match(stdout, /presented │ +\*\.a\.test\n +│ \^ /);
  assert.match(stdout, /Fixes, most likely first/);
  assert.doesNotMatch(stdout, /rejectUnauthorized/);
});

test('a host that cannot be asked exits 3', async () => {
  const port = await closedPort();
  const { exit, stdout } = await altname(['check', `127.0.0.1:${port}`, '--timeout', '3s']);
  assert.equal(exit, 3);
  assert.match(stdout, /^\? 127\.0\.0\.1:\d+ {2}unreachable: refused/);
});

test('--timeout bounds a server that says nothing', async () => {
  const started = performance.now();
  const { exit, stdout } = await altname([
    'check',
    '--json',
    `127.0.0.1:${silent.port}`,
    '--timeout',
    '700ms',
  ]);
  assert.equal((JSON.parse(stdout) as Answer).cause?.code, 'timeout');
  assert.equal(exit, 3);
  assert.ok(performance.now() - started < 6000);
});

test('--connect dials another place and leaves the other names alone', async () => {
  const { names } = await answer(['www.a.test']);
  assert.equal(names.dialled.host, '127.0.0.1');
  assert.equal(names.dialled.port, server.port);
  assert.equal(names.sent.value, 'www.a.test');
  assert.equal(names.checked.value, 'www.a.test');
});

test('--servername is sent and checked', async () => {
  const { names, verdict } = await answer(['--servername', 'other.test', 'www.a.test']);
  assert.equal(names.sent.value, 'other.test');
  assert.equal(names.sent.from, 'option-servername');
  assert.equal(names.checked.value, 'other.test');
  assert.equal(verdict, 'accepted');
});

test('--no-servername sends none', async () => {
  const { names } = await answer(['--no-servername', 'other.test']);
  assert.deepEqual(names.sent, { value: null, from: 'switched-off' });
});

test('--name is checked, whatever is sent', async () => {
  const { names, verdict } = await answer(['--name', 'other.test', 'www.a.test']);
  assert.equal(names.sent.value, 'www.a.test');
  assert.equal(names.checked.value, 'other.test');
  assert.equal(verdict, 'refused');
});

test('--host-header becomes the server name, and is the cause', async () => {
  const { names, cause } = await answer(['--host-header', 'shop.example', 'https://www.a.test/']);
  assert.equal(names.host.value, 'shop.example');
  assert.equal(names.sent.value, 'shop.example');
  assert.equal(cause?.code, 'sni-from-host-header');
});

test('--ca gives the roots, and they alone count', async () => {
  const { trust } = await answer(['www.a.test']);
  assert.deepEqual(trust.used, ['ca']);
  assert.equal(trust.file, 'root.pem');
  const without = await altname(['check', '--connect', `127.0.0.1:${server.port}`, '--json', 'www.a.test'], {
    cwd,
  });
  assert.equal(without.exit, 1);
  const stranger = await altname(
    ['check', '--connect', `127.0.0.1:${server.port}`, '--ca', 'stranger.pem', '--json', 'www.a.test'],
    { cwd },
  );
  assert.equal((JSON.parse(stranger.stdout) as Answer).verdict, 'refused');
});

test('NODE_EXTRA_CA_CERTS counts where --ca is not given', async () => {
  const words = ['check', '--connect', `127.0.0.1:${server.port}`, '--json', 'www.a.test'];
  const { exit, stdout } = await altname(words, { cwd, env: { NODE_EXTRA_CA_CERTS: join(cwd, 'root.pem') } });
  assert.equal(exit, 0);
  assert.ok((JSON.parse(stdout) as Answer).trust.used.includes('extra'));
});

test('--system-ca adds the roots of the system, or says which Node has it', async () => {
  const words = ['check', '--connect', `127.0.0.1:${server.port}`, '--system-ca', '--json', 'www.a.test'];
  const { exit, stdout, stderr } = await altname(words, { cwd });
  if (exit === 2) assert.match(stderr, /^altname: the system store needs Node 22\.15/);
  else assert.ok((JSON.parse(stdout) as Answer).trust.used.includes('system'));
});

test('--client chooses the code of the fixes', async () => {
  const words = ['--client', 'pg', '--no-servername', 'other.test'];
  const { client } = await answer(words);
  assert.equal(client, 'pg');
  assert.match((await check(words)).stdout, /code for pg/);
});

test('--starttls speaks the protocol before TLS', async () => {
  const { exit, stdout } = await altname(
    ['check', '--starttls', 'smtp', '--json', '--timeout', '2s', `127.0.0.1:${server.port}`],
    { cwd },
  );
  // The server speaks TLS at once: that is no SMTP.
  assert.notEqual(exit, 0);
  assert.notEqual((JSON.parse(stdout) as Answer).attempts[0]?.outcome.kind, 'handshake');
});

test('-4 and -6 choose the family of addresses', async () => {
  const words = (flag: string): string[] => [
    'check',
    flag,
    '--json',
    '--timeout',
    '2s',
    `localhost:${server.port}`,
  ];
  const four = JSON.parse((await altname(words('-4'))).stdout) as Answer;
  assert.equal(four.names.dialled.address, '127.0.0.1');
  const six = JSON.parse((await altname(words('-6'))).stdout) as Answer;
  assert.notEqual(six.names.dialled.address, '127.0.0.1');
});

test('--min-tls and --max-tls bound the version', async () => {
  const protocol = async (...words: string[]): Promise<string | undefined> =>
    (await answer([...words, 'www.a.test'])).attempts[0]?.outcome.protocol;
  assert.equal(await protocol('--max-tls', '1.2'), 'TLSv1.2');
  assert.equal(await protocol('--min-tls', '1.3'), 'TLSv1.3');
});

test('--dns asks the given server and no other', async () => {
  const port = await closedPort();
  const { exit, stdout } = await altname([
    'check',
    '--dns',
    `127.0.0.1:${port}`,
    '--search',
    'corp.test',
    '--json',
    '--timeout',
    '2s',
    'www.a.test',
  ]);
  assert.equal(exit, 3);
  assert.equal((JSON.parse(stdout) as Answer).verdict, 'unreachable');
});

test('--json is one line that stays ASCII-safe, and the same as --reporter json', async () => {
  const { stdout } = await check(['--json', 'www.a.test']);
  assert.equal(stdout.split('\n').length, 2);
  const again = await check(['--reporter', 'json', 'www.a.test']);
  assert.deepEqual(
    Object.keys(JSON.parse(again.stdout) as object),
    Object.keys(JSON.parse(stdout) as object),
  );
});

test('--reporter line is one line', async () => {
  const { stdout } = await check(['--reporter', 'line', 'b.www.a.test']);
  assert.match(stdout, /^✗ b\.www\.a\.test:443 +wildcard-depth [^\n]+\n$/);
});

test('--reporter github writes workflow commands, and nothing for what is accepted', async () => {
  assert.match(
    (await check(['--reporter', 'github', 'b.www.a.test'])).stdout,
    /^::error title=wildcard-depth::/,
  );
  assert.equal((await check(['--reporter', 'github', 'www.a.test'])).stdout, '');
});

test('--reporter nagios has the exit codes of a Nagios plugin', async (t) => {
  const fine = await check(['--reporter', 'nagios', 'www.a.test']);
  assert.match(fine.stdout, /^ALTNAME OK: /);
  assert.equal(fine.exit, 0);
  const wrong = await check(['--reporter', 'nagios', 'b.www.a.test']);
  assert.match(wrong.stdout, /^ALTNAME CRITICAL: /);
  assert.equal(wrong.exit, 2);
  const soon = await serveTls(
    await root.issue({ names: ['soon.test'], notAfter: new Date(Date.now() + 10 * 86_400_000) }),
  );
  t.after(() => soon.close());
  const near = await altname(
    ['check', '--reporter', 'nagios', '--ca', 'root.pem', '--connect', `127.0.0.1:${soon.port}`, 'soon.test'],
    { cwd },
  );
  assert.match(near.stdout, /^ALTNAME WARNING: /);
  assert.equal(near.exit, 1);
});

test('--all shows every name of the certificate', async (t) => {
  const many = await serveTls(
    await root.issue({ names: Array.from({ length: 9 }, (_, i) => `n${i}.a.test`) }),
  );
  t.after(() => many.close());
  const words = ['check', '--ca', 'root.pem', '--connect', `127.0.0.1:${many.port}`, 'x.a.test'];
  const few = await altname(words, { cwd });
  const all = await altname([...words, '--all'], { cwd });
  assert.doesNotMatch(few.stdout, /n8\.a\.test/);
  assert.match(all.stdout, /n8\.a\.test/);
});

test('--ascii keeps to ASCII', async () => {
  const { stdout } = await check(['--ascii', 'b.www.a.test']);
  // eslint-disable-next-line no-control-regex
  assert.match(stdout, /^[\u0000-\u007f]+$/);
});

test('colour is only there when it is asked for, and --no-color wins', async () => {
  const escape = '\u001b[';
  assert.ok(!(await check(['www.a.test'])).stdout.includes(escape));
  assert.ok((await check(['www.a.test'], { FORCE_COLOR: '1' })).stdout.includes(escape));
  assert.ok(!(await check(['--no-color', 'www.a.test'], { FORCE_COLOR: '1' })).stdout.includes(escape));
  assert.ok(!(await check(['www.a.test'], { FORCE_COLOR: '0' })).stdout.includes(escape));
  assert.ok(!(await check(['www.a.test'], { NO_COLOR: '1' })).stdout.includes(escape));
});

test('-q prints nothing of what is accepted, and all of what is not', async () => {
  assert.deepEqual(await check(['-q', 'www.a.test']), { exit: 0, stdout: '', stderr: '' });
  assert.match((await check(['--quiet', 'b.www.a.test'])).stdout, /wildcard-depth/);
});

test('several targets are a line each, in their order, and a summary', async () => {
  const { exit, stdout, stderr } = await check(['www.a.test', 'b.www.a.test', 'a.test']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? '', /^✓ www\.a\.test:443 /);
  assert.match(lines[1] ?? '', /^✗ b\.www\.a\.test:443 /);
  assert.match(lines[2] ?? '', /^✓ a\.test:443 /);
  assert.match(lines[3] ?? '', /^altname: 2 ok, 1 mismatched · 3 targets · .+ · exit 1$/);
  assert.equal(exit, 1);
  assert.equal(stderr, '');
});

test('several targets with --reporter pretty stand apart by an empty line', async () => {
  const { stdout } = await check(['--reporter', 'pretty', 'www.a.test', 'a.test']);
  assert.match(stdout, /\n\n✓ a\.test:443/);
  assert.match(stdout, /\n\naltname: 2 ok · 2 targets/);
});

test('a servername pinned for several targets is found out', async () => {
  const { stdout } = await check(['--json', '--servername', 'third.test', 'www.a.test', 'other.test']);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  assert.equal(answers.length, 2);
  assert.ok(answers[1]?.findings.some(({ code }) => code === 'pinned-servername-reused'));
});

test('credentials of a URL are in no output', async () => {
  for (const reporter of ['pretty', 'line', 'json', 'github', 'nagios']) {
    const { stdout, stderr } = await check(['--reporter', reporter, 'https://me:hunter2@b.www.a.test/']);
    assert.ok(!`${stdout}${stderr}`.includes('hunter2'), reporter);
  }
});

test('names on a certificate cannot write to the terminal', async (t) => {
  const evil = await serveTls(
    await selfSigned({ names: ['DNS:x\u001b[31m.test'], commonName: '\u001b]0;owned\u0007' }),
  );
  t.after(() => evil.close());
  for (const reporter of ['pretty', 'line', 'json', 'github', 'nagios']) {
    const { stdout } = await altname(['check', '--reporter', reporter, `127.0.0.1:${evil.port}`]);
    assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u0007'), reporter);
  }
});
