import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  caDirectory,
  issueLeaf,
  openAuthority,
  parseSubtree,
  parseWantedName,
  subtreeText,
  developmentSubtrees,
  readTrustRoot,
  type Subtree,
} from '@altname/certs';
import { readCertificate } from '@altname/core';
import { newAuthority } from '../src/authority/new-authority.ts';
import { scratch } from './scratch.ts';

const index = fileURLToPath(import.meta.resolve('@altname/certs'));

describe('a CA', () => {
  it('is made once, and opened after that', async () => {
    const dir = join(await scratch(), 'deep', 'ca-dir');
    assert.equal(await openAuthority(dir, { create: false }), null);
    const made = await openAuthority(dir);
    const opened = await openAuthority(dir);
    assert.deepEqual([made.made, opened.made], [true, false]);
    assert.equal(opened.certificate, made.certificate);
    assert.equal(await readFile(made.certificateFile, 'utf8'), made.certificate);
    assert.deepEqual(await readdir(dir), ['ca']);
    if (process.platform !== 'win32') {
      assert.equal((await stat(made.keyFile)).mode & 0o777, 0o600);
      assert.equal((await stat(dir)).mode & 0o777, 0o700);
    }
  });

  it('has an issuer that is held to servers and to the permitted names, and a root without a key', async () => {
    const { certificate, issuer, issuerKey, permitted } = await openAuthority(await scratch());
    const [root, below] = [readCertificate(certificate), readCertificate(issuer)];
    assert.deepEqual(below.extendedKeyUsage, ['serverAuth']);
    assert.deepEqual(below.basicConstraints, { ca: true, pathLength: 0 });
    const [limits, above] = [below.nameConstraints, root.nameConstraints];
    assert.ok(limits !== null && limits !== 'malformed' && above !== null && above !== 'malformed');
    assert.deepEqual(limits.permitted, above.permitted);
    // Every directory name, so that no certificate below has a common name.
    assert.deepEqual(limits.excluded, [{ kind: 'directory', value: '3000' }]);
    assert.equal(
      new X509Certificate(certificate).checkPrivateKey(
        (await import('node:crypto')).createPrivateKey(issuerKey),
      ),
      false,
    );
    assert.deepEqual(permitted, [
      ...['localhost', 'local', 'test', 'internal', 'home.arpa'],
      ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
      ...['::1/128', 'fc00::/7', 'fe80::/10'],
    ]);
  });

  it('may sign for more only when it is made so', async () => {
    const dir = await scratch();
    const permit = ['dev.example.com', '203.0.113.0/24', 'db'].map(parseSubtree);
    const wide = await openAuthority(join(dir, 'wide'), { permit });
    assert.deepEqual(wide.permitted.slice(-3), ['dev.example.com', '203.0.113.0/24', 'db']);
    await issueLeaf(wide, ['api.dev.example.com', '203.0.113.7', 'db'].map(parseWantedName));
    await assert.rejects(issueLeaf(wide, [parseWantedName('example.com')]), {
      code: 'ALTNAME_BAD_AUTHORITY',
    });
    await openAuthority(join(dir, 'narrow'));
    await assert.rejects(openAuthority(join(dir, 'narrow'), { permit }), {
      code: 'ALTNAME_BAD_AUTHORITY',
      message: /may not sign for dev\.example\.com, 203\.0\.113\.0\/24, db/,
    });
  });

  for (const text of [
    'com',
    'de',
    'co.uk',
    'github.io',
    '*.example.com',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '::/0',
    '',
    '/8',
    'a b',
    '10.0.0.0/33',
    'https://a.test',
    'a.test/24',
  ]) {
    it(`is never permitted ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSubtree(text), { code: 'ALTNAME_BAD_OPTION', message: /^permit "/ });
    });
  }

  it('reads what it may sign for as it is written', () => {
    assert.deepEqual(
      ['Dev.Example.com', '10.1.0.0/16', '::1'].map((text) => subtreeText(parseSubtree(text))),
      ['dev.example.com', '10.1.0.0/16', '::1/128'],
    );
  });

  it('is refused when a part of it is missing, damaged or of another', async () => {
    const [dir, other] = [await scratch(), await openAuthority(await scratch())];
    const { certificateFile, keyFile, issuerKey } = await openAuthority(dir);
    const refused = (message: RegExp): Promise<void> =>
      assert.rejects(openAuthority(dir), { code: 'ALTNAME_BAD_AUTHORITY', message });
    await writeFile(keyFile, other.issuerKey);
    await refused(/do not belong together/);
    await writeFile(keyFile, issuerKey.slice(0, 60));
    await refused(/do not belong together/);
    await rm(keyFile);
    await refused(/issuer-key\.pem cannot be read \(ENOENT\)/);
    await writeFile(keyFile, issuerKey);
    await writeFile(certificateFile, 'x');
    await refused(/ca\.pem is no certificate/);
    await writeFile(certificateFile, other.certificate);
    await refused(/do not belong together/);
  });

  it('is refused when it may sign for strangers, whoever made it', async () => {
    const wide: readonly (readonly Subtree[])[] = [
      [...developmentSubtrees, { kind: 'dns', domain: 'com' }],
      [...developmentSubtrees, { kind: 'dns', domain: '' }],
      [...developmentSubtrees, { kind: 'ip', address: '0.0.0.0', prefix: 0 }],
      developmentSubtrees.filter(({ kind }) => kind === 'dns'),
      developmentSubtrees.filter(({ kind }) => kind === 'ip'),
    ];
    for (const subtrees of wide) {
      const dir = await scratch();
      const { root, issuer, issuerKey, browserRoot } = await newAuthority(subtrees, new Date());
      await mkdir(join(dir, 'ca'));
      await writeFile(join(dir, 'ca', 'ca.pem'), root);
      await writeFile(join(dir, 'ca', 'issuer.pem'), issuer);
      await writeFile(join(dir, 'ca', 'browser-ca.pem'), browserRoot);
      await writeFile(join(dir, 'ca', 'issuer-key.pem'), issuerKey, { mode: 0o600 });
      await assert.rejects(openAuthority(dir), { code: 'ALTNAME_BAD_AUTHORITY', message: /it may sign for/ });
      await assert.rejects(readTrustRoot(dir), { code: 'ALTNAME_BAD_AUTHORITY', message: /it may sign for/ });
    }
  });

  it(
    'says when others could read its key, and closes it',
    { skip: process.platform === 'win32' ? 'no modes there' : false },
    async () => {
      const dir = await scratch();
      const { keyFile, exposed } = await openAuthority(dir);
      await chmod(keyFile, 0o644);
      assert.deepEqual(
        [exposed, (await openAuthority(dir)).exposed, (await openAuthority(dir)).exposed],
        [false, true, false],
      );
      assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
    },
  );

  it('is not made where it cannot be', async () => {
    const dir = await scratch();
    await writeFile(join(dir, 'file'), '');
    await assert.rejects(openAuthority(join(dir, 'file')), { code: 'ALTNAME_BAD_AUTHORITY', message: /\(E/ });
    await mkdir(join(dir, 'half', 'ca'), { recursive: true });
    await writeFile(join(dir, 'half', 'ca', 'other'), '');
    await assert.rejects(openAuthority(join(dir, 'half')), {
      code: 'ALTNAME_BAD_AUTHORITY',
      message: /ca\.pem cannot be read/,
    });
  });

  it('is one, however many processes make it at once', async () => {
    const dir = join(await scratch(), 'ca-dir');
    const program = `const { openAuthority, makeLeaf, parseWantedName } = await import(${JSON.stringify(index)});
      const authority = await openAuthority(process.argv[1]);
      const made = await makeLeaf(authority, [parseWantedName('localhost')], { renew: true });
      console.log(JSON.stringify({ root: authority.certificate, ...made.files }));`;
    const run = promisify(execFile);
    const outputs = await Promise.all(
      Array.from({ length: 8 }, () => run(process.execPath, ['--input-type=module', '-e', program, dir])),
    );
    const all = outputs.map(
      ({ stdout }) => JSON.parse(stdout) as { root: string; certificate: string; key: string },
    );
    assert.equal(new Set(all.map(({ root }) => root)).size, 1);
    assert.equal((await readdir(dir)).filter((name) => name.startsWith('.new-')).length, 0);
    const { certificate = '', key = '' } = all[0] ?? {};
    const { createPrivateKey } = await import('node:crypto');
    const leaf = new X509Certificate(await readFile(certificate));
    assert.ok(leaf.checkPrivateKey(createPrivateKey(await readFile(key))));
    assert.deepEqual(
      (await readdir(join(dir, 'issued'))).filter((name) => name.endsWith('.lock')),
      [],
    );
    await openAuthority(dir);
  });
});

describe('where the CA is', () => {
  const table: readonly [Record<string, string>, NodeJS.Platform, RegExp][] = [
    [{}, 'linux', /\.local\/share\/altname$/],
    [{ XDG_DATA_HOME: '/data' }, 'linux', /^\/data\/altname$/],
    [{ XDG_DATA_HOME: 'data' }, 'linux', /\.local\/share\/altname$/],
    [{}, 'darwin', /Library\/Application Support\/altname$/],
    [{ LOCALAPPDATA: '/local' }, 'win32', /^\/local\/altname$/],
    [{ ALTNAME_CA_DIR: '/elsewhere' }, 'linux', /^\/elsewhere$/],
  ];
  for (const [env, platform, dir] of table) {
    it(`${JSON.stringify(env)} on ${platform}`, () =>
      assert.match(caDirectory(undefined, env, platform), dir));
  }
  it('what is said comes first', () => assert.equal(caDirectory('/said', { ALTNAME_CA_DIR: '/x' }), '/said'));
});
