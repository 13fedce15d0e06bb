import { strict as assert } from 'node:assert';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRoot, selfSigned } from './authority.ts';
import { altname } from './command.ts';
import { closedPort, serveTls } from './servers.ts';
import { testTranscript } from './transcript.ts';

const day = 86_400_000;

async function files(): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-inspect-'));
  const root = await createRoot();
  const intermediate = await root.intermediate('Test Intermediate');
  const namesake = await root.intermediate('Test Intermediate');
  const leaf = await intermediate.issue({ names: ['a.test', '*.a.test', '192.0.2.1'], commonName: 'a.test' });
  const stranger = await (await createRoot('Stranger')).issue({ names: ['b.test'], commonName: 'b.test' });
  const expired = { notBefore: new Date(Date.now() - 100 * day), notAfter: new Date(Date.now() - 10 * day) };
  const early = { notBefore: new Date(Date.now() + 10 * day), notAfter: new Date(Date.now() + 100 * day) };
  const names = ['a.test'];
  const content: Record<string, string | Buffer> = {
    'fullchain.pem': leaf.chain,
    'leaf.pem': leaf.cert,
    'leaf.der': new X509Certificate(leaf.cert).raw,
    'reversed.pem': intermediate.cert + leaf.cert,
    'with-root.pem': leaf.chain + root.cert,
    'twice.pem': leaf.cert + leaf.chain,
    'unrelated.pem': leaf.chain + stranger.cert,
    'namesake.pem': leaf.cert + namesake.cert,
    'expired.pem': (await root.issue({ names, ...expired })).cert,
    'early.pem': (await root.issue({ names, ...early })).cert,
    'self.pem': (await selfSigned({ names })).cert,
    'root.pem': root.cert,
    'nameless.pem': (await root.issue({ names: [], commonName: '' })).cert,
    'cn-only.pem': (await root.issue({ names: [], commonName: 'cn.test' })).cert,
    'evil.pem': (await root.issue({ names: ['DNS:x\u001b[31m.test'], commonName: '\u001b]0;owned\u0007' }))
      .cert,
    'many.pem': (await root.issue({ names: Array.from({ length: 12 }, (_, i) => `n${i}.a.test`) })).cert,
  };
  for (const [name, bytes] of Object.entries(content)) writeFileSync(join(cwd, name), bytes);
  return cwd;
}

testTranscript('inspect.txt', async () => ({ values: {}, options: { cwd: await files() } }));

test('a host is asked, and its chain is shown as it sends it', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-inspect-host-'));
  const root = await createRoot();
  const leaf = await (
    await root.intermediate('Test Intermediate')
  ).issue({ names: ['a.test'], commonName: 'a.test' });
  writeFileSync(join(cwd, 'root.pem'), root.cert);
  const server = await serveTls({ ...leaf, chain: leaf.cert });
  t.after(() => server.close());
  const words = ['--connect', `127.0.0.1:${server.port}`, '--ca', 'root.pem', 'a.test'];
  const { stdout, exit } = await altname(['inspect', ...words], { cwd });
  assert.match(stdout, /^a\.test:\d+ {2}1 certificate\n\n1 {2}leaf +CN=a\.test\n/);
  assert.match(stdout, /intermediate-missing/);
  assert.match(stdout, /✗ a\.test:443 {2}refused: intermediate-missing/);
  assert.equal(exit, 1);
  const json = await altname(['inspect', '--json', ...words], { cwd });
  const parsed = JSON.parse(json.stdout) as {
    certificates: unknown[];
    chain: { kind: string };
    diagnosis: { verdict: string };
  };
  assert.equal(parsed.certificates.length, 1);
  assert.equal(parsed.chain.kind, 'chain');
  assert.equal(parsed.diagnosis.verdict, 'refused');
});

test('a host that cannot be asked exits 3', async () => {
  const { exit, stdout } = await altname(['inspect', `127.0.0.1:${await closedPort()}`]);
  assert.equal(exit, 3);
  assert.match(stdout, /unreachable: refused/);
});

test('an existing file wins over a host of that name', async () => {
  const cwd = await files();
  writeFileSync(join(cwd, 'localhost'), 'hello');
  const { stderr, exit } = await altname(['inspect', 'localhost'], { cwd });
  assert.equal(exit, 2);
  assert.match(stderr, /^altname: "localhost" is no certificate/);
});

test('--json is one object for each file, one a line', async () => {
  const cwd = await files();
  const { stdout, exit } = await altname(['inspect', '--json', 'fullchain.pem', 'expired.pem'], { cwd });
  const [chain, expired] = stdout
    .trimEnd()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          source: string;
          certificates: { names: { dns: string[] } }[];
          chain: { path: number[]; problems: { code: string; severity: string }[] };
        },
    );
  assert.equal(chain?.source, 'fullchain.pem');
  assert.deepEqual(chain?.certificates[0]?.names.dns, ['a.test', '*.a.test']);
  assert.deepEqual(chain?.chain.path, [0, 1]);
  assert.ok(expired?.chain.problems.some(({ code, severity }) => code === 'expired' && severity === 'error'));
  assert.equal(exit, 1);
});

test('a file of roots is no chain', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-inspect-roots-'));
  const roots = await Promise.all(Array.from({ length: 7 }, (_, i) => createRoot(`Root ${i}`)));
  writeFileSync(join(cwd, 'roots.pem'), roots.map(({ cert }) => cert).join(''));
  const { stdout, exit } = await altname(['inspect', 'roots.pem'], { cwd });
  assert.equal(exit, 0);
  assert.match(stdout, /^roots\.pem {2}7 authorities, and no leaf\n/);
  assert.match(stdout, /and 2 more \(--all shows them\)/);
  assert.doesNotMatch(stdout, /unrelated/);
});
