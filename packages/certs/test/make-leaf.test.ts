import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import {
  forgetLeaf,
  issueLeaf,
  makeLeaf,
  openAuthority,
  parseWantedName,
  pkcs12Password,
  readRecords,
  renewLeaf,
} from '@altname/certs';
import { readCertificates } from '@altname/core';
import { scratch } from './scratch.ts';

const names = ['localhost', '127.0.0.1', '*.app.test'].map(parseWantedName);

describe('a certificate', () => {
  it('carries each name in its kind, has no subject, and is no longer than browsers accept', async () => {
    const leaf = await issueLeaf(await openAuthority(await scratch()), [...names, ...names], { days: 199 });
    const [own, issuer, ...more] = readCertificates(leaf.chain);
    assert.deepEqual([...(own?.names.dns ?? [])], ['localhost', '*.app.test']);
    assert.deepEqual([...(own?.names.ip ?? [])], ['127.0.0.1']);
    assert.equal(own?.subject.text, '');
    assert.deepEqual(own?.extendedKeyUsage, ['serverAuth']);
    assert.deepEqual([issuer?.basicConstraints?.ca, more.length], [true, 0]);
    assert.ok((own?.notAfter?.getTime() ?? 0) - (own?.notBefore?.getTime() ?? 0) <= 199 * 86_400_000);
    assert.match(new X509Certificate(leaf.certificate).keyUsage?.join() ?? '', /1\.3\.6\.1\.5\.5\.7\.3\.1/);
  });

  for (const days of [0, -1, 200, 1.5, Number.NaN, Infinity]) {
    it(`not for ${days} days`, async () => {
      const authority = await openAuthority(await scratch());
      await assert.rejects(issueLeaf(authority, names, { days }), {
        code: 'ALTNAME_BAD_OPTION',
        message: /^days: 1 to 199/,
      });
    });
  }

  for (const outside of [
    'google.com',
    '*.google.com',
    '8.8.8.8',
    '2001:4860:4860::8888',
    'nottest',
    'a.nottest',
    '11.0.0.1',
  ]) {
    it(`not for ${outside}, which the CA may not sign for`, async () => {
      const authority = await openAuthority(await scratch());
      await assert.rejects(
        issueLeaf(authority, [...names, parseWantedName(outside)]),
        (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, 'ALTNAME_BAD_AUTHORITY');
          assert.ok(error.message.startsWith(`${outside}: outside what the CA may sign for`), error.message);
          return true;
        },
      );
    });
  }

  it('of RSA on request', async () => {
    const leaf = await issueLeaf(await openAuthority(await scratch()), names, { key: 'rsa' });
    const { asymmetricKeyType, asymmetricKeyDetails } = new X509Certificate(leaf.certificate).publicKey;
    assert.deepEqual([asymmetricKeyType, asymmetricKeyDetails?.modulusLength], ['rsa', 2048]);
    assert.ok(new X509Certificate(leaf.certificate).checkPrivateKey(createPrivateKey(leaf.key)));
  });

  it('works in a handshake, over IP, name and wildcard', async () => {
    const authority = await openAuthority(await scratch());
    for (const key of ['ecdsa', 'rsa'] as const) {
      const leaf = await issueLeaf(authority, names, { key });
      const server = tls.createServer({ cert: leaf.chain, key: leaf.key }, (socket) => socket.end());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      for (const servername of ['localhost', 'x.app.test', '']) {
        const socket = tls.connect({ host: '127.0.0.1', port, servername, ca: authority.certificate });
        await new Promise<void>((resolve, reject) =>
          socket.once('secureConnect', resolve).once('error', reject),
        );
        assert.ok(socket.authorized);
        socket.destroy();
      }
      server.close();
    }
  });
});

describe('its files', () => {
  it('are made, found good, and made anew when asked for or when there is little left', async () => {
    const authority = await openAuthority(await scratch());
    const first = await makeLeaf(authority, names);
    const again = await makeLeaf(authority, names.toReversed());
    assert.deepEqual(
      [first.reused, again.reused, again.files.certificate === first.files.certificate],
      [false, false, false],
    );
    assert.equal((await makeLeaf(authority, names)).reused, true);
    const before = await readFile(first.files.certificate, 'utf8');
    assert.equal((await makeLeaf(authority, names, { renew: true })).reused, false);
    assert.notEqual(await readFile(first.files.certificate, 'utf8'), before);
    assert.equal((await makeLeaf(authority, names, { days: 30 })).reused, false);
    assert.equal((await makeLeaf(authority, names, { key: 'rsa', days: 30 })).reused, false);
    if (process.platform !== 'win32') assert.equal((await stat(first.files.key)).mode & 0o777, 0o600);
    await rm(first.files.key);
    assert.equal((await makeLeaf(authority, names, { key: 'rsa', days: 30 })).reused, false);
  });

  it('are in one directory with other names when it is given, the last names asked for', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    await makeLeaf(authority, names, { out });
    await makeLeaf(authority, [...names, parseWantedName('api.local')], { out });
    assert.deepEqual((await readdir(out)).toSorted(), ['localhost-key.pem', 'localhost.pem']);
    const [leaf] = readCertificates(await readFile(join(out, 'localhost.pem')));
    assert.deepEqual([...(leaf?.names.dns ?? [])], ['localhost', '*.app.test', 'api.local']);
  });

  it('are called as certbot calls them', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    const { files } = await makeLeaf(authority, names, { out, layout: 'certbot' });
    assert.deepEqual((await readdir(out)).toSorted(), [
      'cert.pem',
      'chain.pem',
      'fullchain.pem',
      'privkey.pem',
    ]);
    const read = async (name: string): Promise<string> => readFile(join(out, name), 'utf8');
    assert.equal((await read('cert.pem')) + (await read('chain.pem')), await read('fullchain.pem'));
    assert.equal(files.certificate, join(out, 'fullchain.pem'));
  });

  it('have names that every platform takes', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    for (const name of ['::1', '*.app.test', '127.0.0.1'])
      await makeLeaf(authority, [parseWantedName(name)], { out });
    const found = (await readdir(out)).toSorted();
    assert.deepEqual(found, [
      '127.0.0.1-key.pem',
      '127.0.0.1.pem',
      '_wildcard.app.test-key.pem',
      '_wildcard.app.test.pem',
      'ip--1-key.pem',
      'ip--1.pem',
    ]);
  });

  it('never go over a file that altname did not make, unless they are told to', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    const inTheWay = { code: 'ALTNAME_FILE_IN_THE_WAY', message: /is in the way: .*--force/ };
    await writeFile(join(out, 'localhost-key.pem'), 'mine');
    await assert.rejects(makeLeaf(authority, names, { out }), inTheWay);
    assert.equal(await readFile(join(out, 'localhost-key.pem'), 'utf8'), 'mine');
    assert.deepEqual(await readdir(out), ['localhost-key.pem']);
    await makeLeaf(authority, names, { out, force: true });
    await writeFile(join(out, 'localhost.pem'), 'changed');
    await assert.rejects(makeLeaf(authority, names, { out }), {
      ...inTheWay,
      message: /it was changed since/,
    });
    await rm(join(out, 'localhost.pem'));
    await mkdir(join(out, 'localhost.pem'));
    await assert.rejects(makeLeaf(authority, names, { out }), { ...inTheWay, message: /EISDIR/ });
  });

  it(
    'of a directory that cannot be written are told in one line',
    { skip: process.getuid?.() === 0 ? 'root may write everywhere' : false },
    async () => {
      const [authority, out] = [await openAuthority(await scratch()), await scratch()];
      await chmod(out, 0o500);
      await assert.rejects(makeLeaf(authority, names, { out }), {
        code: 'ALTNAME_BAD_OPTION',
        message: /cannot be written \(EACCES\)/,
      });
    },
  );

  it('replace a link when they are told to, and leave what it leads to', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    await writeFile(join(out, 'precious'), 'precious');
    await symlink(join(out, 'precious'), join(out, 'localhost-key.pem'));
    await assert.rejects(makeLeaf(authority, names, { out }), { code: 'ALTNAME_FILE_IN_THE_WAY' });
    await makeLeaf(authority, names, { out, force: true });
    assert.equal(await readFile(join(out, 'precious'), 'utf8'), 'precious');
    assert.ok((await lstat(join(out, 'localhost-key.pem'))).isFile());
    assert.deepEqual((await readdir(out)).toSorted(), ['localhost-key.pem', 'localhost.pem', 'precious']);
  });

  it('have the directories they need, which others may not write whatever the umask', async () => {
    const [authority, out] = [await openAuthority(await scratch()), join(await scratch(), 'deep', 'down')];
    const umask = process.umask(0);
    try {
      await makeLeaf(authority, names, { out });
    } finally {
      process.umask(umask);
    }
    if (process.platform !== 'win32') assert.equal((await stat(out)).mode & 0o777, 0o755);
  });

  it('cannot be in /proc', { skip: process.platform === 'linux' ? false : 'there is none' }, async () => {
    const authority = await openAuthority(await scratch());
    await assert.rejects(makeLeaf(authority, names, { out: '/proc/altname' }), {
      message: /cannot be written \(ENOENT\)/,
    });
  });

  it('are made after another process died that had the lock', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    await makeLeaf(authority, names, { out });
    const lock = join(
      authority.dir,
      'issued',
      `${createHash('sha256').update(join(out, 'localhost.pem')).digest('hex').slice(0, 32)}.lock`,
    );
    await mkdir(lock);
    const before = new Date(Date.now() - 60_000);
    await utimes(lock, before, before);
    assert.equal((await makeLeaf(authority, names, { out, renew: true })).reused, false);
  });

  it(
    'are found good where nothing can be written, and else told of in one line',
    { skip: process.getuid?.() === 0 ? 'root may write everywhere' : false },
    async () => {
      const authority = await openAuthority(await scratch());
      await makeLeaf(authority, names);
      await chmod(join(authority.dir, 'issued'), 0o500);
      assert.equal((await makeLeaf(authority, names)).reused, true);
      await assert.rejects(makeLeaf(authority, names, { renew: true }), {
        code: 'ALTNAME_BAD_OPTION',
        message: /cannot be written \(EACCES\)/,
      });
      await chmod(join(authority.dir, 'issued'), 0o700);
    },
  );

  it('cannot be where a file is', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    await writeFile(join(out, 'file'), '');
    await assert.rejects(makeLeaf(authority, names, { out: join(out, 'file') }), {
      message: /cannot be written \((?:ENOTDIR|EEXIST)\)/,
    });
  });

  it('are PKCS #12, too, as Node and OpenSSL read it', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    const { files } = await makeLeaf(authority, names, { out, pkcs12: true });
    const pfx = await readFile(files.pkcs12 ?? '');
    tls.createSecureContext({ pfx, passphrase: pkcs12Password });
    assert.throws(() => tls.createSecureContext({ pfx, passphrase: 'another' }), /mac verify failure/i);
    const { stdout } = await promisify(execFile)('openssl', [
      'pkcs12',
      '-in',
      files.pkcs12 ?? '',
      '-passin',
      `pass:${pkcs12Password}`,
      '-nodes',
    ]);
    const [leaf = '', issuer = ''] =
      stdout.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
    assert.equal(leaf + issuer, await readFile(files.certificate, 'utf8'));
    assert.ok(new X509Certificate(leaf).checkPrivateKey(createPrivateKey(stdout)));
  });

  it('are remembered, renewed and forgotten', async () => {
    const [authority, out] = [await openAuthority(await scratch()), await scratch()];
    const { files } = await makeLeaf(authority, names, { out, days: 20, key: 'rsa' });
    const [record, ...more] = await readRecords(authority.dir);
    assert.ok(record !== undefined && more.length === 0);
    assert.equal((await renewLeaf(authority, record)).reused, true);
    const before = await readFile(files.certificate, 'utf8');
    const renewed = await renewLeaf(authority, record, { renew: true });
    assert.notEqual(await readFile(files.certificate, 'utf8'), before);
    assert.deepEqual(renewed.files, files);
    assert.equal(new X509Certificate(await readFile(files.certificate)).publicKey.asymmetricKeyType, 'rsa');
    assert.equal(await forgetLeaf(authority, record), false);
    await rm(out, { recursive: true });
    assert.equal(await forgetLeaf(authority, record), true);
    assert.deepEqual(await readRecords(authority.dir), []);
  });
});
