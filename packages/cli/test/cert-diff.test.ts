import { strict as assert } from 'node:assert';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRoot } from './authority.ts';
import { altname, type Ended } from './command.ts';

const dir = mkdtempSync(join(tmpdir(), 'altname-diff-'));
after(() => rmSync(dir, { recursive: true }));

function diff(...words: readonly string[]): Promise<Ended> {
  return altname(['cert', 'diff', ...words], { cwd: dir });
}

before(async () => {
  const root = await createRoot();
  const middle = await root.intermediate('Middle');
  const old = await middle.issue({ names: ['*.a.test', 'a.test', '10.0.0.1'] });
  const fresh = await middle.issue({ names: ['x.a.test', 'a.test', 'b.test'] });
  const same = await middle.issue({ names: ['a.test', '*.a.test', '10.0.0.1'] });
  writeFileSync(join(dir, 'old.pem'), old.chain);
  writeFileSync(join(dir, 'new.pem'), fresh.chain);
  writeFileSync(join(dir, 'same.pem'), same.chain);
  writeFileSync(join(dir, 'leaf.der'), new X509Certificate(same.cert).raw);
  writeFileSync(join(dir, 'names.txt'), 'a.test\nx.a.test\nnot a name\n'.replace('not a name', 'a:443'));
  writeFileSync(join(dir, 'lost.txt'), 'y.a.test\n10.0.0.1\n');
  writeFileSync(
    join(dir, 'svc.yaml'),
    'apiVersion: v1\nkind: Service\nmetadata: { name: y, namespace: a }\n',
  );
});

describe('altname cert diff', () => {
  it('says which names of the old one stop working, and exits with 1', async () => {
    const { exit, stdout } = await diff('old.pem', 'new.pem');
    assert.equal(exit, 1);
    assert.match(stdout, /^✗ 2 names stop working$/m);
    const text = stdout.replace(/\s+/g, ' ');
    assert.match(text, /✗ \*\.a\.test every host directly under a\.test but x\.a\.test OLD/);
    assert.match(text, /✗ 10\.0\.0\.1 not on the new one OLD/);
    assert.match(text, /Would begin to work ✓ b\.test NEW/);
  });

  it('goes by the names in use, and exits with 0 when they all stay', async () => {
    const { exit, stdout } = await diff('old.pem', 'new.pem', '--names', 'names.txt');
    assert.equal(exit, 0);
    assert.match(stdout, /^✓ no name in use stops working$/m);
    assert.match(stdout, /^2 names stay as they are$/m);
    assert.match(
      stdout.replace(/\s+/g, ' '),
      /names\.txt: line 3: "a:443" cannot be on a certificate: it carries a port/,
    );
  });

  it('takes more than one source of names, and one from stdin', async () => {
    const words = ['cert', 'diff', 'old.pem', 'new.pem', '--names', 'svc.yaml', '--names', '-', '--all'];
    const { exit, stdout } = await altname(words, { cwd: dir, stdin: 'y.a.test\n' });
    assert.equal(exit, 1);
    assert.match(stdout, /y\.a\.test {2}not on the new one {2}standard input: line 1/);
    assert.match(stdout, /y\.a\.svc\.cluster\.local/);
  });

  it('is quiet about a new one with the same names', async () => {
    const { exit, stdout } = await diff('old.pem', 'same.pem');
    assert.equal(exit, 0);
    assert.match(stdout, /^✓ no name of the old one stops working$/m);
  });

  it('reads DER, and sees that the intermediate is missing there', async () => {
    const { exit, stdout } = await diff('old.pem', 'leaf.der');
    assert.equal(exit, 1);
    assert.match(stdout, /^✗ 1 change makes clients refuse$/m);
    assert.match(stdout, /✗ intermediate-missing: /);
  });

  it('prints one object with --json, its keys as they stay', async () => {
    const { exit, stdout } = await diff('old.pem', 'new.pem', '--names', 'lost.txt', '--json');
    assert.equal(exit, 1);
    const answer = JSON.parse(stdout);
    assert.deepEqual(Object.keys(answer), ['version', 'old', 'new', 'breaks', 'names', 'changes', 'leftOut']);
    assert.deepEqual(Object.keys(answer.old), [
      'file',
      'sha256',
      'subject',
      'issuer',
      'notBefore',
      'notAfter',
    ]);
    assert.deepEqual(answer.names[0], {
      name: { kind: 'dns', value: 'y.a.test' },
      change: 'breaks',
      why: 'not on the new one',
      from: ['lost.txt: line 1'],
    });
    assert.equal(answer.breaks, true);
    for (const change of answer.changes) {
      assert.deepEqual(Object.keys(change), ['code', 'severity', 'before', 'after', 'message']);
    }
  });

  it('prints ASCII alone when asked', async () => {
    const { stdout } = await diff('old.pem', 'new.pem', '--ascii');
    assert.match(stdout, /^[\n\u0020-\u007e]*$/);
    assert.match(stdout, /^x 2 names stop working$/m);
  });

  it('is coloured where that is asked for, and not with --no-color', async () => {
    const env = { FORCE_COLOR: '1' };
    const words = ['cert', 'diff', 'old.pem', 'new.pem'];
    assert.match((await altname(words, { cwd: dir, env })).stdout, /\u001b\[31m✗/);
    assert.doesNotMatch((await altname([...words, '--no-color'], { cwd: dir, env })).stdout, /\u001b/);
  });

  for (const [words, expected] of [
    [['old.pem'], /^altname: two files are expected: altname cert diff OLD NEW\nhint: /],
    [['old.pem', 'new.pem', 'same.pem'], /two files are expected/],
    [['old.pem', 'none.pem'], /none\.pem".*there is no such file/],
    [['old.pem', 'names.txt'], /names\.txt" is no certificate that can be read/],
    [['-', '-'], /standard input \("-"\) can be one of the files alone/],
    [['old.pem', 'new.pem', '--names', 'none'], /^altname: "none" is not there/],
    [['old.pem', 'new.pem', '--name', 'x'], /unknown option "--name"/],
  ] as const) {
    it(`says in one line what is wrong with ${words.join(' ')}`, async () => {
      const { exit, stdout, stderr } = await diff(...words);
      assert.deepEqual([exit, stdout], [2, '']);
      assert.match(stderr, expected);
    });
  }
});

describe('the README', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../../certs/README.md', import.meta.url)), 'utf8');
  const section = /^## altname cert diff\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  /** What differs from run to run. */
  const settled = (text: string): string =>
    text.replace(/[0-9a-f]{64}/g, '<sha256>').replace(/\d{4}-\d\d-\d\d/g, '<date>');

  it('shows what is printed', async () => {
    const cwd = mkdtempSync(join(dir, 'readme-'));
    const root = await createRoot('Example Root');
    const [first, second] = [await root.intermediate('Example R1'), await root.intermediate('Example R2')];
    const old = await first.issue({ names: ['*.shop.example.com', 'shop.example.com'] });
    const fresh = await second.issue({
      names: ['shop.example.com', 'www.shop.example.com', '*.example.com'],
    });
    writeFileSync(join(cwd, 'old.pem'), old.chain);
    writeFileSync(join(cwd, 'new.pem'), fresh.chain);
    const names = ['shop', 'www.shop', 'api.shop', 'blog'].map((name) => `${name}.example.com\n`);
    writeFileSync(join(cwd, 'names.txt'), names.join(''));
    const [, command = '', shown = ''] = /```\n\$ altname ([^\n]*)\n(.*?)```/s.exec(section) ?? [];
    const { exit, stdout } = await altname(command.split(' '), { cwd });
    assert.deepEqual([exit, settled(stdout)], [1, settled(shown)]);
  });
});
