import { createHash, X509Certificate } from 'node:crypto';
import { AltnameError } from '../error.ts';
import type { PresentedNames } from '../names/presented.ts';
import { DerReader } from './der.ts';
import { readDistinguishedName, type DistinguishedName } from './distinguished-name.ts';
import {
  readAuthorityKeyId,
  readBasicConstraints,
  readCaIssuers,
  readExtendedKeyUsage,
  readKeyUsage,
  type BasicConstraints,
} from './extensions.ts';
import { readNameConstraints, type NameConstraints } from './name-constraints.ts';
import { readKey, signatureName, type PublicKeyFacts } from './public-key.ts';
import { findExtension, type Span, type Structure } from './structure.ts';
import { readTime } from './time.ts';

/** What a certificate says, as plain data: what evidence holds and JSON shows. Times are ISO 8601 in UTC. */
export interface CertificateFacts {
  readonly names: PresentedNames;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Null when the time on the certificate cannot be read. */
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Lower-case hexadecimal, whole octets, no leading zeros; `-` before a negative number, as OpenSSL writes it. */
  readonly serialNumber: string;
  readonly fingerprints: { readonly sha256: string; readonly sha1: string };
  readonly key: PublicKeyFacts;
  readonly signatureAlgorithm: string;
  /** Null when there is no such extension, or none that can be read; so for those below. */
  readonly basicConstraints: BasicConstraints | null;
  /** `malformed` when there is an extension that cannot be read: then the CA may issue for nothing. */
  readonly nameConstraints: NameConstraints | 'malformed' | null;
  readonly keyUsage: readonly string[] | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  /** Where the issuer's certificate can be had (RFC 5280 §4.2.2.1). A stranger's word: never fetched. */
  readonly caIssuers: readonly string[];
  /** Subject and issuer are the same name. */
  readonly selfIssued: boolean;
  /** Self-issued, and signed with its own key. */
  readonly selfSigned: boolean;
}

/** Reads everything from a certificate whose structure was walked. Never throws. */
export function readFacts(der: Uint8Array, structure: Structure, names: PresentedNames): CertificateFacts {
  const subject = cut(der, structure.subject);
  const issuer = cut(der, structure.issuer);
  const selfIssued = Buffer.compare(subject, issuer) === 0;
  const [notBefore, notAfter] = readValidity(cut(der, structure.validity));
  const read = <T>(oid: string, reader: (content: Uint8Array) => T): T | null => {
    const content = findExtension(der, structure.extensions, oid);
    return content === null ? null : attempt(content, reader);
  };
  const constrained = findExtension(der, structure.extensions, extensions.nameConstraints) !== null;
  return Object.freeze({
    names,
    subject: readDistinguishedName(subject),
    issuer: readDistinguishedName(issuer),
    notBefore,
    notAfter,
    serialNumber: readInteger(cut(der, structure.serialNumber)),
    fingerprints: { sha256: digest('sha256', der), sha1: digest('sha1', der) },
    key: readKey(cut(der, structure.publicKey)),
    signatureAlgorithm: signatureName(cut(der, structure.signatureAlgorithm)),
    basicConstraints: read(extensions.basicConstraints, readBasicConstraints),
    nameConstraints:
      read(extensions.nameConstraints, readNameConstraints) ?? (constrained ? 'malformed' : null),
    keyUsage: read(extensions.keyUsage, readKeyUsage),
    extendedKeyUsage: read(extensions.extendedKeyUsage, readExtendedKeyUsage),
    subjectKeyId: read(extensions.subjectKeyId, readHex),
    authorityKeyId: read(extensions.authorityKeyId, readAuthorityKeyId),
    caIssuers: read(extensions.authorityInfoAccess, readCaIssuers) ?? [],
    selfIssued,
    selfSigned: selfIssued && signedByItself(der),
  });
}

const extensions = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
};

function cut(der: Uint8Array, span: Span): Uint8Array {
  return der.subarray(span.start, span.stop);
}

function readValidity(der: Uint8Array): [string | null, string | null] {
  const reader = new DerReader(der);
  reader.into(0x30);
  const read = (): string | null => readTime(reader.next(), reader.latin1())?.toISOString() ?? null;
  return [read(), read()];
}

/** The content of one value, of whatever tag, in hexadecimal. */
function readHex(der: Uint8Array): string {
  const reader = new DerReader(der);
  reader.next();
  reader.finish();
  return reader.hex();
}

function readInteger(der: Uint8Array): string {
  const hex = readHex(der);
  // Two's complement (X.690 §8.3): the first bit is the sign.
  const negative = /^[89a-f]/.test(hex);
  const magnitude = negative ? (1n << BigInt(hex.length * 4)) - BigInt(`0x${hex}`) : BigInt(`0x${hex}`);
  const digits = magnitude.toString(16);
  return `${negative ? '-' : ''}${digits.length % 2 === 1 ? '0' : ''}${digits}`;
}

function attempt<T>(content: Uint8Array, read: (content: Uint8Array) => T): T | null {
  try {
    return read(content);
  } catch (error) {
    if (error instanceof AltnameError) return null;
    throw error;
  }
}

function signedByItself(der: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    return certificate.verify(certificate.publicKey);
  } catch {
    // A key or signature that OpenSSL cannot read verifies nothing.
    return false;
  }
}

function digest(algorithm: 'sha256' | 'sha1', der: Uint8Array): string {
  return createHash(algorithm).update(der).digest('hex');
}
