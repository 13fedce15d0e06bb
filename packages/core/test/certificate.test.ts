import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AltnameError, readCertificate, readCertificates, type SanState } from '../src/index.ts';
import {
  altNames,
  bits,
  boolean,
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
  type Parts,
} from './der-writer.ts';

const nothing = Buffer.alloc(0);
const san = altNames(dnsEntry('a.example'));
const good = certificate({ subject: commonName('a.example'), extensions: [san] });

/** Octets changed in a certificate that is right: `at` from the start of the first occurrence of `find`. */
function changed(find: Uint8Array, replace: Uint8Array): Buffer {
  const at = good.indexOf(find);
  assert.ok(at > 0);
  return Buffer.concat([good.subarray(0, at), replace, good.subarray(at + find.length)]);
}

function raw(...octets: readonly number[]): Buffer {
  return Buffer.from(octets);
}

/** What is no certificate at all, and what the error says. */
const malformed: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  empty: [nothing, /PEM or DER expected/],
  'one octet': [raw(0x30), /PEM or DER expected/],
  'an empty sequence': [raw(0x30, 0), /ends in the middle/],
  'a long length alone': [raw(0x30, 0x82), /octet 0|length/],
  'indefinite length': [
    Buffer.concat([raw(0x30, 0x80), good.subarray(4), raw(0, 0)]),
    /a length that is not DER/,
  ],
  'a length in five octets': [raw(0x30, 0x85, 0, 0, 0, 0, 1), /a length that is not DER/],
  'a length with a leading zero': [
    Buffer.concat([raw(0x30, 0x83, 0), good.subarray(2)]),
    /a length in too many octets/,
  ],
  'a long form for a short length': [
    certificate({ serialNumber: raw(0x02, 0x81, 1, 1) }),
    /a length in too many octets/,
  ],
  'a tag in two octets': [
    certificate({ serialNumber: raw(0x1f, 0x81, 0x01, 0) }),
    /a tag of more than one octet/,
  ],
  'one octet short': [good.subarray(0, -1), /runs over its end/],
  'half of it': [good.subarray(0, good.length >> 1), /runs over its end/],
  'one octet more': [Buffer.concat([good, raw(0)]), /more data than expected/],
  'two of them': [Buffer.concat([good, good]), /more data than expected/],
  'more inside': [certificate({ inside: integer(1) }), /more data than expected/],
  'a length that runs out of its parent': [
    changed(raw(0x55, 0x1d, 0x11, 0x04, 13), raw(0x55, 0x1d, 0x11, 0x04, 14)),
    /runs over its end/,
  ],
  'no sequence inside': [sequence(integer(1), Buffer.alloc(200)), /tag 0x30 expected/],
  'a set outside': [Buffer.concat([raw(0x31), good.subarray(1)]), /PEM or DER expected/],
  'no serial number': [certificate({ serialNumber: nothing }), /tag 0x2 expected/],
  'an empty serial number': [certificate({ serialNumber: tlv(0x02) }), /an INTEGER without octets/],
  'a version that is no integer': [certificate({ version: tlv(0xa0, boolean(true)) }), /tag 0x2 expected/],
  'a version and more': [
    certificate({ version: tlv(0xa0, integer(2), integer(2)) }),
    /more data than expected/,
  ],
  'an algorithm without an identifier': [certificate({ algorithm: sequence() }), /ends in the middle/],
  'an algorithm with two parameters': [
    certificate({ algorithm: sequence(oid('1.2.3'), tlv(0x05), tlv(0x05)) }),
    /more data than expected/,
  ],
  'an identifier that does not end': [
    certificate({ algorithm: sequence(tlv(0x06, raw(0x2a, 0x86))) }),
    /an object identifier that does not end/,
  ],
  'an empty identifier': [
    certificate({ algorithm: sequence(tlv(0x06)) }),
    /an object identifier that does not end/,
  ],
  'a huge identifier': [
    certificate({ algorithm: sequence(tlv(0x06, Buffer.alloc(200, 1))) }),
    /over 128 octets/,
  ],
  'an issuer that is a set': [certificate({ issuer: tlv(0x31) }), /tag 0x30 expected/],
  'a subject with an empty set': [certificate({ subject: sequence(tlv(0x31)) }), /ends in the middle/],
  'a subject with a bare value': [certificate({ subject: sequence(text(0x0c, 'a')) }), /tag 0x31 expected/],
  'an attribute with two values': [
    certificate({ subject: sequence(tlv(0x31, sequence(oid('2.5.4.3'), text(0x0c, 'a'), text(0x0c, 'b')))) }),
    /more data than expected/,
  ],
  'an attribute without a value': [
    certificate({ subject: sequence(tlv(0x31, sequence(oid('2.5.4.3')))) }),
    /ends in the middle/,
  ],
  'a subject of 10,001 attributes': [
    certificate({ subject: commonName(...Array.from({ length: 10_001 }, () => 'a')) }),
    /over 10,000 attributes/,
  ],
  'one time only': [certificate({ validity: sequence(text(0x17, '260101000000Z')) }), /ends in the middle/],
  'three times': [
    certificate({ validity: sequence(...[1, 2, 3].map(() => text(0x17, '260101000000Z'))) }),
    /more data than expected/,
  ],
  'a key that is no sequence': [certificate({ publicKey: integer(1) }), /tag 0x30 expected/],
  'a key without its bits': [
    certificate({ publicKey: sequence(sequence(oid('1.2.3'))) }),
    /ends in the middle/,
  ],
  'a signature that is no bit string': [certificate({ signature: tlv(0x04) }), /tag 0x3 expected/],
  'an empty list of extensions': [certificate({ extensions: [] }), /an empty list of extensions/],
  'extensions without their list': [certificate({ extensions: tlv(0xa3) }), /ends in the middle/],
  'two lists of extensions': [
    certificate({ extensions: tlv(0xa3, sequence(san), sequence(san)) }),
    /more data than expected/,
  ],
  'an extension without a value': [
    certificate({ extensions: [sequence(oid('2.5.29.17'))] }),
    /ends in the middle/,
  ],
  'an extension with two values': [
    certificate({ extensions: [sequence(oid('2.5.29.17'), tlv(0x04), tlv(0x04))] }),
    /more data than expected/,
  ],
  'an extension whose value is no octet string': [
    certificate({ extensions: [sequence(oid('2.5.29.17'), sequence(dnsEntry('a.example')))] }),
    /tag 0x4 expected/,
  ],
  'an extension that is critical in two octets': [
    certificate({ extensions: [sequence(oid('2.5.29.17'), tlv(0x01, raw(0xff, 0xff)), tlv(0x04))] }),
    /a BOOLEAN that is not DER/,
  ],
  'an extension behind a duplicate subjectAltName that is none': [
    certificate({ extensions: [san, san, sequence(integer(1))] }),
    /tag 0x6 expected/,
  ],
  'something behind the extensions': [
    certificate({ uniqueIds: [tlv(0xa3, sequence(san))], extensions: tlv(0xa4) }),
    /more data than expected/,
  ],
};

for (const [what, [der, message]] of Object.entries(malformed)) {
  test(`no certificate: ${what}`, () => {
    for (const read of [readCertificate, readCertificates]) {
      assert.throws(
        () => read(der),
        (error) => {
          assert.ok(error instanceof AltnameError, String(error));
          assert.equal(error.code, 'ALTNAME_BAD_CERTIFICATE');
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });
}

const dns = (value: string): Buffer => dnsEntry(value);
const bigName = 'a'.repeat(70_000);
const many = Array.from({ length: 10_000 }, (_, i) => `n${i}.example`);

interface Expected {
  readonly san: SanState;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly others?: readonly (readonly [string, string])[];
}

/** The extensions of a certificate, and the names it has then (RFC 5280 §4.2.1.6). */
const names: Readonly<Record<string, readonly [Parts['extensions'], Expected]>> = {
  'no extensions': [null, { san: 'absent' }],
  'other extensions only': [[extension('2.5.29.19', sequence())], { san: 'absent' }],
  'one name': [[san], { san: 'present', dns: ['a.example'] }],
  'a critical subjectAltName': [
    [extension('2.5.29.17', sequence(dns('a.example')), true)],
    { san: 'present', dns: ['a.example'] },
  ],
  'critical written out as false': [
    [sequence(oid('2.5.29.17'), boolean(false), tlv(0x04, sequence(dns('a.example'))))],
    { san: 'present', dns: ['a.example'] },
  ],
  'names in their order': [
    [altNames(dns('b'), ipEntry(raw(192, 0, 2, 1)), dns('a'), ipEntry(raw(10, 0, 0, 1)))],
    { san: 'present', dns: ['b', 'a'], ip: ['192.0.2.1', '10.0.0.1'] },
  ],
  'between other extensions': [
    [extension('1.2.3', nothing), san, extension('1.2.4', raw(1, 2, 3))],
    { san: 'present', dns: ['a.example'] },
  ],
  'an IPv6 address': [[altNames(ipEntry(Buffer.alloc(16)))], { san: 'present', ip: ['::'] }],
  'an address with a mask': [
    [altNames(ipEntry(raw(192, 0, 2, 0, 255, 255, 255, 0)), ipEntry(raw(192, 0, 2, 1)))],
    { san: 'present', ip: ['hex:c0000200ffffff00', '192.0.2.1'] },
  ],
  'an empty address': [[altNames(ipEntry(nothing))], { san: 'present', ip: ['hex:'] }],
  'an empty name': [[altNames(dns(''))], { san: 'present', dns: [''] }],
  'a name that is a space': [[altNames(dns(' '))], { san: 'present', dns: [' '] }],
  'NUL in a name': [[altNames(dns('a.example\0.evil'))], { san: 'present', dns: ['a.example\0.evil'] }],
  'octets beyond ASCII': [
    [altNames(dns('b\xfccher\xff\x80'))],
    { san: 'present', dns: ['b\xfccher\xff\x80'] },
  ],
  'commas and quotes': [[altNames(dns('a, DNS:b"\\'))], { san: 'present', dns: ['a, DNS:b"\\'] }],
  'a name of 70,000 octets': [[altNames(dns(bigName), dns('a'))], { san: 'present', dns: [bigName, 'a'] }],
  '10,000 names': [[altNames(...many.map(dns))], { san: 'present', dns: many }],
  'email and URI': [
    [altNames(text(0x81, 'a@b.example'), text(0x86, 'https://a.example'), dns('a'))],
    {
      san: 'present',
      dns: ['a'],
      others: [
        ['email', 'a@b.example'],
        ['uri', 'https://a.example'],
      ],
    },
  ],
  'an otherName': [
    [altNames(tlv(0xa0, oid('1.2.3'), tlv(0xa0, text(0x0c, 'x'))), dns('a'))],
    { san: 'present', dns: ['a'], others: [['other', '06022a03a0030c0178']] },
  ],
  'an otherName without a value': [[altNames(tlv(0xa0, oid('1.2.3')), dns('a'))], { san: 'malformed' }],
  'an otherName with two values': [
    [altNames(tlv(0xa0, oid('1.2.3'), tlv(0xa0, integer(1)), integer(1)), dns('a'))],
    { san: 'malformed' },
  ],
  'an otherName of two values in one': [
    [altNames(tlv(0xa0, oid('1.2.3'), tlv(0xa0, integer(1), integer(1))), dns('a'))],
    { san: 'malformed' },
  ],
  'an otherName of garbage': [[altNames(tlv(0xa0, raw(0xff, 0xff)), dns('a'))], { san: 'malformed' }],
  'a directory name': [
    [altNames(tlv(0xa4, commonName('x')), dns('a'))],
    { san: 'present', dns: ['a'], others: [['directory', commonName('x').toString('hex')]] },
  ],
  'a directory name of garbage': [[altNames(tlv(0xa4, text(0x0c, 'x')), dns('a'))], { san: 'malformed' }],
  'a directory name and more': [[altNames(tlv(0xa4, commonName('x'), integer(1)))], { san: 'malformed' }],
  'a registered identifier': [
    [altNames(tlv(0x88, raw(0x2a, 3)))],
    { san: 'present', others: [['registered-id', '2a03']] },
  ],
  'a registered identifier that does not end': [[altNames(tlv(0x88, raw(0x2a, 0x83)))], { san: 'malformed' }],
  'an X.400 address': [[altNames(tlv(0xa3, sequence()))], { san: 'present', others: [['x400', '3000']] }],
  'an X.400 address of garbage': [[altNames(tlv(0xa3, raw(0x30, 5)))], { san: 'malformed' }],
  'an EDI party': [[altNames(tlv(0xa5, tlv(0xa1)))], { san: 'present', others: [['edi', 'a100']] }],
  'an empty subjectAltName': [[altNames()], { san: 'malformed' }],
  'no octets at all': [[extension('2.5.29.17', nothing)], { san: 'malformed' }],
  'a set instead of a sequence': [[extension('2.5.29.17', tlv(0x31, dns('a')))], { san: 'malformed' }],
  'a bare name': [[extension('2.5.29.17', dns('a.example'))], { san: 'malformed' }],
  'two lists in one': [
    [extension('2.5.29.17', Buffer.concat([sequence(dns('a')), sequence(dns('b'))]))],
    { san: 'malformed' },
  ],
  'octets behind the list': [
    [extension('2.5.29.17', Buffer.concat([sequence(dns('a.example')), raw(0)]))],
    { san: 'malformed' },
  ],
  'an unknown kind of name': [[altNames(dns('a.example'), tlv(0x89, raw(1)))], { san: 'malformed' }],
  'a universal tag': [[altNames(dns('a.example'), text(0x16, 'b.example'))], { san: 'malformed' }],
  'a constructed dNSName': [[altNames(tlv(0xa2, text(0x16, 'a.example')))], { san: 'malformed' }],
  'a constructed iPAddress': [[altNames(tlv(0xa7, raw(4, 4, 192, 0, 2, 1)))], { san: 'malformed' }],
  'a primitive otherName': [[altNames(tlv(0x80, raw(1)))], { san: 'malformed' }],
  'an explicit dNSName': [[altNames(tlv(0xa2, dns('a')))], { san: 'malformed' }],
  'an entry that runs over the end': [
    [extension('2.5.29.17', sequence(raw(0x82, 20), Buffer.from('a.example')))],
    { san: 'malformed' },
  ],
  'an entry cut off': [[altNames(dns('a.example'), raw(0x82))], { san: 'malformed' }],
  'a length in too many octets': [[altNames(raw(0x82, 0x81, 1, 0x61))], { san: 'malformed' }],
  'indefinite length inside': [
    [extension('2.5.29.17', Buffer.concat([raw(0x30, 0x80), dns('a'), raw(0, 0)]))],
    { san: 'malformed' },
  ],
  'a second subjectAltName': [[san, altNames(dns('b.example'))], { san: 'duplicate' }],
  'the same one twice': [[san, san], { san: 'duplicate' }],
  'a third one': [[san, san, san], { san: 'duplicate' }],
  'a right and a malformed one': [[san, altNames()], { san: 'duplicate' }],
  'a malformed and a right one': [[altNames(), san], { san: 'duplicate' }],
  'an issuerAltName': [[extension('2.5.29.18', sequence(dns('a.example')))], { san: 'absent' }],
  'an identifier that only begins the same': [
    [extension('2.5.29.17.1', sequence(dns('a.example')))],
    { san: 'absent' },
  ],
};

for (const [what, [extensions, expected]] of Object.entries(names)) {
  test(`names: ${what}`, () => {
    const read = readCertificate(
      certificate({ extensions: extensions ?? null, subject: commonName('cn.example') }),
    ).names;
    assert.deepEqual(JSON.parse(JSON.stringify(read)), {
      san: expected.san,
      dns: expected.dns ?? [],
      ip: expected.ip ?? [],
      others: (expected.others ?? []).map(([type, value]) => ({ type, value })),
      commonNames: ['cn.example'],
    });
  });
}

test('the lists of names cannot be changed', () => {
  const { names: read } = readCertificate(good);
  for (const list of [read.dns, read.ip, read.others, read.commonNames]) assert.ok(Object.isFrozen(list));
});

/** A subject, its text and its common names. */
const subjects: Readonly<Record<string, readonly [Uint8Array, string, readonly string[]]>> = {
  empty: [sequence(), '', []],
  'one common name': [commonName('a.example'), 'CN=a.example', ['a.example']],
  'two common names': [commonName('a', 'b'), 'CN=a, CN=b', ['a', 'b']],
  'as CAs write it': [
    name(
      ['2.5.4.6', 'DE'],
      ['2.5.4.8', 'BY'],
      ['2.5.4.7', 'M\xfcnchen'],
      ['2.5.4.10', 'A, B & C'],
      ['2.5.4.3', 'a'],
    ),
    'C=DE, ST=BY, L=M\xfcnchen, O=A\\, B & C, CN=a',
    ['a'],
  ],
  'two attributes in a set': [
    sequence(
      tlv(0x31, sequence(oid('2.5.4.10'), text(0x13, 'O')), sequence(oid('2.5.4.3'), text(0x13, 'a'))),
      tlv(0x31, sequence(oid('2.5.4.3'), text(0x13, 'b'))),
    ),
    'O=O + CN=a, CN=b',
    ['a', 'b'],
  ],
  'an unknown attribute': [name(['1.2.3.4', 'x']), '1.2.3.4=x', []],
  'an identifier with a large arc': [
    name(['2.25.329800735698586629295641978511506172918', 'x']),
    '2.25.329800735698586629295641978511506172918=x',
    [],
  ],
  'special characters': [
    commonName('a+b=c;d<e>f"g\\h'),
    'CN=a\\+b\\=c\\;d\\<e\\>f\\"g\\\\h',
    ['a+b=c;d<e>f"g\\h'],
  ],
  BMPString: [
    sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x1e, Buffer.from('b\xfc', 'utf16le').swap16())))),
    'CN=b\xfc',
    ['b\xfc'],
  ],
  'BMPString of odd length': [
    sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x1e, raw(0, 0x61, 0))))),
    'CN=\0a\0',
    ['\0a\0'],
  ],
  UniversalString: [
    sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x1c, raw(0, 1, 0xf6, 0, 0xff, 0xff, 0xff, 0xff))))),
    'CN=😀\ufffd',
    ['😀\ufffd'],
  ],
  TeletexString: [sequence(tlv(0x31, sequence(oid('2.5.4.3'), text(0x14, 'b\xfc')))), 'CN=b\xfc', ['b\xfc']],
  'UTF-8 that is none': [
    sequence(tlv(0x31, sequence(oid('2.5.4.3'), text(0x0c, 'b\xfc')))),
    'CN=b\ufffd',
    ['b\ufffd'],
  ],
};

for (const [what, [subject, expected, commonNames]] of Object.entries(subjects)) {
  test(`subject: ${what}`, () => {
    const read = readCertificate(certificate({ subject }));
    assert.equal(read.subject.text, expected);
    assert.deepEqual(read.names.commonNames, commonNames);
  });
}

/** Two times as tag and text, and what is read. */
const times: readonly (readonly [number, string, string | null])[] = [
  [0x17, '260101000000Z', '2026-01-01T00:00:00.000Z'],
  [0x17, '491231235959Z', '2049-12-31T23:59:59.000Z'],
  [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
  [0x17, '000229120000Z', '2000-02-29T12:00:00.000Z'],
  [0x18, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
  [0x18, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  [0x18, '00010101000000Z', '0001-01-01T00:00:00.000Z'],
  [0x18, '20260101000000.25Z', '2026-01-01T00:00:00.250Z'],
  [0x18, '20260101000000.123456Z', '2026-01-01T00:00:00.123Z'],
  [0x17, '260230000000Z', null],
  [0x17, '260101240000Z', null],
  [0x17, '260101006000Z', null],
  [0x17, '261301000000Z', null],
  [0x17, '2601010000Z', null],
  [0x17, '260101000000+0100', null],
  [0x17, '260101000000', null],
  [0x17, '20260101000000Z', null],
  [0x18, '260101000000Z', null],
  [0x18, '20260101000000.Z', null],
  [0x0c, '260101000000Z', null],
  [0x17, '', null],
];

for (const [tag, value, expected] of times) {
  test(`time: 0x${tag.toString(16)} ${JSON.stringify(value)} is ${expected}`, () => {
    const both = sequence(text(tag, value), text(0x17, '360101000000Z'));
    const read = readCertificate(certificate({ validity: both }));
    assert.equal(read.toJSON().notBefore, expected);
    assert.equal(read.notBefore?.toISOString() ?? null, expected);
    assert.equal(read.validity.notAfter?.toISOString(), '2036-01-01T00:00:00.000Z');
  });
}

/** An extension, and the facts it makes. */
const facts: Readonly<Record<string, readonly [Uint8Array, Readonly<Record<string, unknown>>]>> = {
  'basicConstraints of a CA': [
    extension('2.5.29.19', sequence(boolean(true), integer(3))),
    { basicConstraints: { ca: true, pathLength: 3 } },
  ],
  'basicConstraints of a leaf': [
    extension('2.5.29.19', sequence()),
    { basicConstraints: { ca: false, pathLength: null } },
  ],
  'basicConstraints that are none': [extension('2.5.29.19', integer(1)), { basicConstraints: null }],
  'basicConstraints with a BOOLEAN that is not DER': [
    extension('2.5.29.19', sequence(tlv(0x01, raw(1)))),
    { basicConstraints: null },
  ],
  'a path length of five octets': [
    extension('2.5.29.19', sequence(boolean(true), tlv(0x02, Buffer.alloc(5, 1)))),
    { basicConstraints: null },
  ],
  keyUsage: [
    extension('2.5.29.15', tlv(0x03, raw(7, 0x84, 0x80))),
    { keyUsage: ['digitalSignature', 'keyCertSign', 'decipherOnly'] },
  ],
  'keyUsage without bits': [extension('2.5.29.15', tlv(0x03, raw(0))), { keyUsage: [] }],
  'keyUsage that is none': [extension('2.5.29.15', integer(1)), { keyUsage: null }],
  extendedKeyUsage: [
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.2.3'))),
    { extendedKeyUsage: ['serverAuth', '1.2.3'] },
  ],
  'extendedKeyUsage that is none': [extension('2.5.29.37', sequence(integer(1))), { extendedKeyUsage: null }],
  subjectKeyId: [extension('2.5.29.14', tlv(0x04, raw(1, 0xab))), { subjectKeyId: '01ab' }],
  'a subjectKeyId and more': [
    extension('2.5.29.14', Buffer.concat([tlv(0x04, raw(1)), raw(0)])),
    { subjectKeyId: null },
  ],
  authorityKeyId: [extension('2.5.29.35', sequence(tlv(0x80, raw(1, 2)))), { authorityKeyId: '0102' }],
  'an authorityKeyId without a key': [
    extension('2.5.29.35', sequence(tlv(0x82, raw(1)))),
    { authorityKeyId: null },
  ],
  caIssuers: [
    extension(
      '1.3.6.1.5.5.7.1.1',
      sequence(
        sequence(oid('1.3.6.1.5.5.7.48.1'), text(0x86, 'http://ocsp.example')),
        sequence(oid('1.3.6.1.5.5.7.48.2'), text(0x86, 'http://ca.example')),
        sequence(oid('1.3.6.1.5.5.7.48.2'), tlv(0xa4, commonName('x'))),
      ),
    ),
    { caIssuers: ['http://ca.example'] },
  ],
  'caIssuers without end': [
    extension(
      '1.3.6.1.5.5.7.1.1',
      sequence(
        ...Array.from({ length: 100 }, (_, i) =>
          sequence(oid('1.3.6.1.5.5.7.48.2'), text(0x86, `http://${i}.example`)),
        ),
      ),
    ),
    { caIssuers: Array.from({ length: 16 }, (_, i) => `http://${i}.example`) },
  ],
  'name constraints that are none': [extension('2.5.29.30', integer(1)), { nameConstraints: 'malformed' }],
};

for (const [what, [added, expected]] of Object.entries(facts)) {
  test(`facts: ${what}`, () => {
    const read = readCertificate(certificate({ extensions: [san, added] }));
    const json = read.toJSON() as unknown as Record<string, unknown>;
    const own = read as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(json[key], value);
      assert.deepEqual(own[key], value);
    }
  });
}

test('of two extensions of a kind the first is read', () => {
  const usage = (octet: number): Buffer => extension('2.5.29.15', tlv(0x03, raw(0, octet)));
  assert.deepEqual(readCertificate(certificate({ extensions: [usage(0x80), usage(0x04)] })).keyUsage, [
    'digitalSignature',
  ]);
});

test('a key and a signature algorithm that nobody knows', () => {
  const read = readCertificate(
    certificate({
      algorithm: sequence(oid('1.2.3')),
      publicKey: sequence(sequence(oid('1.2.4')), bits(raw(1))),
    }),
  );
  assert.deepEqual(read.key, { type: '1.2.4', bits: null, curve: null });
  assert.equal(read.keyText, '1.2.4');
  assert.equal(read.signatureAlgorithm, '1.2.3');
});

test('an RSA key that is none', () => {
  const rsa = sequence(oid('1.2.840.113549.1.1.1'), tlv(0x05));
  for (const key of [raw(), raw(1), sequence(), sequence(tlv(0x02)), sequence(integer(0))]) {
    const read = readCertificate(certificate({ publicKey: sequence(rsa, bits(key)) }));
    assert.deepEqual(read.key, { type: 'unknown', bits: null, curve: null });
  }
});

test('self-issued is not self-signed', () => {
  const read = readCertificate(certificate({ issuer: commonName('a'), subject: commonName('a') }));
  assert.equal(read.selfIssued, true);
  assert.equal(read.selfSigned, false);
});

test('PEM', () => {
  const { pem } = readCertificate(good);
  assert.deepEqual(readCertificate(pem).der, good);
  assert.deepEqual(readCertificate(Buffer.from(pem)).der, good);
  assert.deepEqual(readCertificate(`0 s:CN = a.example\n${pem}`).der, good);
  assert.deepEqual(readCertificate(Buffer.from(`0 s:CN = a.example\n${pem}`)).der, good);
  assert.deepEqual(readCertificate(pem.replaceAll('\n', '\r\n')).der, good);
  assert.deepEqual(readCertificate(pem.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')).der, good);
  const other = certificate({ extensions: [altNames(dns('b.example'))] });
  const bundle = `# two\n${pem}\ntext\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${readCertificate(other).pem}`;
  assert.deepEqual(
    readCertificates(bundle).map((one) => one.names.dns),
    [['a.example'], ['b.example']],
  );
  assert.equal(readCertificates(good).length, 1);
  for (const wrong of [
    '',
    'a.example',
    pem.slice(0, -10),
    pem.slice(30),
    pem.replace('MI', 'M!'),
    '0'.repeat(500),
  ]) {
    assert.throws(() => readCertificate(wrong), { code: 'ALTNAME_BAD_CERTIFICATE' });
    assert.throws(() => readCertificates(wrong), { code: 'ALTNAME_BAD_CERTIFICATE' });
  }
});

test('what is neither text nor octets', () => {
  for (const wrong of [undefined, null, 1, {}, [0x30, 0x82], new Uint16Array(4)]) {
    assert.throws(() => readCertificate(wrong as string), { code: 'ALTNAME_BAD_CERTIFICATE' });
    assert.throws(() => readCertificates(wrong as string), { code: 'ALTNAME_BAD_CERTIFICATE' });
  }
});

test('a certificate of over 16 MiB is refused', () => {
  const huge = Buffer.alloc(16 * 1024 * 1024 + 1);
  huge.set([0x30, 0x84]);
  assert.throws(() => readCertificate(huge), /over 16 MiB/);
});

test('a certificate in a part of a larger buffer', () => {
  const larger = Buffer.concat([Buffer.alloc(7), good, Buffer.alloc(9)]);
  const part = new Uint8Array(larger.buffer, larger.byteOffset + 7, good.length);
  const { names: read } = readCertificate(part);
  assert.deepEqual(read.dns, ['a.example']);
  assert.deepEqual(read.commonNames, ['a.example']);
});
