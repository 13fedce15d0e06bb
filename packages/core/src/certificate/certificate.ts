import { types } from 'node:util';
import { AltnameError } from '../error.ts';
import { CertificateNames } from '../names/certificate-names.ts';
import type { PresentedNames } from '../names/presented.ts';
import { malformed } from './der.ts';
import { attributeValues, readDistinguishedName, type DistinguishedName } from './distinguished-name.ts';
import type { BasicConstraints } from './extensions.ts';
import { readFacts, type CertificateFacts } from './facts.ts';
import { readPemBlocks, toPem } from './pem.ts';
import { keyText, type PublicKeyFacts } from './public-key.ts';
import { readStructure, type Structure } from './structure.ts';

export type { CertificateFacts } from './facts.ts';

/** No single certificate that is read here is larger: 16 MiB. */
const largestCertificate = 16 * 1024 * 1024;

/**
 * Reads one certificate: PEM text (the first block), or DER. DER is not copied: do not change it afterwards.
 *
 * The structure and the subjectAltName are validated at once, everything else when it is first asked for.
 *
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when it is no certificate, with the octet where it stops being one.
 */
export function readCertificate(pemOrDer: string | Uint8Array): Certificate {
  if (isDer(pemOrDer)) return new Certificate(pemOrDer);
  const first = readPemBlocks(asText(pemOrDer))[0];
  if (first === undefined) throw notACertificate();
  return new Certificate(first);
}

/**
 * Reads every certificate of a PEM bundle, in its order, or the one of a DER file.
 *
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when there is none, or one of them cannot be read.
 */
export function readCertificates(pemOrDer: string | Uint8Array): Certificate[] {
  if (isDer(pemOrDer)) return [new Certificate(pemOrDer)];
  const blocks = readPemBlocks(asText(pemOrDer));
  if (blocks.length === 0) throw notACertificate();
  return blocks.map((der) => new Certificate(der));
}

/** A certificate (RFC 5280 §4.1). Made by {@link readCertificate}. */
export class Certificate {
  /** The octets of the whole certificate. */
  readonly der: Uint8Array;
  /** The names it presents. */
  readonly names: PresentedNames;
  readonly #structure: Structure;
  #facts: CertificateFacts | undefined = undefined;

  /** @throws {AltnameError} when the octets are not one certificate in DER, and nothing else. */
  constructor(der: Uint8Array) {
    if (der.length > largestCertificate) throw malformed(0, 'over 16 MiB');
    const structure = readStructure(der);
    const { san, sanEntries, subject } = structure;
    this.der = der;
    this.#structure = structure;
    this.names = new CertificateNames(san, der, sanEntries.start, sanEntries.stop, () =>
      attributeValues(readDistinguishedName(der.subarray(subject.start, subject.stop)), 'CN'),
    );
  }

  get subject(): DistinguishedName {
    return this.#read().subject;
  }

  get issuer(): DistinguishedName {
    return this.#read().issuer;
  }

  get notBefore(): Date | null {
    return dateOf(this.#read().notBefore);
  }

  get notAfter(): Date | null {
    return dateOf(this.#read().notAfter);
  }

  /** Both ends of the validity, inclusive (RFC 5280 §4.1.2.5). */
  get validity(): { readonly notBefore: Date | null; readonly notAfter: Date | null } {
    return { notBefore: this.notBefore, notAfter: this.notAfter };
  }

  get serialNumber(): string {
    return this.#read().serialNumber;
  }

  get fingerprints(): CertificateFacts['fingerprints'] {
    return this.#read().fingerprints;
  }

  get key(): PublicKeyFacts {
    return this.#read().key;
  }

  /** The public key in words, such as `RSA 2048` or `EC P-256`. */
  get keyText(): string {
    return keyText(this.key);
  }

  get signatureAlgorithm(): string {
    return this.#read().signatureAlgorithm;
  }

  get basicConstraints(): BasicConstraints | null {
    return this.#read().basicConstraints;
  }

  get nameConstraints(): CertificateFacts['nameConstraints'] {
    return this.#read().nameConstraints;
  }

  get keyUsage(): readonly string[] | null {
    return this.#read().keyUsage;
  }

  get extendedKeyUsage(): readonly string[] | null {
    return this.#read().extendedKeyUsage;
  }

  get subjectKeyId(): string | null {
    return this.#read().subjectKeyId;
  }

  get authorityKeyId(): string | null {
    return this.#read().authorityKeyId;
  }

  get caIssuers(): readonly string[] {
    return this.#read().caIssuers;
  }

  get selfIssued(): boolean {
    return this.#read().selfIssued;
  }

  get selfSigned(): boolean {
    return this.#read().selfSigned;
  }

  /** The certificate as one PEM block. */
  get pem(): string {
    return toPem(this.der);
  }

  /** Everything, as plain data. */
  toJSON(): CertificateFacts {
    return this.#read();
  }

  #read(): CertificateFacts {
    return (this.#facts ??= readFacts(this.der, this.#structure, (this.names as CertificateNames).toJSON()));
  }
}

/** DER begins with a SEQUENCE as long as the input; a text that begins with `0` does not go on like that. */
function isDer(input: string | Uint8Array): input is Uint8Array {
  if (typeof input === 'string' || !types.isUint8Array(input) || input[0] !== 0x30) return false;
  const length = input[1] ?? 0;
  return length > 0x7f || length === input.length - 2;
}

function asText(input: string | Uint8Array): string {
  if (typeof input === 'string') return input;
  if (!types.isUint8Array(input)) throw notACertificate();
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('latin1');
}

function dateOf(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}

function notACertificate(): AltnameError {
  return new AltnameError('ALTNAME_BAD_CERTIFICATE', 'not a certificate: PEM or DER expected');
}
