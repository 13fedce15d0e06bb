import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { pathToFileURL } from 'node:url';
import { AltnameError, matchName, parseIdentifier, readCertificate, type Identifier } from '../src/index.ts';
import { altNames, certificate, commonName, dnsEntry, extension, sequence, tlv } from './der-writer.ts';
import { certificateFor, octetsOf } from './match-certificate.ts';
import { matchTable } from './match-table.ts';
import { slowDnsMatch, slowIpMatch, slowNames } from './slow-names.ts';
import { betterTls, limbo } from './suites.ts';

/** What a run did. Every case is one mutated certificate and one mutated identifier. */
export interface FuzzResult {
  readonly cases: number;
  /** Mutated certificates that were still certificates, and those of them that matched a name. */
  readonly certificates: number;
  readonly matches: number;
  /** Mutated texts that were identifiers. */
  readonly identifiers: number;
  /** The longest that one case took, in milliseconds. */
  readonly slowest: number;
}

/** No case may take longer: milliseconds. */
const patience = 5000;

/**
 * Mutates certificates and identifiers. For each: nothing but an AltnameError is thrown, everything that can be asked
 * of a certificate can be asked, and no name is accepted that an independent reader does not find in a dNSName or
 * iPAddress of the one subjectAltName.
 *
 * @param seed the same seed gives the same cases
 * @throws {assert.AssertionError} with the seed, the number of the case and the octets, at the first fault
 */
export function fuzz(count: number, seed: number): FuzzResult {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const certificates = seedCertificates();
  const texts = seedTexts();
  const fixed = readCertificate(certificateFor(fixedNames)).names;
  const totals = { certificates: 0, matches: 0, identifiers: 0, slowest: 0 };
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const der = mutateOctets(pick(certificates), certificates, random);
    const text = mutateText(pick(texts), texts, random);
    // The first two names are looked for in the octets, the others in an index: each name must come first in turn.
    const turn = i % wanted.length;
    try {
      const identifier = checkText(text);
      if (identifier !== null) totals.identifiers++;
      assert.equal(matchName(text, fixed).matches, identifier !== null && expectedOfFixed(identifier));
      const found = checkCertificate(
        der,
        [...wanted.slice(turn), ...wanted.slice(0, turn), text],
        i % 16 === 0,
      );
      if (found !== null) totals.certificates++;
      if (found !== null && found > 0) totals.matches++;
    } catch (error) {
      const where = `seed ${seed}, case ${i}, text ${JSON.stringify(text)}, certificate ${Buffer.from(der).toString('hex')}`;
      throw new assert.AssertionError({ message: `${String(error)}\n${where}` });
    }
    const took = performance.now() - start;
    assert.ok(took < patience, `seed ${seed}, case ${i} took ${took} ms`);
    totals.slowest = Math.max(totals.slowest, took);
  }
  return { cases: count, ...totals };
}

const fixedNames = [
  'good.example',
  '*.wild.example',
  'xn--bcher-kva.example',
  'ip:192.0.2.1',
  'ip:2001:db8::1',
];

/** Names that some of the certificates carry, and some do not. */
const wanted = [
  'good.example',
  'a.wild.example',
  'example.com',
  'www.example.com',
  '192.0.2.1',
  '2001:db8::1',
  'test.localhost',
];

function seedCertificates(): Buffer[] {
  const many = Array.from({ length: 40 }, (_, i) => dnsEntry(`n${i}.example`));
  const made = [
    certificateFor(fixedNames),
    certificateFor('example.com'),
    certificateFor(['*.example.com', 'cn:good.example']),
    // Names that are nearly wanted, so that a small fault is enough for one to be accepted.
    certificateFor([
      'uri:good.example',
      'email:good.example',
      'cn:good.example',
      'evil.example, DNS:good.example',
    ]),
    certificateFor([
      'ip#c0000201ffffffff',
      'ip#20010db8',
      '192.0.2.1',
      '2001:db8::1',
      '*.0.2.1',
      'ip#6578616d706c652e636f6d',
    ]),
    certificateFor([
      'good.example.',
      'a*.wild.example',
      '*.example',
      '*',
      '*.*.example',
      'w\rw.example.com',
      'example\x0ecom',
    ]),
    certificate({ extensions: [altNames(...many, dnsEntry('good.example'))], subject: commonName('x', 'y') }),
    certificate({ extensions: [altNames(dnsEntry('evil.example')), altNames(dnsEntry('good.example'))] }),
    certificate({ extensions: [extension('2.5.29.18', sequence(dnsEntry('good.example')))] }),
    certificate({
      extensions: [altNames(tlv(0xa4, commonName('good.example')), dnsEntry('good.example\0.evil'))],
    }),
    certificate({
      extensions: [
        extension('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff])))),
        extension('2.5.29.30', sequence(tlv(0xa0, sequence(dnsEntry('example'))))),
        extension('2.5.29.15', tlv(0x03, Buffer.from([1, 6]))),
        altNames(dnsEntry('good.example')),
      ],
      issuer: commonName('self'),
      subject: commonName('self'),
    }),
  ];
  // Certificates of the suites, where they are there: real extensions, in real sizes.
  const suites = [
    ...(betterTls ?? [])
      .filter((_, i) => i % 20 === 0)
      .map(({ leafDerB64 }) => Buffer.from(leafDerB64, 'base64')),
    ...(limbo ?? []).filter((_, i) => i % 10 === 0).flatMap(({ leafPem }) => readable(leafPem)),
  ].filter((der) => der.length < 4000);
  return [...made, ...made, ...suites];
}

function readable(pem: string): Buffer[] {
  try {
    return [Buffer.from(readCertificate(pem).der)];
  } catch {
    return [];
  }
}

function seedTexts(): string[] {
  const rows = Object.values(matchTable).flat();
  return [...new Set([...wanted, ...rows.map(([, reference]) => reference)])].filter(
    (text) => text.length < 300,
  );
}

/** Checks one certificate; gives how many names it matched, or null when it is none. */
function checkCertificate(
  der: Uint8Array,
  references: readonly string[],
  everything: boolean,
): number | null {
  let read;
  try {
    read = readCertificate(der);
  } catch (error) {
    if (error instanceof AltnameError && error.code === 'ALTNAME_BAD_CERTIFICATE') return null;
    throw error;
  }
  if (everything) JSON.stringify(read);
  let matches = 0;
  for (const reference of [...references, ...(everything ? read.names.dns.slice(0, 3) : [])]) {
    const match = matchName(reference, read.names);
    if (!match.matches) {
      if (everything) JSON.stringify(match.mismatches);
      continue;
    }
    matches++;
    const names = slowNames(der);
    assert.ok(names !== null, 'a match without exactly one subjectAltName');
    const identifier = parseIdentifier(reference);
    const confirmed =
      identifier.kind === 'dns'
        ? slowDnsMatch(names.dns, identifier.value)
        : slowIpMatch(names.ip, octetsOf(identifier.value));
    assert.ok(confirmed, `${JSON.stringify(reference)} is not on the certificate`);
  }
  return matches;
}

/** Checks one text; gives the identifier, or null when it is none. */
function checkText(text: string): Identifier | null {
  let identifier;
  try {
    identifier = parseIdentifier(text);
  } catch (error) {
    if (error instanceof AltnameError && error.code === 'ALTNAME_BAD_IDENTIFIER') {
      assert.ok(
        !error.message.includes('\n') && !error.message.includes('\u001b'),
        'one line, and printable',
      );
      return null;
    }
    throw error;
  }
  const { kind, value } = identifier;
  assert.deepEqual(parseIdentifier(value), identifier, 'read twice');
  if (kind === 'ip') {
    assert.ok(isIP(value) !== 0 && isIP(text) === isIP(value), 'an address');
  } else {
    assert.match(
      value,
      /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/,
    );
    assert.ok(value.length <= 253 && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(value), 'a DNS name');
    // What is ASCII may only have lost its case and one dot.
    if (/^[ -~]*$/.test(text)) assert.equal(value, text.replace(/\.$/, '').toLowerCase());
  }
  return identifier;
}

function expectedOfFixed({ kind, value }: Identifier): boolean {
  if (kind === 'ip') return value === '192.0.2.1' || value === '2001:db8::1';
  return (
    value === 'good.example' || value === 'xn--bcher-kva.example' || /^[^.]+\.wild\.example$/.test(value)
  );
}

type Random = (below: number) => number;

const sanId = Buffer.from('551d11', 'hex');
const oddOctets = [
  0, 1, 2, 3, 4, 5, 6, 9, 0x11, 0x1f, 0x2a, 0x2e, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x87,
  0x88, 0xa0, 0xa2, 0xa3, 0xa4, 0xfe, 0xff,
];

function mutateOctets(seed: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let der = Buffer.from(seed);
  const rounds = random(5);
  for (let round = 0; round < rounds; round++) {
    // Half of the changes fall near the subjectAltName, where they matter most.
    const san = random(2) === 0 ? der.indexOf(sanId) : -1;
    const at = san === -1 ? random(der.length) : Math.min(der.length - 1, Math.max(0, san - 8 + random(60)));
    switch (random(9)) {
      case 0:
        der[at] = (der[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        der[at] = oddOctets[random(oddOctets.length)] ?? 0;
        break;
      case 2:
        der[at] = random(256);
        break;
      case 3:
        der[at] = (der[at] ?? 0) + (random(2) === 0 ? 1 : 255);
        break;
      case 4:
        der = Buffer.concat([der.subarray(0, at), der.subarray(at + 1 + random(8))]);
        break;
      case 5:
        der = Buffer.concat([der.subarray(0, at), Buffer.from([random(256)]), der.subarray(at)]);
        break;
      case 6: {
        // The same length, other content: the structure around it stays whole.
        const other = others[random(others.length)] ?? der;
        const from = random(other.length);
        other.copy(der, at, from, from + 1 + random(16));
        break;
      }
      case 7: {
        // Two places of the same certificate swap: entries change kind, lengths change place.
        const to = random(der.length);
        const length = 1 + random(4);
        const kept = Buffer.from(der.subarray(to, to + length));
        der.copy(der, to, at, at + length);
        kept.copy(der, at);
        break;
      }
      default:
        if (random(8) === 0) der = Buffer.from(der.subarray(0, at));
        else Buffer.from(wanted[random(wanted.length)] ?? '').copy(der, at);
    }
    if (der.length === 0) return der;
  }
  return der;
}

const oddText = [
  '.',
  '..',
  '-',
  '_',
  '*',
  '%',
  ':',
  '::',
  '[',
  ']',
  '/',
  '@',
  ' ',
  '\0',
  '\n',
  '\u001b',
  '0',
  '1',
  '0x',
  '255',
  '256',
  'a',
  'Z',
  'xn--',
  'ü',
  'ß',
  'İ',
  'ı',
  '\u212a',
  'ﬁ',
  '。',
  '．',
  '１',
  '\u0308',
  '\u200d',
  '\ud800',
  '😀',
  'e\u0301',
  'good.example',
  'wild.example',
  'BÜCHER.example',
  '192.0.2.1',
];

function mutateText(seed: string, others: readonly string[], random: Random): string {
  let text = seed;
  const rounds = random(4);
  for (let round = 0; round < rounds; round++) {
    const at = random(text.length + 1);
    const odd = oddText[random(oddText.length)] ?? '';
    switch (random(6)) {
      case 0:
        text = text.slice(0, at) + odd + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + odd + text.slice(at + 1);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(at + 1 + random(3));
        break;
      case 3:
        text =
          text.slice(0, at) + String.fromCharCode(random(random(2) === 0 ? 128 : 65_536)) + text.slice(at);
        break;
      case 4:
        text = text.slice(0, at) + (others[random(others.length)] ?? '').slice(random(8));
        break;
      default:
        text = random(2) === 0 ? text.toUpperCase() : text.slice(0, at).repeat(2) + text.slice(at);
    }
    text = text.slice(0, 2000);
  }
  return text;
}

/** xorshift32: small, and the same everywhere. */
function randomFrom(seed: number): Random {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = Number(process.argv[2] ?? 1_000_000);
  const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
    console.error('usage: fuzz.js [COUNT] [SEED]');
    process.exit(2);
  }
  const start = performance.now();
  const { cases, certificates, matches, identifiers, slowest } = fuzz(count, seed);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${cases} cases in ${seconds} s, seed ${seed}: ${certificates} certificates, ${matches} of them with a name that matched; ${identifiers} identifiers; slowest case ${slowest.toFixed(1)} ms; no fault`,
  );
}
