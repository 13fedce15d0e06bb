import { strict as assert } from 'node:assert';
import { before, describe, it } from 'node:test';
import type { Certificate } from '@altname/core';
import { diffCertificates, missingFrom, namesFrom, type CertificateDiff } from '@altname/certs';
import { createRoot, now, type Signer, type Wish } from './diff-certificates.ts';

let root: Signer;
before(async () => {
  root = await createRoot('Root');
});

async function diff(old: Wish, fresh: Wish, used?: string): Promise<CertificateDiff> {
  const [leaf, next] = [await root.sign(old), await root.sign(fresh)];
  const names = used === undefined ? {} : { names: namesFrom(used.replaceAll(' ', '\n'), 'names.txt') };
  return diffCertificates([leaf], [next], { now, ...names });
}

/** `change name`, the reason behind it where there is one. */
function told({ names }: CertificateDiff): string[] {
  return names.map(({ change, name, why }) => `${change} ${name.value}${why === null ? '' : `: ${why}`}`);
}

describe('names in use', () => {
  for (const [what, old, fresh, used, expected] of [
    [
      'that stay',
      ['a.test', 'IP:10.0.0.1'],
      ['IP:10.0.0.1', 'A.test'],
      'a.test 10.0.0.1',
      ['stays a.test', 'stays 10.0.0.1'],
    ],
    ['that go', ['a.test', 'b.test'], ['a.test'], 'b.test', ['breaks b.test: not on the new one']],
    ['that begin', ['a.test'], ['a.test', 'b.test'], 'b.test', ['begins b.test']],
    ['on neither', ['a.test'], ['b.test'], 'c.test', ['never c.test: not on the new one']],
    ['under a wildcard that stays', ['*.a.test'], ['*.a.test'], 'x.a.test', ['stays x.a.test']],
    ['now listed', ['*.a.test'], ['x.a.test'], 'x.a.test', ['stays x.a.test']],
    [
      'deeper than the new wildcard',
      ['*.a.x.test'],
      ['*.x.test'],
      'b.a.x.test',
      ['breaks b.a.x.test: *.x.test stands for one label, and this has more (RFC 9525 §6.3)'],
    ],
    [
      'above the new wildcard',
      ['a.test'],
      ['*.a.test'],
      'a.test',
      ['breaks a.test: *.a.test does not stand for a.test itself (RFC 9525 §6.3)'],
    ],
    [
      'an address written as a DNS name',
      ['IP:10.0.0.1'],
      ['10.0.0.1'],
      '10.0.0.1',
      ['breaks 10.0.0.1: 10.0.0.1 stands there as a dNSName, which no address is compared with'],
    ],
    [
      'a wildcard in use that is listed now',
      ['*.a.test'],
      ['x.a.test', 'y.a.test', 'z.b.a.test'],
      '*.a.test',
      ['breaks *.a.test: every host directly under a.test but x.a.test, y.a.test'],
    ],
  ] as const) {
    it(what, async () => {
      const answer = await diff({ names: old }, { names: fresh }, used);
      assert.deepEqual(told(answer), expected);
      assert.equal(
        answer.breaks,
        expected.some((line) => line.startsWith('breaks')),
      );
    });
  }

  it('are those of the old one when nobody says, each wildcard for itself, and what is new', async () => {
    const answer = await diff(
      { names: ['*.a.test', 'a.test', 'IP:::1', '*.com'] },
      { names: ['a.test', 'x.a.test', 'b.test'] },
    );
    assert.deepEqual(told(answer), [
      'breaks *.a.test: every host directly under a.test but x.a.test',
      'breaks ::1: not on the new one',
      'begins b.test',
      'stays a.test',
      'stays x.a.test',
    ]);
    assert.match(answer.leftOut[0]?.problem ?? '', /"\*\.com" cannot be on a certificate/);
  });

  it('are told once, with every place and how often', async () => {
    const [leaf] = [await root.sign({ names: ['a.test'] })];
    const names = [
      { name: { kind: 'dns', value: 'b.test' }, text: 'b.test', from: 'x', problem: null, uses: 3 },
      { name: { kind: 'dns', value: 'b.test' }, text: 'b.test', from: 'y', problem: null, uses: 4 },
    ] as const;
    const [first, ...more] = diffCertificates([leaf], [leaf], { names, now }).names;
    assert.deepEqual([first?.from, first?.uses, more.length], [['x', 'y'], 7, 0]);
  });

  it('that stand in the common name alone work for clients that fall back to it', async () => {
    const inCommonName = { names: null, commonName: 'a.test' };
    assert.deepEqual(told(await diff(inCommonName, { names: ['b.test'] }, 'a.test')), [
      'breaks a.test: for clients that fall back to the common name, as Node does: not on the new one',
    ]);
    assert.deepEqual(told(await diff(inCommonName, { names: ['a.test'] }, 'a.test')), [
      'begins a.test: for every client; before, only for those that fall back to the common name',
    ]);
    assert.deepEqual(told(await diff({ names: ['a.test'] }, inCommonName, 'a.test')), [
      'breaks a.test: only in the common name, which only clients that fall back to it take',
    ]);
    assert.deepEqual(told(await diff(inCommonName, inCommonName)), [
      'stays a.test: only in the common name, on both',
    ]);
    assert.deepEqual(told(await diff({ names: ['c.test'], commonName: 'a.test' }, {}, 'a.test')), [
      'begins a.test',
    ]);
  });

  it('all break when a CA above may not sign for one of them', async () => {
    const narrow = await root.below('Narrow', { permitted: 'test' });
    const old = await narrow.sign({ names: ['a.test'] });
    const fresh = await narrow.sign({ names: ['a.test', 'b.example'] });
    const answer = diffCertificates([old, narrow.certificate], [fresh, narrow.certificate], { now });
    assert.deepEqual(
      told(answer).map((line) => line.slice(0, 13)),
      ['breaks a.test', 'never b.examp'],
    );
    assert.match(told(answer)[0] ?? '', /a CA above may not sign for b\.example/);
    assert.equal(answer.changes[0]?.code, 'name-forbidden-by-ca');
  });

  it('can be ten thousand on ten thousand', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `h${index}.a.test`);
    const leaf: Certificate = await root.sign({ names });
    const answer = diffCertificates([leaf], [leaf], { names: namesFrom(names.join('\n'), 'f'), now });
    assert.equal(answer.names.length, 10_000);
  });
});

describe('what a certificate lacks', () => {
  it('are the names in use that it does not present, each once', async () => {
    const leaf = await root.sign({ names: ['*.a.test', 'IP:10.0.0.1'] });
    const names = namesFrom('x.a.test\na.test\n10.0.0.1\n*.a.test\n*.b.test\na.test\nhttps://q/\n::1\n', 'f');
    for (const certificate of [leaf, leaf.der, leaf.pem]) {
      assert.deepEqual(
        missingFrom(certificate, names).map(({ text }) => text),
        ['a.test', '*.b.test', '::1'],
      );
    }
  });
});
