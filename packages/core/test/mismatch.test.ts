import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchName, readCertificate, type MismatchReason } from '../src/index.ts';
import { formProblem, matchesWithoutDot } from '../src/names/mismatch.ts';
import { certificateFor } from './match-certificate.ts';

/** A presented name (as in match-table.ts), a reference, the label that fails, counted from the right, and why. */
const table: readonly (readonly [string, string, number | null, MismatchReason])[] = [
  ['example.org', 'example.com', 1, 'label-differs'],
  ['examples.com', 'example.com', 2, 'label-differs'],
  ['mail.example.com', 'www.example.com', 3, 'label-differs'],
  ['a.b.example.com', 'a.c.example.com', 3, 'label-differs'],
  ['EXAMPLES.com', 'example.com', 2, 'label-differs'],
  ['localhost', 'example.com', 1, 'label-differs'],
  ['xn--bcher-kva.example', 'bucher.example', 2, 'label-differs'],
  ['*.example.org', 'www.example.com', 1, 'label-differs'],
  ['*.examples.com', 'www.example.com', 2, 'label-differs'],
  ['*.a.example.com', 'www.b.example.com', 3, 'label-differs'],
  ['example.com', 'www.example.com', 3, 'presented-shorter'],
  ['example.com', 'a.b.example.com', 3, 'presented-shorter'],
  ['com', 'example.com', 2, 'presented-shorter'],
  ['www.example.com', 'example.com', 3, 'presented-longer'],
  ['a.b.example.com', 'example.com', 3, 'presented-longer'],
  ['localhost.localdomain', 'localdomain', 2, 'presented-longer'],
  ['*.a.example.com', 'example.com', 3, 'presented-longer'],
  ['*.a.b.example.com', 'example.com', 3, 'presented-longer'],
  ['*.example.com', 'a.b.example.com', 4, 'wildcard-depth'],
  ['*.example.com', 'a.b.c.example.com', 4, 'wildcard-depth'],
  ['*.a.example.com', 'x.y.a.example.com', 5, 'wildcard-depth'],
  ['*.example.com', 'example.com', 3, 'wildcard-apex'],
  ['*.a.example.com', 'a.example.com', 4, 'wildcard-apex'],
  ['w*.example.com', 'www.example.com', null, 'wildcard-partial'],
  ['*w.example.com', 'www.example.com', null, 'wildcard-partial'],
  ['w*', 'www', null, 'wildcard-partial'],
  ['www.*.com', 'www.example.com', null, 'wildcard-misplaced'],
  ['*.*.com', 'www.example.com', null, 'wildcard-misplaced'],
  ['**.example.com', 'www.example.com', null, 'wildcard-misplaced'],
  ['www.ex*.com', 'www.example.com', null, 'wildcard-misplaced'],
  ['*', 'localhost', null, 'wildcard-too-broad'],
  ['*.com', 'example.com', null, 'wildcard-too-broad'],
  ['example.com.', 'example.com', null, 'trailing-dot'],
  ['*.example.com.', 'www.example.com', null, 'trailing-dot'],
  ['example.com..', 'example.com', null, 'trailing-dot'],
  ['b\xfccher.example', 'bücher.example', null, 'not-ascii'],
  ['b\xc3\xbccher.example', 'example.com', null, 'not-ascii'],
  ['192.0.2.1', '192.0.2.1', null, 'address-in-dns'],
  ['192.0.2.1', '192.0.2.2', null, 'address-in-dns'],
  ['::1', '::1', null, 'address-in-dns'],
  ['192.0.2.1', 'example.com', null, 'address-in-dns'],
  ['', 'example.com', null, 'malformed'],
  ['.', 'example.com', null, 'malformed'],
  ['a b', 'example.com', null, 'malformed'],
  ['a..b', 'example.com', null, 'malformed'],
  ['.example.com', 'www.example.com', null, 'malformed'],
  ['-a.example', 'a.example', null, 'malformed'],
  ['example.com\0', 'example.com', null, 'malformed'],
  ['example.com:443', 'example.com', null, 'malformed'],
  ['https://example.com', 'example.com', null, 'malformed'],
  ['example.1', 'example.com', null, 'malformed'],
  ['*.-a.example', 'b.-a.example', null, 'reference-invalid'],
  ['*.-a.example', 'b.a.example', null, 'malformed'],
  ['*.1.2.3', 'a.example', null, 'malformed'],
  ['*.0.2.3.4', 'a.example', null, 'malformed'],
  [`${'a'.repeat(64)}.example`, 'a.example', null, 'malformed'],
  ['ip#c0000200ffffff00', '192.0.2.1', null, 'malformed'],
  ['ip#', 'example.com', null, 'malformed'],
  ['ip:192.0.2.2', '192.0.2.1', null, 'address-differs'],
  ['ip:::1', '127.0.0.1', null, 'address-differs'],
  ['ip:::ffff:192.0.2.1', '192.0.2.1', null, 'address-differs'],
  ['ip:192.0.2.1', 'example.com', null, 'other-kind'],
  ['example.com', '192.0.2.1', null, 'other-kind'],
  ['*.example.com', '192.0.2.1', null, 'other-kind'],
  ['b\xfccher.example', '192.0.2.1', null, 'other-kind'],
  ['example.com', '*.example.com', null, 'reference-invalid'],
  ['example.com', '', null, 'reference-invalid'],
  ['192.0.2.1', '127.1', null, 'reference-invalid'],
  ['ip:127.0.0.1', '127.1', null, 'reference-invalid'],
];

for (const [presented, reference, label, reason] of table) {
  test(`${JSON.stringify(presented).slice(0, 60)} for ${JSON.stringify(reference)}: ${reason}, label ${label}`, () => {
    const { names } = readCertificate(certificateFor(presented));
    const result = matchName(reference, names);
    assert.ok(!result.matches);
    assert.deepEqual(
      result.mismatches.map((mismatch) => [mismatch.label, mismatch.reason, mismatch.presented.index]),
      [[label, reason, 0]],
    );
  });
}

test('every presented identifier has its mismatch, DNS names first, each with its place', () => {
  const { names } = readCertificate(
    certificateFor([
      'ip:192.0.2.1',
      'a.example',
      'email:a@b.example',
      'cn:c.example',
      '*.b.example',
      'ip#00',
    ]),
  );
  const result = matchName('c.example', names);
  assert.ok(!result.matches);
  assert.deepEqual(result.mismatches, [
    { presented: { kind: 'dns', value: 'a.example', index: 0 }, label: 2, reason: 'label-differs' },
    { presented: { kind: 'dns', value: '*.b.example', index: 1 }, label: 2, reason: 'label-differs' },
    { presented: { kind: 'ip', value: '192.0.2.1', index: 0 }, label: null, reason: 'other-kind' },
    { presented: { kind: 'ip', value: 'hex:00', index: 1 }, label: null, reason: 'malformed' },
  ]);
  assert.equal(result.mismatches, result.mismatches, 'worked out once');
});

test('a result is plain data', () => {
  const { names } = readCertificate(certificateFor('a.example'));
  assert.deepEqual(JSON.parse(JSON.stringify(matchName('b.example', names))), {
    matches: false,
    mismatches: [
      { presented: { kind: 'dns', value: 'a.example', index: 0 }, label: 2, reason: 'label-differs' },
    ],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(matchName('a.example', names))), {
    matches: true,
    by: { kind: 'dns', value: 'a.example', index: 0 },
  });
});

test('without names there are no mismatches', () => {
  for (const presented of ['cn:a.example', 'uri:https://a.example']) {
    const result = matchName('a.example', readCertificate(certificateFor(presented)).names);
    assert.deepEqual({ ...result }, { matches: false, mismatches: [] });
  }
});

test('the form of a presented name', () => {
  assert.equal(formProblem('a.example'), null);
  assert.equal(formProblem('*.a.example'), null);
  assert.equal(formProblem('my_host'), null);
  assert.equal(formProblem('*.a.example.'), 'trailing-dot');
  assert.equal(formProblem('*.192.0.2.1'), 'malformed');
});

test('a name that would match without its dot', () => {
  assert.equal(matchesWithoutDot('a.example.', 'a.example'), true);
  assert.equal(matchesWithoutDot('*.a.example.', 'b.a.example'), true);
  assert.equal(matchesWithoutDot('a.example', 'a.example'), false);
  assert.equal(matchesWithoutDot('b.example.', 'a.example'), false);
  assert.equal(matchesWithoutDot('a.example..', 'a.example'), false);
});
