import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { issueLeaf, makeLeaf, mostDays, openAuthority, parseWantedName } from '@altname/certs';
import { readCertificate } from '@altname/core';
import { absentChromium, Person } from './browser-chromium.ts';
import { otherLine } from './browser-line.ts';
import { Thief, type Forged } from './forgery.ts';
import { scratch } from './scratch.ts';
import { serve } from './tls-server.ts';

// Pages in a real Chromium that verifies as it does for everybody, whose NSS database holds the root or does not.

const names = ['localhost', '127.0.0.1', '::1', 'api.local', '*.app.test', 'xn--bcher-kva.test'];

const skip = otherLine() || absentChromium();
const dir = await scratch();
const authority = await openAuthority(join(dir, 'ca-dir'));
const thief = new Thief(authority);
// As `altname cert` makes it.
const { files } = await makeLeaf(authority, names.map(parseWantedName));
const port = await serve({ cert: await readFile(files.certificate), key: await readFile(files.key) });
let trusting: Person;
let stranger: Person;

before(async () => {
  if (skip !== false) return;
  [trusting, stranger] = await Promise.all([
    Person.create(join(dir, 'trusting'), [authority.browserFile]),
    Person.create(join(dir, 'stranger'), []),
  ]);
});

after(() => Promise.all([trusting?.leave(), stranger?.leave()]));

describe('Chromium', { skip, timeout: 120_000 }, () => {
  it('was started without a flag that passes over certificate errors', async () => {
    for (const person of [trusting, stranger]) {
      const words = await person.commandLine();
      assert.ok(
        words.some((word) => word.startsWith('--host-resolver-rules=')),
        'it is the browser of the test',
      );
      const weakening =
        /ignore-certificate|allow-insecure|allow-running-insecure|test-type|disable-web-security/;
      assert.deepEqual(
        words.filter((word) => weakening.test(word)),
        [],
      );
    }
  });

  for (const host of ['localhost', '127.0.0.1', '[::1]', 'api.local', 'shop.app.test', 'bücher.test']) {
    it(`shows the padlock for ${host}`, async () => {
      const visit = await trusting.visit(`https://${host}:${port}/`);
      assert.deepEqual(
        { error: visit.error, text: visit.text, state: visit.state, protocol: visit.protocol },
        { error: null, text: 'ok', state: 'secure', protocol: 'TLS 1.3' },
      );
      const { dns, ip } = readCertificate(visit.certificate).names;
      assert.deepEqual([...dns, ...ip].map(String).toSorted(), names.toSorted());
      assert.deepEqual(visit.names.toSorted(), names.toSorted());
    });
  }

  it('shows it for each kind of certificate', async () => {
    for (const options of [{ key: 'rsa' }, { days: 1 }, { days: mostDays }] as const) {
      const other = await present(await issueLeaf(authority, [parseWantedName('localhost')], options));
      const { error, state } = await trusting.visit(`https://localhost:${other}/`);
      assert.deepEqual({ error, state }, { error: null, state: 'secure' }, JSON.stringify(options));
    }
  });

  it('refuses a name that is not on the certificate', async () => {
    for (const host of ['app.test', 'a.b.app.test', 'www.localhost', '127.0.0.2']) {
      const { error } = await trusting.visit(`https://${host}:${port}/`);
      assert.equal(error, 'net::ERR_CERT_COMMON_NAME_INVALID', host);
    }
  });

  it('refuses all of it without trust', async () => {
    for (const host of ['localhost', '127.0.0.1', 'api.local']) {
      const { error } = await stranger.visit(`https://${host}:${port}/`);
      assert.equal(error, 'net::ERR_CERT_AUTHORITY_INVALID', host);
    }
  });

  it('accepts what a thief signs for development: the refusals below are those of the names', async () => {
    const stolen = await present(await thief.leaf({ dns: ['stolen.test'], ip: ['127.0.0.1'] }));
    for (const host of ['stolen.test', '127.0.0.1']) {
      const { error, state } = await trusting.visit(`https://${host}:${stolen}/`);
      assert.deepEqual({ error, state }, { error: null, state: 'secure' }, host);
    }
  });

  const thefts: Readonly<
    Record<string, readonly [host: string, error: string, forge: () => Promise<Forged>]>
  > = {
    'a leaf for google.com': ['google.com', 'INVALID', () => thief.leaf({ dns: ['google.com'] })],
    'a leaf for *.example.com': ['shop.example.com', 'INVALID', () => thief.leaf({ dns: ['*.example.com'] })],
    'a leaf for localhost, with google.com beside it': [
      'localhost',
      'INVALID',
      () => thief.leaf({ dns: ['localhost', 'google.com'] }),
    ],
    'a leaf for 8.8.8.8': ['8.8.8.8', 'INVALID', () => thief.leaf({ ip: ['8.8.8.8'] })],
    'a leaf for 2001:4860:4860::8888': [
      '[2001:4860:4860::8888]',
      'INVALID',
      () => thief.leaf({ ip: ['2001:4860:4860::8888'] }),
    ],
    'google.com as a common name': [
      'google.com',
      'COMMON_NAME_INVALID',
      () => thief.leaf({ commonName: 'google.com' }),
    ],
    'google.com below a CA of the thief': [
      'google.com',
      'INVALID',
      () => thief.leafBelowOwnAuthority({ dns: ['google.com'] }),
    ],
    'a permitted name below a CA of the thief': [
      'stolen.test',
      'INVALID',
      () => thief.leafBelowOwnAuthority({ dns: ['stolen.test'] }),
    ],
    'google.com below a copy of the issuer without constraints': [
      'google.com',
      'INVALID',
      () => thief.leafBelowCopiedIssuer({ dns: ['google.com'] }),
    ],
  };
  for (const [what, [host, expected, forge]] of Object.entries(thefts)) {
    it(`refuses what a thief signs with the key of the CA: ${what}`, async () => {
      const { error } = await trusting.visit(`https://${host}:${await present(await forge())}/`);
      assert.equal(error, `net::ERR_CERT_${expected}`);
    });
  }
});

function present({ chain, key }: Forged): Promise<number> {
  return serve({ cert: chain, key });
}
