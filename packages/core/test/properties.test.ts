import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { AltnameError, matchName, parseIdentifier, readCertificate, type Identifier } from '../src/index.ts';
import { readAltNamesText } from '../src/names/alt-names-text.ts';
import { readIdentifier } from '../src/names/identifier.ts';
import { addressOctets, addressText } from '../src/names/ip.ts';
import { altNames, certificate, dnsEntry, ipEntry } from './der-writer.ts';
import { octetsOf } from './match-certificate.ts';
import { slowDnsMatch, slowIpMatch } from './slow-names.ts';

// A small world, in which names meet: few labels, few letters, and everything that is malformed beside them.
const label = fc.constantFrom('a', 'b', 'A', 'ab', 'xn--a', '_', '1', 'a-b');
const goodName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => [...labels, 'c'].join('.'));
const oddLabel = fc.constantFrom(
  '',
  '*',
  'a*',
  '*b',
  '-a',
  ' ',
  '\0',
  '\xfc',
  'b'.repeat(64),
  '0x1',
  '2',
  ',',
);
const anyName = fc
  .array(fc.oneof({ weight: 3, arbitrary: label }, oddLabel), { maxLength: 5 })
  .map((labels) => labels.join('.'));
const wildcard = goodName.map((name) => `*.${name}`);
const presentedName = fc.oneof(goodName, wildcard, anyName);
const octets = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.array(fc.constantFrom(0, 1), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list)),
);
const presented = fc.record({
  dns: fc.array(presentedName, { maxLength: 8 }),
  ip: fc.array(fc.oneof(octets, fc.uint8Array({ maxLength: 20 })), { maxLength: 4 }),
});
const reference = fc.oneof(
  goodName,
  anyName,
  octets.map((address) => addressText(address) ?? ''),
);

function namesOf({
  dns,
  ip,
}: {
  dns: readonly string[];
  ip: readonly Uint8Array[];
}): ReturnType<typeof readCertificate>['names'] {
  const entries = [...dns.map(dnsEntry), ...ip.map(ipEntry)];
  return readCertificate(certificate({ extensions: entries.length === 0 ? null : [altNames(...entries)] }))
    .names;
}

function ofText(text: string): Identifier | null {
  const read = readIdentifier(text);
  return typeof read === 'string' ? null : read;
}

test('walk, index and plain data give the same answer, and a slow matcher of its own agrees', () => {
  fc.assert(
    fc.property(presented, fc.array(reference, { minLength: 4, maxLength: 8 }), (list, references) => {
      const asked = namesOf(list);
      const plain = JSON.parse(JSON.stringify(asked)) as typeof asked;
      for (const one of references) {
        const walked = matchName(one, namesOf(list));
        assert.deepEqual(matchName(one, asked), walked);
        assert.deepEqual(matchName(one, plain), walked);
        const identifier = ofText(one);
        const expected =
          identifier?.kind === 'dns'
            ? slowDnsMatch(
                list.dns.map((name) => Buffer.from(name, 'latin1')),
                identifier.value,
              )
            : identifier?.kind === 'ip' && slowIpMatch(list.ip, octetsOf(identifier.value));
        assert.equal(walked.matches, expected);
      }
    }),
    { numRuns: 3000 },
  );
});

test('reading an identifier twice is reading it once', () => {
  const text = fc.oneof(
    reference,
    fc.string({ unit: 'grapheme' }),
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.webUrl(),
  );
  fc.assert(
    fc.property(text, (one) => {
      const read = ofText(one);
      if (read === null) assert.throws(() => parseIdentifier(one), AltnameError);
      else assert.deepEqual(parseIdentifier(read.value), read);
    }),
    { numRuns: 20_000 },
  );
});

test('ordinary names and addresses are identifiers', () => {
  fc.assert(fc.property(fc.domain(), (one) => parseIdentifier(one).kind === 'dns'));
  fc.assert(fc.property(fc.ipV4(), (one) => parseIdentifier(one).value === one));
  fc.assert(fc.property(fc.ipV6(), (one) => parseIdentifier(one).kind === 'ip'));
});

test('the case of ASCII letters never matters', () => {
  const cases = fc.array(fc.boolean(), { minLength: 1, maxLength: 64 });
  const recase = (text: string, upper: readonly boolean[]): string =>
    text.replace(/[a-z]/gi, (letter, at: number) =>
      upper[at % upper.length] === true ? letter.toUpperCase() : letter.toLowerCase(),
    );
  fc.assert(
    fc.property(presented, reference, cases, cases, (list, one, first, second) => {
      const expected = matchName(one, namesOf(list)).matches;
      const other = namesOf({ dns: list.dns.map((name) => recase(name, first)), ip: list.ip });
      assert.equal(matchName(recase(one, second), other).matches, expected);
    }),
    { numRuns: 3000 },
  );
});

test('a wildcard stands for exactly one label, and never for none', () => {
  fc.assert(
    fc.property(fc.array(wildcard, { minLength: 1, maxLength: 4 }), goodName, (dns, one) => {
      const match = matchName(one, namesOf({ dns, ip: [] }));
      if (!match.matches) return;
      assert.equal(match.by.value.split('.').length, one.split('.').length);
      assert.equal(match.by.value.slice(1).toLowerCase(), one.slice(one.indexOf('.')).toLowerCase());
    }),
    { numRuns: 3000 },
  );
});

test('the octets of an address and its canonical text lead to each other', () => {
  fc.assert(
    fc.property(octets, (address) => {
      const text = addressText(address) ?? '';
      assert.deepEqual(addressOctets(text), address);
      assert.deepEqual(parseIdentifier(text), { kind: 'ip', value: text });
      assert.deepEqual(octetsOf(text), address);
      if (address.length === 16) assert.equal(text, new URL(`http://[${text}]`).hostname.slice(1, -1));
    }),
    { numRuns: 5000 },
  );
  fc.assert(fc.property(fc.ipV6(), (text) => assert.deepEqual(addressOctets(text), octetsOf(text))));
});

test('Node’s text of any subjectAltName reads as its octets do', () => {
  const anyOctets = fc.uint8Array({ maxLength: 12 }).map((list) => Buffer.from(list).toString('latin1'));
  const tricky = fc.string({
    unit: fc.constantFrom('a', '"', '\\', ',', ' ', ':', 'DNS:', '\0', '\xff', "'"),
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyOctets, tricky, presentedName), { minLength: 1, maxLength: 4 }),
      (dns) => {
        const der = certificate({ extensions: [altNames(...dns.map(dnsEntry))] });
        assert.deepEqual(readAltNamesText(new X509Certificate(der).subjectAltName ?? '')?.dns, dns);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a text that is no list of names is refused, and nothing throws', () => {
  const part = fc.constantFrom(
    'DNS:',
    'IP Address:',
    'URI:',
    ', ',
    ',',
    ' ',
    '"',
    '\\',
    '\\u002c',
    'a',
    '1.2.3.4',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const read = readAltNamesText(parts.join(''));
      if (read === null) return;
      const entries = read.dns.length + read.ip.length + read.others.length;
      assert.equal(
        entries,
        parts
          .join('')
          .replace(/"(?:[^"\\]|\\.)*"/g, '')
          .split(', ').length,
      );
    }),
    { numRuns: 20_000 },
  );
});
