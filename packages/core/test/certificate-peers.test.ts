import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { readCertificate, type Certificate } from '../src/index.ts';
import { readAltNamesText } from '../src/names/alt-names-text.ts';
import { betterTls, limbo, withoutBetterTls, withoutLimbo } from './suites.ts';

/** What Node prints of an address that has neither 4 nor 16 octets carries no octets: only that it is there. */
function withoutOctets(addresses: readonly string[]): string[] {
  return addresses.map((address) => (address.startsWith('hex:') ? 'hex:' : address));
}

function compareWithNode(ours: Certificate): void {
  const node = new X509Certificate(ours.der);
  const colons = (hex: string): string => hex.toUpperCase().replace(/..(?!$)/g, '$&:');
  assert.equal(colons(ours.fingerprints.sha256), node.fingerprint256);
  assert.equal(colons(ours.fingerprints.sha1), node.fingerprint);
  assert.equal(
    BigInt(`0x${ours.serialNumber.replace('-', '')}`),
    BigInt(`0x${node.serialNumber.replace('-', '')}`),
  );
  assert.equal(ours.serialNumber.startsWith('-'), node.serialNumber.startsWith('-'));
  compareTime(ours.notBefore, node.validFrom);
  compareTime(ours.notAfter, node.validTo);
  const maySign = ours.keyUsage === null || ours.keyUsage.includes('keyCertSign');
  assert.equal(node.ca, maySign && (ours.basicConstraints?.ca ?? false));
  if (node.checkIssued(node)) assert.ok(ours.selfIssued);
  assert.equal(ours.selfSigned, ours.selfIssued && verifies(node));

  const legacy = node.toLegacyObject() as unknown as {
    readonly subject?: { readonly CN?: string | string[] };
  };
  assert.deepEqual(ours.names.commonNames, [legacy.subject?.CN ?? []].flat());
  if (ours.names.san === 'present') {
    const text = readAltNamesText(node.subjectAltName ?? '');
    assert.deepEqual(text?.dns, ours.names.dns);
    assert.deepEqual(text.ip, withoutOctets(ours.names.ip));
    assert.deepEqual(
      text.others.map(({ type }) => type),
      ours.names.others.map(({ type }) => type),
    );
  } else if (ours.names.san === 'absent') {
    assert.equal(node.subjectAltName, undefined);
  }

  let key;
  try {
    key = node.publicKey;
  } catch {
    return; // A key that OpenSSL does not know.
  }
  const details = key.asymmetricKeyDetails ?? {};
  assert.equal(ours.key.type.toLowerCase(), key.asymmetricKeyType);
  assert.equal(ours.key.bits, ours.key.type.startsWith('RSA') ? details.modulusLength : null);
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  // A curve written out in numbers has no name here; Node gives it the name of the one it equals.
  if (ours.key.curve !== null && details.namedCurve !== undefined && details.namedCurve in curves) {
    assert.equal(ours.key.curve, curves[details.namedCurve]);
  }
}

function compareTime(ours: Date | null, node: string): void {
  // Node's text has no fractions, and no form for what it cannot read.
  if (ours !== null) assert.equal(Math.floor(ours.getTime() / 1000) * 1000, new Date(node).getTime());
}

function verifies(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function compareWithPeculiar(ours: Certificate): void {
  const theirs = new x509.X509Certificate(ours.der as Uint8Array<ArrayBuffer>);
  // Of a negative number they give the octets; the sign octet of a positive one they leave out.
  if (!ours.serialNumber.startsWith('-')) assert.equal(ours.serialNumber, theirs.serialNumber);
  assert.equal(ours.notBefore?.getTime(), theirs.notBefore.getTime());
  assert.equal(ours.notAfter?.getTime(), theirs.notAfter.getTime());
  const constraints = theirs.getExtension(x509.BasicConstraintsExtension);
  assert.equal(ours.basicConstraints?.ca, constraints?.ca);
  assert.equal(ours.basicConstraints?.pathLength ?? undefined, constraints?.pathLength);
  assert.equal(
    ours.subjectKeyId ?? undefined,
    theirs.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
  );
  assert.equal(
    ours.authorityKeyId ?? undefined,
    theirs.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId,
  );
  const usages = theirs.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
  assert.equal(ours.extendedKeyUsage?.length, usages?.length);
  const flags = theirs.getExtension(x509.KeyUsagesExtension)?.usages;
  if (flags !== undefined && !Number.isNaN(flags)) {
    const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
    assert.equal(ours.keyUsage?.includes('keyCertSign'), (flags & keyCertSign) !== 0);
    assert.equal(ours.keyUsage?.includes('digitalSignature'), (flags & digitalSignature) !== 0);
  }
  assert.deepEqual(attributes(ours.subject.attributes), peculiarAttributes(theirs.subjectName));
  assert.deepEqual(attributes(ours.issuer.attributes), peculiarAttributes(theirs.issuerName));
  if (ours.names.san !== 'present') return;
  const names = theirs.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const of = (type: string): string[] => names.filter((name) => name.type === type).map(({ value }) => value);
  if (ours.names.dns.every((name) => /^[ -~]*$/.test(name))) assert.deepEqual(ours.names.dns, of('dns'));
  if (!ours.names.ip.some((address) => address.startsWith('hex:'))) {
    const canonical = of('ip').map((address) =>
      address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address,
    );
    assert.deepEqual(ours.names.ip, canonical);
  }
}

/** Values of the common types, in the order of the certificate; the two name the others differently. */
function attributes(list: Certificate['subject']['attributes']): string[] {
  return list
    .filter(({ type }) => /^(CN|OU?|C|L|ST)$/.test(type))
    .map(({ type, value }) => `${type}=${value}`);
}

function peculiarAttributes(name: x509.Name): string[] {
  return name
    .toJSON()
    .flatMap((set) =>
      Object.entries(set).flatMap(([type, values]) => values.map((value) => `${type}=${value}`)),
    )
    .filter((attribute) => /^(CN|OU?|C|L|ST)=/.test(attribute));
}

const algorithms = [
  { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  { name: 'Ed25519' },
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1032, publicExponent: Uint8Array.of(3), hash: 'SHA-1' },
];

/** Certificates of every shape the maker can make: number `i` decides each choice, so that all combinations come. */
async function generate(i: number, keys: webcrypto.CryptoKeyPair, algorithm: object): Promise<Certificate> {
  const pick = <T>(...of: readonly T[]): T => of[i % of.length] as T;
  const self = i % 5 === 0;
  const subject = pick(
    '',
    'CN=a.example',
    'C=DE, O=Übung, CN=*.example',
    'CN=a, CN=b',
    'O=a\\, b, OU=x\\+y',
    'CN=😀',
  );
  const names: x509.JsonGeneralName[] = [];
  for (let n = 0; n < i % 7; n++) {
    names.push(
      [
        { type: 'dns' as const, value: `n${n}.site-${i}.example` },
        { type: 'dns' as const, value: `*.W${n}.Example` },
        { type: 'ip' as const, value: `192.0.2.${(i + n) % 256}` },
        { type: 'ip' as const, value: `2001:db8::${i.toString(16)}:${n}` },
        { type: 'email' as const, value: `a${n}@b.example` },
        { type: 'url' as const, value: `https://a.example/${n}` },
        { type: 'dn' as const, value: `CN=x${n}` },
        { type: 'id' as const, value: `1.2.3.${n}` },
      ][(i + n) % 8] as x509.JsonGeneralName,
    );
  }
  const extensions: x509.Extension[] = [];
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names, i % 3 === 0));
  if (i % 2 === 0)
    extensions.push(new x509.BasicConstraintsExtension(i % 4 === 0, i % 8 === 0 ? i % 11 : undefined));
  if (i % 3 !== 0) extensions.push(new x509.KeyUsagesExtension(1 << (i % 9), true));
  if (i % 3 !== 1)
    extensions.push(new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.2.3.4'].slice(i % 2)));
  if (i % 4 !== 3) extensions.push(await x509.SubjectKeyIdentifierExtension.create(keys.publicKey));
  if (i % 4 !== 2) extensions.push(await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey));
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: pick('01', '00ff', '7f', '0123456789abcdef0123456789abcdef01234567', '00'),
    subject,
    issuer: self ? subject : 'CN=altname test CA',
    notBefore: new Date(pick('1950-01-01T00:00:00Z', '2026-02-28T23:59:59Z', '2049-12-31T23:59:59Z')),
    notAfter: new Date(pick('2050-01-01T00:00:00Z', '2049-12-31T23:59:59Z', '9999-12-31T23:59:59Z')),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm as x509.HashedAlgorithm,
    extensions,
  });
  return readCertificate(new Uint8Array(made.rawData));
}

for (const algorithm of algorithms) {
  const title = Object.entries(algorithm)
    .filter(([key]) => key !== 'publicExponent')
    .map(([, value]) => value)
    .join(' ');
  test(`60 generated certificates read as by Node and @peculiar/x509: ${title}`, async () => {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair;
    for (let i = 0; i < 60; i++) {
      const ours = await generate(i, keys, algorithm);
      compareWithNode(ours);
      compareWithPeculiar(ours);
      assert.equal(ours.selfSigned, ours.selfIssued);
      assert.equal(ours.key.curve, algorithm.namedCurve ?? null);
    }
  });
}

/** Reads them, and compares; the suites have the same roots again and again. */
function compareAll(certificates: Iterable<string | Uint8Array>): number {
  const seen = new Set<string>();
  for (const one of certificates) {
    const ours = readCertificate(one);
    const key = Buffer.from(ours.der).toString('latin1');
    if (seen.has(key)) continue;
    seen.add(key);
    compareWithNode(ours);
    if (readsWithPeculiar(ours)) compareWithPeculiar(ours);
  }
  return seen.size;
}

/** The suites have keys and extensions in them on purpose that @peculiar/x509 refuses. */
function readsWithPeculiar({ der, names }: Certificate): boolean {
  try {
    void new x509.X509Certificate(der as Uint8Array<ArrayBuffer>).extensions;
    return names.san !== 'malformed';
  } catch {
    return false;
  }
}

test('every certificate of x509-limbo reads as by Node and @peculiar/x509', { skip: withoutLimbo }, () => {
  const pems = (limbo ?? []).flatMap(({ leafPem, intermediatesPem, trustedPem }) => [
    leafPem,
    ...intermediatesPem,
    ...trustedPem,
  ]);
  assert.ok(compareAll(pems) > 500);
});

test('every certificate of BetterTLS reads as by Node and @peculiar/x509', { skip: withoutBetterTls }, () => {
  assert.equal(compareAll((betterTls ?? []).map(({ leafDerB64 }) => Buffer.from(leafDerB64, 'base64'))), 477);
});
