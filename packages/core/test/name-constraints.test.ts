import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbiddenInChain, readCertificate, type CertificateFacts } from '../src/index.ts';
import { forbiddenNames } from '../src/certificate/forbidden-names.ts';
import {
  altNames,
  certificate,
  commonName,
  dnsEntry,
  extension,
  integer,
  ipEntry,
  name,
  oid,
  sequence,
  text,
  tlv,
} from './der-writer.ts';

// Notation: `dns:`, `ip:` (octets in hexadecimal), `dn:` (common names, comma between), `email:`, `uri:`, `other:`
// (object identifier), for names and for the bases of constraints alike; `subject:` is the subject's common names.
function entry(written: string): Buffer {
  const [kind, value = ''] = [
    written.slice(0, written.indexOf(':')),
    written.slice(written.indexOf(':') + 1),
  ];
  switch (kind) {
    case 'dns':
      return dnsEntry(value);
    case 'ip':
      return ipEntry(Buffer.from(value, 'hex'));
    case 'dn':
      return tlv(0xa4, commonName(...value.split(',')));
    case 'email':
      return text(0x81, value);
    case 'uri':
      return text(0x86, value);
    case 'id':
      return tlv(0x88, Buffer.from(value, 'hex'));
    case 'other':
      return tlv(0xa0, oid(value), tlv(0xa0, text(0x0c, 'x')));
    default:
      throw new Error(written);
  }
}

interface Rules {
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}

function constraints({ permitted = [], excluded = [] }: Rules): Buffer {
  const list = (tag: number, bases: readonly string[]): Buffer[] =>
    bases.length === 0 ? [] : [tlv(tag, ...bases.map((base) => sequence(entry(base))))];
  return extension('2.5.29.30', sequence(...list(0xa0, permitted), ...list(0xa1, excluded)), true);
}

function leaf(names: readonly string[]): CertificateFacts {
  const entries = names.filter((written) => !written.startsWith('subject:')).map(entry);
  const subject = names
    .find((written) => written.startsWith('subject:'))
    ?.slice(8)
    .split(',');
  return readCertificate(
    certificate({
      subject: commonName(...(subject ?? [])),
      extensions: entries.length === 0 ? null : [altNames(...entries)],
    }),
  ).toJSON();
}

function ca(rules: Rules): CertificateFacts {
  return readCertificate(
    certificate({ subject: commonName('CA'), extensions: [constraints(rules)] }),
  ).toJSON();
}

/** Constraints, names, and which of the names are forbidden: `true` all, `false` none, or their places. */
const table: readonly (readonly [Rules, readonly string[], boolean | readonly number[]])[] = [
  // DNS: the name and everything below.
  [{ permitted: ['dns:a.example'] }, ['dns:a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:b.a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:c.b.a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:A.EXAMPLE'], false],
  [{ permitted: ['dns:A.Example'] }, ['dns:b.a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:ba.example'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:example'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:a.example.org'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:b.example'], true],
  [{ permitted: ['dns:a.example', 'dns:b.example'] }, ['dns:b.example'], false],
  [{ permitted: ['dns:a.example', 'dns:b.example'] }, ['dns:b.example', 'dns:c.example'], [1]],
  [{ permitted: ['dns:'] }, ['dns:anything.example'], false],
  [{ permitted: ['dns:example'] }, ['dns:a.example'], false],
  [{ excluded: ['dns:a.example'] }, ['dns:a.example'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:b.a.example'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:B.A.EXAMPLE'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:ba.example'], false],
  [{ excluded: ['dns:a.example'] }, ['dns:example'], false],
  [{ excluded: ['dns:'] }, ['dns:a.example'], true],
  [{ permitted: ['dns:example'], excluded: ['dns:a.example'] }, ['dns:a.example', 'dns:b.example'], [0]],
  [{ permitted: ['dns:a.example'], excluded: ['dns:a.example'] }, ['dns:a.example'], true],
  // A leading dot: only what is below.
  [{ permitted: ['dns:.a.example'] }, ['dns:b.a.example'], false],
  [{ permitted: ['dns:.a.example'] }, ['dns:a.example'], true],
  [{ permitted: ['dns:.a.example'] }, ['dns:ba.example'], true],
  [{ excluded: ['dns:.a.example'] }, ['dns:b.a.example'], true],
  [{ excluded: ['dns:.a.example'] }, ['dns:a.example'], false],
  // Wildcards: all of what they cover, or any of it (CVE-2025-61727).
  [{ permitted: ['dns:example'] }, ['dns:*.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:*.a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:*.b.a.example'], false],
  [{ permitted: ['dns:a.example'] }, ['dns:*.example'], true],
  [{ permitted: ['dns:.a.example'] }, ['dns:*.a.example'], false],
  [{ permitted: ['dns:.a.example'] }, ['dns:*.example'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:*.example'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:*.a.example'], true],
  [{ excluded: ['dns:a.example'] }, ['dns:*.b.a.example'], true],
  [{ excluded: ['dns:b.a.example'] }, ['dns:*.example'], false],
  [{ excluded: ['dns:.a.example'] }, ['dns:*.example'], false],
  [{ excluded: ['dns:.a.example'] }, ['dns:*.a.example'], true],
  [{ excluded: ['dns:example.org'] }, ['dns:*.example'], false],
  // A name that is none is forbidden once there is a limit of its kind, and is no matter when there is not.
  [{ permitted: ['dns:a.example'] }, ['dns:.a.example'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:b..a.example'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:b\xfc.a.example'], true],
  [{ permitted: ['dns:a.example'] }, ['dns:b\0.a.example'], true],
  [{ permitted: ['dns:'] }, ['dns:', 'dns:a'], [0]],
  [{ excluded: ['dns:b.example'] }, ['dns:a..example'], true],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['dns:a..example'], false],
  // Addresses.
  [{ permitted: ['ip:c0000200ffffff00'] }, ['ip:c0000201'], false],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['ip:c00002ff'], false],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['ip:c0000301'], true],
  [{ permitted: ['ip:c0000201ffffffff'] }, ['ip:c0000201', 'ip:c0000202'], [1]],
  [{ permitted: ['ip:c00002ffffffff00'] }, ['ip:c0000201'], false],
  [{ permitted: ['ip:0000000000000000'] }, ['ip:c0000201'], false],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['ip:00000000000000000000ffffc0000201'], true],
  [{ permitted: [`ip:${'00'.repeat(32)}`] }, ['ip:00000000000000000000000000000001'], false],
  [{ permitted: [`ip:${'00'.repeat(32)}`] }, ['ip:c0000201'], true],
  [{ excluded: ['ip:c0000200ffffff00'] }, ['ip:c0000201', 'ip:c0000301'], [0]],
  [{ excluded: ['ip:0000000000000000'] }, ['ip:00000000000000000000000000000001'], false],
  [
    { excluded: [`ip:20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`] },
    ['ip:20010db8000000000000000000000001'],
    true,
  ],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['ip:c0000200ffffff00'], true],
  [{ excluded: ['ip:c0000300ffffff00'] }, ['ip:c0000200ffffff00'], true],
  [{ permitted: ['ip:0000000000000000'] }, ['ip:', 'ip:c0000201'], [0]],
  // Kinds stand apart.
  [{ permitted: ['dns:a.example'] }, ['ip:c0000201'], false],
  [{ permitted: ['ip:c0000200ffffff00'] }, ['dns:b.example'], false],
  [{ excluded: ['ip:0000000000000000'] }, ['dns:b.example'], false],
  [{ permitted: ['dns:a.example', 'ip:c0000200ffffff00'] }, ['dns:b.example', 'ip:c0000201'], [0]],
  [{ permitted: ['dns:a.example'] }, ['subject:b.example'], false],
  // The subject and directory names.
  [{ permitted: ['dn:O'] }, ['subject:O,x'], false],
  [{ permitted: ['dn:O'] }, ['subject:O'], false],
  [{ permitted: ['dn:O,x'] }, ['subject:O'], true],
  [{ permitted: ['dn:O'] }, ['subject:P'], true],
  [{ permitted: ['dn:O'] }, ['subject:x,O'], true],
  [{ permitted: ['dn:Big  Corp'] }, ['subject:  big corp'], false],
  [{ permitted: ['dn:O'] }, ['dn:O,y', 'dn:P'], [1]],
  [{ permitted: ['dn:O'] }, ['dns:a.example'], false],
  [{ excluded: ['dn:O'] }, ['subject:O,x'], true],
  [{ excluded: ['dn:O'] }, ['subject:P'], false],
  [{ excluded: ['dn:O'] }, ['subject:P', 'dn:O'], [0]],
  // Mailboxes.
  [
    { permitted: ['email:a.example'] },
    ['email:u@a.example', 'email:u@b.a.example', 'email:u@A.EXAMPLE'],
    [1],
  ],
  [{ permitted: ['email:.a.example'] }, ['email:u@a.example', 'email:u@b.a.example'], [0]],
  [
    { permitted: ['email:u@a.example'] },
    ['email:u@A.example', 'email:U@a.example', 'email:v@a.example'],
    [1, 2],
  ],
  [{ excluded: ['email:a.example'] }, ['email:u@a.example', 'email:u@b.example'], [0]],
  [{ permitted: ['email:a.example'] }, ['email:a.example'], true],
  [{ permitted: ['email:a.example'] }, ['email:u@v@a.example'], true],
  // URIs.
  [{ permitted: ['uri:a.example'] }, ['uri:https://a.example/x', 'uri:https://b.a.example'], [1]],
  [{ permitted: ['uri:.a.example'] }, ['uri:https://a.example', 'uri:https://u@B.a.example:443/'], [0]],
  [{ excluded: ['uri:a.example'] }, ['uri:https://A.example?x', 'uri:https://b.example#a.example'], [0]],
  [
    { permitted: ['uri:a.example'] },
    ['uri:urn:x:y', 'uri:https://192.0.2.1/', 'uri:https://[::1]/', 'uri:https://'],
    true,
  ],
  // What nobody compares.
  [{ excluded: ['other:1.2.3'] }, ['dns:a.example'], false],
  [{ excluded: ['other:1.2.3'] }, ['other:1.2.3', 'dns:a.example'], [1]],
  [{ permitted: ['other:1.2.3'] }, ['other:1.2.3'], true],
  [{ permitted: ['id:2a03'] }, ['other:1.2.3'], false],
  [{ permitted: ['id:2a03'] }, ['id:2a03'], true],
];

for (const [rules, names, forbidden] of table) {
  test(`${JSON.stringify(rules)} for ${JSON.stringify(names)}`, () => {
    const constraint = ca(rules).nameConstraints;
    assert.ok(constraint !== null && constraint !== 'malformed');
    const facts = leaf(names);
    const found = forbiddenNames(constraint, facts);
    const all = forbiddenNames('malformed', facts).map(({ kind, value }) => `${kind} ${value}`);
    const wanted = all.filter((_, i) => (typeof forbidden === 'boolean' ? forbidden : forbidden.includes(i)));
    assert.deepEqual(
      found.map(({ kind, value }) => `${kind} ${value}`),
      wanted,
    );
    for (const { excludedBy } of found) if (rules.excluded === undefined) assert.equal(excludedBy, null);
  });
}

test('an excluded subtree is named as it stands in the constraints', () => {
  const { nameConstraints } = ca({ excluded: ['dns:A.Example'] });
  assert.deepEqual(forbiddenNames(nameConstraints ?? 'malformed', leaf(['dns:b.a.example'])), [
    { kind: 'dns', value: 'b.a.example', excludedBy: 'A.Example' },
  ]);
});

test('an email address in the subject is bound as well', () => {
  const facts = readCertificate(
    certificate({ subject: name(['1.2.840.113549.1.9.1', 'u@b.example'], ['2.5.4.3', 'x']) }),
  ).toJSON();
  const { nameConstraints } = ca({ permitted: ['email:a.example'] });
  assert.deepEqual(forbiddenNames(nameConstraints ?? 'malformed', facts), [
    { kind: 'email', value: 'u@b.example', excludedBy: null },
  ]);
});

/** The content of an extension that is no NameConstraints. */
const malformed: Readonly<Record<string, Uint8Array>> = {
  'no sequence': integer(1),
  'an empty sequence': sequence(),
  'no subtree': sequence(tlv(0xa0)),
  'no subtree in the second list': sequence(tlv(0xa0, sequence(dnsEntry('a'))), tlv(0xa1)),
  'the lists in the wrong order': sequence(
    tlv(0xa1, sequence(dnsEntry('a'))),
    tlv(0xa0, sequence(dnsEntry('b'))),
  ),
  'a third list': sequence(tlv(0xa0, sequence(dnsEntry('a'))), tlv(0xa2, sequence(dnsEntry('b')))),
  'a bare name': sequence(tlv(0xa0, dnsEntry('a'))),
  'an empty subtree': sequence(tlv(0xa0, sequence())),
  'a minimum of 1': sequence(tlv(0xa0, sequence(dnsEntry('a'), tlv(0x80, Buffer.from([1]))))),
  'a maximum': sequence(tlv(0xa0, sequence(dnsEntry('a'), tlv(0x81, Buffer.from([1]))))),
  'a wildcard': sequence(tlv(0xa0, sequence(dnsEntry('*.a.example')))),
  'octets beyond ASCII': sequence(tlv(0xa1, sequence(dnsEntry('b\xfccher')))),
  'an address without a mask': sequence(tlv(0xa0, sequence(ipEntry(Buffer.alloc(4))))),
  'an address of 16 octets': sequence(tlv(0xa0, sequence(ipEntry(Buffer.alloc(16))))),
  'an address with half a mask': sequence(tlv(0xa0, sequence(ipEntry(Buffer.alloc(6))))),
  'a mask with a gap': sequence(tlv(0xa0, sequence(ipEntry(Buffer.from('c0000200ff00ff00', 'hex'))))),
  'a mask with a gap in an octet': sequence(
    tlv(0xa0, sequence(ipEntry(Buffer.from('c0000200fffffd00', 'hex')))),
  ),
  'a directory name that is none': sequence(tlv(0xa0, sequence(tlv(0xa4, integer(1))))),
  'octets behind': Buffer.concat([sequence(tlv(0xa0, sequence(dnsEntry('a')))), Buffer.from([0])]),
};

for (const [what, content] of Object.entries(malformed)) {
  test(`malformed: ${what}`, () => {
    const read = readCertificate(certificate({ extensions: [extension('2.5.29.30', content)] }));
    assert.equal(read.nameConstraints, 'malformed');
  });
}

test('a minimum of 0, written out, is read', () => {
  const content = sequence(tlv(0xa0, sequence(dnsEntry('a.example'), tlv(0x80, Buffer.from([0])))));
  assert.deepEqual(
    readCertificate(certificate({ extensions: [extension('2.5.29.30', content)] })).nameConstraints,
    {
      permitted: [{ kind: 'dns', value: 'a.example' }],
      excluded: [],
    },
  );
});

test('every kind of subtree as data', () => {
  const rules = { permitted: ['dns:a', 'ip:c0000200ffffff00', 'dn:x', 'email:b', 'uri:c', 'id:2a03'] };
  assert.deepEqual(ca(rules).nameConstraints, {
    permitted: [
      { kind: 'dns', value: 'a' },
      { kind: 'ip', value: 'c0000200ffffff00' },
      { kind: 'directory', value: commonName('x').toString('hex') },
      { kind: 'email', value: 'b' },
      { kind: 'uri', value: 'c' },
      { kind: 'other', value: '882a03' },
    ],
    excluded: [],
  });
});

test('in a chain every CA counts, for every certificate below', () => {
  const intermediate = readCertificate(
    certificate({ subject: commonName('I'), extensions: [altNames(dnsEntry('i.example'))] }),
  ).toJSON();
  const chain = [
    leaf(['dns:a.example']),
    intermediate,
    ca({ excluded: ['dns:i.example'] }),
    ca({ permitted: ['dns:b'] }),
  ];
  assert.deepEqual(forbiddenInChain(chain), [
    { kind: 'dns', value: 'i.example', excludedBy: 'i.example', certificate: 1, ca: 2 },
    { kind: 'dns', value: 'a.example', excludedBy: null, certificate: 0, ca: 3 },
    { kind: 'dns', value: 'i.example', excludedBy: null, certificate: 1, ca: 3 },
  ]);
});

test('a self-issued CA is exempt, a self-issued leaf is not, and nobody binds itself', () => {
  const selfIssued = readCertificate(
    certificate({
      issuer: commonName('S'),
      subject: commonName('S'),
      extensions: [altNames(dnsEntry('s.example'))],
    }),
  ).toJSON();
  const root = ca({ permitted: ['dns:a.example'] });
  assert.deepEqual(forbiddenInChain([leaf(['dns:a.example']), selfIssued, root]), []);
  assert.equal(forbiddenInChain([selfIssued, root]).length, 1);
  const own = { ...leaf(['dns:b.example']), nameConstraints: root.nameConstraints };
  assert.deepEqual(forbiddenInChain([own]), []);
  assert.deepEqual(forbiddenInChain([]), []);
});

test('constraints that are malformed forbid every name', () => {
  const root = readCertificate(certificate({ extensions: [extension('2.5.29.30', integer(1))] })).toJSON();
  assert.deepEqual(
    forbiddenInChain([leaf(['dns:a.example', 'ip:c0000201', 'subject:x']), root]).map(({ value }) => value),
    ['a.example', '192.0.2.1', 'CN=x'],
  );
});

test('more comparisons than OpenSSL makes are not made: every name is forbidden', () => {
  const many = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `dns:${letter}${i}.example`);
  const start = performance.now();
  const found = forbiddenInChain([leaf(many('a', 2048)), ca({ permitted: many('a', 2048) })]);
  assert.equal(found.length, 2048);
  assert.ok(performance.now() - start < 2000);
  assert.equal(forbiddenInChain([leaf(many('a', 500)), ca({ permitted: many('a', 500) })]).length, 0);
});

test('constraints from outside that hold no directory name forbid, and do not throw', () => {
  const base = { kind: 'directory', value: 'zz' } as const;
  const facts = leaf(['subject:x']);
  assert.equal(forbiddenNames({ permitted: [base], excluded: [] }, facts).length, 1);
  assert.equal(forbiddenNames({ permitted: [], excluded: [base] }, facts).length, 1);
});
