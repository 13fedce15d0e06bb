import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { matchName, readCertificate, type PresentedNames } from '@altname/core';
import { NameIndex } from '../src/server/name-index.ts';
import { createAuthority } from './server-authority.ts';

const presented = [
  ['example.test'],
  ['*.example.test'],
  ['WWW.Example.Test', 'mail.example.test'],
  ['*.a.example.test'],
  ['f*.example.test', '*'],
  ['*.test'],
  ['*.*.example.test'],
  ['example.test.'],
  ['192.0.2.1', '2001:db8::1'],
  ['xn--bcher-kva.example.test', '_srv.example.test'],
  ['sub.*.test'],
];

const references = [
  ['example.test', 0],
  ['EXAMPLE.test.', 0],
  ['www.example.test', 2],
  ['mail.example.test', 2],
  ['other.example.test', 1],
  ['foo.example.test', 1],
  ['x.a.example.test', 3],
  ['a.example.test', 1],
  ['x.y.example.test', null],
  ['anything.test', null],
  ['test', null],
  ['sub.x.test', null],
  ['192.0.2.1', 8],
  ['2001:DB8:0::1', 8],
  ['192.0.2.2', null],
  ['bücher.example.test', 9],
  ['_srv.example.test', 9],
  ['*.example.test', null],
  ['.example.test', null],
  ['', null],
  ['a..example.test', null],
  ['example.test:443', null],
  ['ex%61mple.test', null],
  ['__proto__', null],
] as const;

describe('the index of names', () => {
  let certificates: { names: PresentedNames; number: number }[];
  before(async () => {
    const authority = await createAuthority();
    certificates = await Promise.all(
      presented.map(async (names, number) => ({
        names: readCertificate((await authority.issue(names)).cert).names,
        number,
      })),
    );
  });

  for (const [reference, expected] of references) {
    it(`finds for "${reference}" ${expected === null ? 'nothing' : presented[expected]?.join(', ')}`, () => {
      const found = new NameIndex(certificates).find(reference);
      assert.deepEqual(
        found.map(({ number }) => number),
        expected === null ? [] : [expected],
      );
    });
  }

  it('finds something exactly where matchName says that there is something', () => {
    const index = new NameIndex(certificates);
    for (const [reference] of references) {
      const some = certificates.some(({ names }) => matchName(reference, names).matches);
      assert.equal(index.find(reference).length > 0, some, reference);
    }
  });

  it('lists only names that lead to a certificate', () => {
    assert.deepEqual(new NameIndex(certificates).names(), [
      '*.a.example.test',
      '*.example.test',
      '192.0.2.1',
      '2001:db8::1',
      '_srv.example.test',
      'example.test',
      'mail.example.test',
      'www.example.test',
      'xn--bcher-kva.example.test',
    ]);
  });

  it('asks nothing of certificates that are not for the name, however many there are', () => {
    let asked = 0;
    const many = Array.from({ length: 10_000 }, (_, i) => {
      const names: PresentedNames = {
        san: 'present',
        dns: [i % 2 === 0 ? `s${i}.example.test` : `*.s${i}.example.test`],
        ip: [],
        others: [],
        commonNames: [],
      };
      return {
        get names() {
          asked++;
          return names;
        },
      };
    });
    const index = new NameIndex(many);
    asked = 0;
    assert.equal(index.find('s5000.example.test').length, 1);
    assert.equal(index.find('any.s5001.example.test').length, 1);
    assert.equal(index.find('any.s5000.example.test').length, 0);
    assert.equal(asked, 2);
  });
});
