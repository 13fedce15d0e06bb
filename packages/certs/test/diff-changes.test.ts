import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { before, describe, it } from 'node:test';
import * as x509 from '@peculiar/x509';
import type { Certificate } from '@altname/core';
import { diffCertificates } from '@altname/certs';
import { createKeys, createRoot, now, selfSigned, type Signer, type Wish } from './diff-certificates.ts';

let root: Signer;
let other: Signer;
let middle: Signer;
before(async () => {
  root = await createRoot('Root');
  other = await createRoot('Other Root');
  middle = await root.below('Middle');
});

/** `severity code` of each change, those that every new key brings left out. */
function changes(old: readonly Certificate[], fresh: readonly Certificate[], quiet = true): string[] {
  return diffCertificates(old, fresh, { now })
    .changes.filter(({ code }) => !quiet || !['public-key', 'overlap'].includes(code))
    .map(({ severity, code }) => `${severity} ${code}`);
}

async function leaves(old: Wish, fresh: Wish): Promise<string[]> {
  const validity = { to: 81 };
  return changes([await root.sign(old)], [await root.sign({ ...validity, ...fresh })]);
}

const { digitalSignature, keyEncipherment, keyAgreement } = x509.KeyUsageFlags;
const [server, client] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];

describe('what changes on the leaf', () => {
  for (const [what, old, fresh, expected] of [
    ['nothing', {}, {}, []],
    ['the type of the key', { key: 'RSA' }, { key: 'P-256' }, ['risk key-type']],
    ['its curve', { key: 'P-256' }, { key: 'P-384' }, ['risk key-size']],
    ['fewer bits than are accepted', { key: 'RSA' }, { key: 'RSA 1024' }, ['breaks key-size']],
    ['the hash', {}, { hash: 'SHA-384' }, ['note signature']],
    ['a hash that is broken', {}, { hash: 'SHA-1' }, ['breaks signature']],
    ['no longer for servers', {}, { purposes: [client] }, ['breaks extended-key-usage']],
    ['no longer for clients', { purposes: [server, client] }, {}, ['risk extended-key-usage']],
    [
      'for everything at first',
      { purposes: [] },
      { purposes: [server, client] },
      ['note extended-key-usage'],
    ],
    ['for clients, too', {}, { purposes: [server, client] }, ['note extended-key-usage']],
    ['no signatures', {}, { uses: keyAgreement }, ['breaks key-usage']],
    [
      'no RSA key exchange',
      { key: 'RSA', uses: digitalSignature | keyEncipherment },
      { key: 'RSA' },
      ['risk key-usage'],
    ],
    ['must-staple', {}, { mustStaple: true }, ['risk must-staple']],
    ['no must-staple', { mustStaple: true }, {}, ['note must-staple']],
    ['the common name', { commonName: 'a' }, { commonName: 'b' }, ['note common-name']],
    ['ends sooner', { to: 100 }, { to: 80 }, ['risk ends-sooner', 'note lifetime']],
    ['a shorter lifetime', { from: -90, to: 1 }, { from: -1, to: 40 }, ['note lifetime']],
    ['expired', {}, { from: -30, to: -1 }, ['breaks expired', 'risk ends-sooner', 'note lifetime']],
    ['not yet valid', {}, { from: 1, to: 91 }, ['risk not-yet-valid']],
    ['a gap', { to: 5 }, { from: 6, to: 100 }, ['breaks gap', 'risk not-yet-valid']],
  ] as const) {
    it(what, async () => {
      assert.deepEqual(await leaves(old, fresh), expected);
    });
  }

  it('must-staple among ten thousand names', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `h${index}.test`);
    assert.deepEqual(await leaves({ names }, { names, mustStaple: true }), ['risk must-staple']);
  });

  it('the key, or not', async () => {
    const keys = await createKeys('P-256');
    const [a, b] = [await root.sign({}, keys), await root.sign({ to: 90 }, keys)];
    assert.deepEqual(changes([a], [b], false), ['note overlap']);
    assert.deepEqual(changes([a], [await root.sign({ to: 90 })], false), ['note public-key', 'note overlap']);
    assert.deepEqual(changes([a], [a], false), ['note same-certificate']);
  });

  it('says how long both are valid, and what the old and the new value are', async () => {
    const found = diffCertificates([await root.sign({})], [await root.sign({ to: 90, key: 'P-384' })], {
      now,
    });
    const of = (code: string) => found.changes.find((change) => change.code === code);
    assert.match(of('overlap')?.message ?? '', /^79 days to change over: both are valid until 2026-08-19$/);
    assert.deepEqual([of('key-size')?.before, of('key-size')?.after], ['EC P-256', 'EC P-384']);
    assert.equal(found.breaks, false);
  });
});

describe('what changes above the leaf', () => {
  const longer = { to: 81 };

  it('nothing', async () => {
    const chain = [middle.certificate, root.certificate];
    assert.deepEqual(changes([await middle.sign({}), ...chain], [await middle.sign(longer), ...chain]), []);
  });

  it('another root', async () => {
    const old = [await root.sign({}), root.certificate];
    const fresh = [await other.sign(longer), other.certificate];
    assert.deepEqual(changes(old, fresh), ['risk issuer', 'risk root']);
    // What the files do not have is not guessed.
    assert.deepEqual(changes(old.slice(0, 1), fresh.slice(0, 1)), ['risk issuer']);
    assert.deepEqual(changes(old, fresh.slice(0, 1)), ['risk issuer']);
  });

  it('another intermediate below the same root', async () => {
    const second = await root.below('Second');
    const old = [await middle.sign({}), middle.certificate];
    const fresh = [await second.sign(longer), second.certificate];
    assert.deepEqual(changes(old, fresh), ['note issuer', 'note intermediates']);
    assert.deepEqual(changes([...old, root.certificate], [...fresh, root.certificate]), [
      'note issuer',
      'note intermediates',
    ]);
  });

  it('the same intermediate with another key', async () => {
    const again = await root.below('Middle');
    const old = [await middle.sign({}), middle.certificate];
    assert.deepEqual(changes(old, [await again.sign(longer), again.certificate]), [
      'note issuer',
      'note intermediates',
    ]);
  });

  it('an intermediate that was forgotten', async () => {
    const old = [await middle.sign({}), middle.certificate];
    assert.deepEqual(changes(old, [await middle.sign(longer)]), ['breaks intermediate-missing']);
    const second = await root.below('Second');
    assert.deepEqual(changes(old, [await second.sign(longer)]), ['risk issuer', 'risk intermediate-missing']);
    assert.deepEqual(changes(old, [await root.sign(longer), root.certificate]), [
      'note issuer',
      'note intermediates',
    ]);
  });

  it('signed by itself', async () => {
    const [a, b] = [await selfSigned({}), await selfSigned(longer)];
    assert.deepEqual(changes([await root.sign({})], [a]).slice(0, 1), ['breaks self-signed']);
    assert.deepEqual(changes([a], [b]), ['risk self-signed']);
  });

  it('a file that does not begin with the leaf, and an authority as leaf', async () => {
    const old = [await root.sign({}), root.certificate];
    assert.deepEqual(changes(old, [root.certificate, await root.sign(longer)]), ['risk leaf-not-first']);
    const ca = await middle.sign({ ...longer, ca: true, uses: digitalSignature });
    assert.ok(changes([await middle.sign({})], [ca]).includes('risk authority'));
  });

  it('refuses files without certificates', () => {
    assert.throws(() => diffCertificates([], []), /^AltnameError: no certificate/);
    assert.throws(() => diffCertificates([{ der: Buffer.from('x') }], []), {
      code: 'ALTNAME_BAD_CERTIFICATE',
    });
  });
});
