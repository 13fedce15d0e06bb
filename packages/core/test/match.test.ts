import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { checkServerIdentity as nodeCheckServerIdentity, PeerCertificate } from 'node:tls';
import { checkServerIdentity, matchName, parseIdentifier, readCertificate } from '../src/index.ts';
import { readIdentifier } from '../src/names/identifier.ts';
import { certificateFor } from './match-certificate.ts';
import { matchTable } from './match-table.ts';

for (const [rule, rows] of Object.entries(matchTable)) {
  for (const [presented, reference, matches] of rows) {
    const title = `${rule}: ${JSON.stringify(presented).slice(0, 90)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(reference).slice(0, 90)}`;
    test(title, () => {
      const der = certificateFor(presented);
      const { names } = readCertificate(der);
      const first = matchName(reference, names);
      assert.equal(first.matches, matches, 'walking over the octets');
      for (let lookup = 2; lookup <= 4; lookup++) {
        assert.deepEqual(matchName(reference, names), first, 'with and without an index');
      }
      const plain = JSON.parse(JSON.stringify(names)) as typeof names;
      assert.deepEqual(matchName(reference, plain), first, 'in plain data');
      const identifier = readIdentifier(reference);
      if (typeof identifier !== 'string') {
        assert.deepEqual(matchName(parseIdentifier(reference), names), first, 'with an identifier');
      }

      assert.equal(
        checkServerIdentity(reference, { raw: der }) === undefined,
        matches,
        'checkServerIdentity, octets',
      );
      const { raw: _, ...legacy } = new X509Certificate(der).toLegacyObject() as unknown as PeerCertificate;
      assert.equal(
        checkServerIdentity(reference, legacy) === undefined,
        matches,
        'checkServerIdentity, text',
      );
    });
  }
}

test('the table has no row twice', () => {
  const rows = Object.values(matchTable).flat();
  const seen = new Set<string>();
  for (const [presented, reference] of rows) {
    const row = JSON.stringify([presented, reference]);
    assert.ok(!seen.has(row), row);
    seen.add(row);
  }
  assert.ok(rows.length > 500);
});

test('an identifier that was written by hand is read again', () => {
  const { names } = readCertificate(certificateFor(['a.example', '1.2.3.4', 'ip:192.0.2.1']));
  assert.equal(matchName({ kind: 'dns', value: 'A.example.' }, names).matches, true);
  assert.equal(matchName({ kind: 'dns', value: '1.2.3.4' }, names).matches, false);
  assert.equal(matchName({ kind: 'dns', value: '192.0.2.1' }, names).matches, false);
  assert.equal(matchName({ kind: 'ip', value: 'a.example' }, names).matches, false);
  assert.equal(matchName({ kind: 'ip', value: '192.0.2.1' }, names).matches, true);
  for (const wrong of [null, undefined, 1, {}, { kind: 'dns' }, { kind: 'dns', value: 1 }, ['a.example']]) {
    assert.equal(matchName(wrong as string, names).matches, false);
  }
});

test('a subjectAltName that is not there, malformed or there twice matches nothing', () => {
  for (const san of ['absent', 'malformed', 'duplicate'] as const) {
    const names = { san, dns: ['a.example'], ip: ['192.0.2.1'], others: [], commonNames: ['a.example'] };
    assert.equal(matchName('a.example', names).matches, false);
    assert.deepEqual({ ...matchName('192.0.2.1', names) }, { matches: false, mismatches: [] });
  }
});

test('by is the first entry of its kind that matches', () => {
  const { names } = readCertificate(
    certificateFor([
      'email:a@b.c',
      '*.b.example',
      'ip:192.0.2.1',
      'A.b.example',
      'a.b.example',
      'ip:192.0.2.2',
    ]),
  );
  for (let lookup = 1; lookup <= 4; lookup++) {
    assert.deepEqual(matchName('a.b.example', names), {
      matches: true,
      by: { kind: 'dns', value: '*.b.example', index: 0 },
    });
    assert.deepEqual(matchName('192.0.2.2', names), {
      matches: true,
      by: { kind: 'ip', value: '192.0.2.2', index: 1 },
    });
  }
});

test('checkServerIdentity has the type of the one it stands in for', () => {
  const check: typeof nodeCheckServerIdentity = checkServerIdentity;
  assert.equal(typeof check, 'function');
});
