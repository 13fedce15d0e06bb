import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { access } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { developmentCertificate, openAuthority } from '@altname/certs';
import altname from '@altname/certs/vite';
import { readCertificate, readCertificates } from '@altname/core';
import { scratch } from './scratch.ts';

const caDir = join(await scratch(), 'ca-dir');
await openAuthority(caDir);

const always = ['localhost', '127.0.0.1', '::1'];

function namesOf(pem: string): string[] {
  const { dns, ip } = readCertificate(pem).names;
  return [...dns, ...ip].toSorted();
}

describe('developmentCertificate', () => {
  it('is a certificate with its issuer, and its key', async () => {
    const { cert, key, ...rest } = await developmentCertificate({ caDir });
    assert.deepEqual(rest, {});
    assert.equal(readCertificates(cert).length, 2);
    assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/);
    assert.deepEqual(namesOf(cert), always.toSorted());
  });

  it('has the names beside those that are always there, each once', async () => {
    const { cert } = await developmentCertificate({ caDir, names: ['API.local', '*.app.test', 'localhost'] });
    assert.deepEqual(namesOf(cert), [...always, 'api.local', '*.app.test'].toSorted());
  });

  it('is the same at every start', async () => {
    const [first, second] = [
      await developmentCertificate({ caDir, names: ['b.test', 'a.test'] }),
      await developmentCertificate({ caDir, names: ['a.test', 'b.test'] }),
    ];
    assert.deepEqual(first, second);
  });

  it('is the same for programs that start at once', async () => {
    const fresh = join(await scratch(), 'ca-dir');
    const all = await Promise.all(Array.from({ length: 5 }, () => developmentCertificate({ caDir: fresh })));
    const serials = new Set(all.map(({ cert }) => new X509Certificate(cert).serialNumber));
    assert.equal(serials.size, 1);
  });

  it('has the private addresses of this machine on request, and says once which it cannot have', async (t) => {
    const of = (address: string, internal = false): object => ({ address, internal });
    t.mock.method(os, 'networkInterfaces', () => ({
      lo: [of('127.0.0.1', true), of('::1', true)],
      eth0: [of('192.168.7.3'), of('fe80::1'), of('fd00::3'), of('2001:db8::3')],
      vpn: [of('100.64.0.3')],
    }));
    syncBuiltinESMExports();
    const said: string[] = [];
    t.mock.method(process.stderr, 'write', (text: string) => said.push(text));
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    for (let i = 0; i < 2; i += 1) {
      const { cert } = await developmentCertificate({ caDir, lan: true });
      assert.deepEqual(namesOf(cert), [...always, '192.168.7.3', 'fd00::3'].toSorted());
    }
    assert.match(
      said.join(''),
      /^altname: 100\.64\.0\.3 is .*\naltname: 2001:db8::3 is .* may not sign for it\n$/,
    );
  });

  it('is not for production', async (t) => {
    const before = process.env['NODE_ENV'];
    t.after(() => {
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    });
    process.env['NODE_ENV'] = 'production';
    const none = join(await scratch(), 'ca-dir');
    await assert.rejects(developmentCertificate({ caDir: none }), {
      name: 'AltnameError',
      code: 'ALTNAME_NOT_IN_PRODUCTION',
      message: /^developmentCertificate: NODE_ENV is "production".*$/,
    });
    await assert.rejects(access(none));
  });

  it('says which option is none', async () => {
    const cases: [given: unknown, message: string][] = [
      [{ names: 'api.local' }, "names: a list of names, such as ['api.local'], is expected"],
      [{ names: ['api.local', 1] }, "names: a list of names, such as ['api.local'], is expected"],
      [{ lan: 'yes' }, 'lan: true or false is expected'],
      [{ caDir: '' }, 'caDir: a directory is expected'],
      [{ domains: ['api.local'] }, 'domains is no option; names, lan, caDir are'],
      ['api.local', "options: an object such as { names: ['api.local'] } is expected"],
      [['api.local'], "options: an object such as { names: ['api.local'] } is expected"],
      [null, "options: an object such as { names: ['api.local'] } is expected"],
    ];
    for (const [given, message] of cases) {
      const expected = { name: 'AltnameError', code: 'ALTNAME_BAD_OPTION', message };
      await assert.rejects(developmentCertificate(given as object), expected);
      assert.throws(() => altname(given as object), expected);
    }
  });

  it('says which name cannot be on it, before a CA is made', async () => {
    const none = join(await scratch(), 'ca-dir');
    await assert.rejects(developmentCertificate({ caDir: none, names: ['https://api.local/'] }), {
      code: 'ALTNAME_BAD_IDENTIFIER',
      message: /^"https:\/\/api\.local\/" .*; ask for its host, api\.local$/,
    });
    await assert.rejects(access(none));
    await assert.rejects(developmentCertificate({ caDir, names: ['example.com'] }), {
      code: 'ALTNAME_BAD_AUTHORITY',
      message: /^example\.com: outside what the CA may sign for/,
    });
  });
});
