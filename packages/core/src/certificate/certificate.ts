import { createHash, X509Certificate } from 'node:crypto';
import { AltnameError } from '../error.ts';
import { CertificateNames, type PresentedNames } from '../names/presented.ts';
import { DerReader, malformed } from './der.ts';
import { attributeValues, readDistinguishedName, type DistinguishedName } from './distinguished-name.ts';
import {
  readAuthorityKeyId,
  readBasicConstraints,
  readCaIssuers,
  readExtendedKeyUsage,
  readKeyUsage,
  type BasicConstraints,
} from './extensions.ts';
import { readNameConstraints, type NameConstraints } from './name-constraints.ts';
import { readPemBlocks, toPem } from './pem.ts';
import { keyText, readKey, signatureName, type PublicKeyFacts } from './public-key.ts';
import { readTime } from './time.ts';

/** What a certificate says, as plain data: what evidence holds and JSON shows. Times are ISO 8601 in UTC. */
export interface CertificateFacts {
  readonly names: PresentedNames;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Null when the time on the certificate cannot be read. */
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly fingerprints: { readonly sha256: string; readonly sha1: string };
  readonly key: PublicKeyFacts;
  readonly signatureAlgorithm: string;
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

/** No single certificate that is read here is larger: 16 MiB. */
const largestCertificate = 16 * 1024 * 1024;

/**
 * Reads one certificate: PEM text (the first block), or DER.
 *
 * The structure and the subjectAltName are validated at once, everything else when it is first asked for.
 *
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when it is no certificate, with the octet where it stops being one.
 */
export function readCertificate(pemOrDer: string | Uint8Array): Certificate {
  if (typeof pemOrDer !== 'string') {
    if (!(pemOrDer instanceof Uint8Array)) throw notACertificate();
    return pemOrDer[0] === 0x30 ? new Certificate(pemOrDer) : readCertificate(asciiText(pemOrDer));
  }
  const first = readPemBlocks(pemOrDer)[0];
  if (first === undefined) throw notACertificate();
  return new Certificate(first);
}

/**
 * Reads every certificate of a PEM bundle, in its order, or the one of a DER file.
 *
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when there is none, or one of them cannot be read.
 */
export function readCertificates(pemOrDer: string | Uint8Array): Certificate[] {
  if (typeof pemOrDer !== 'string' && pemOrDer[0] === 0x30) return [new Certificate(pemOrDer)];
  const blocks = readPemBlocks(typeof pemOrDer === 'string' ? pemOrDer : asciiText(pemOrDer));
  if (blocks.length === 0) throw notACertificate();
  return blocks.map((der) => new Certificate(der));
}

interface Span {
  readonly start: number;
  readonly stop: number;
}

/** A certificate (RFC 5280 §4.1). Made by {@link readCertificate}. */
export class Certificate {
  /** The octets of the whole certificate. */
  readonly der: Uint8Array;
  /** The names it presents. */
  readonly names: PresentedNames;
  readonly #serialNumber: Span;
  readonly #issuer: Span;
  readonly #validity: Span;
  readonly #subject: Span;
  readonly #publicKey: Span;
  readonly #signatureAlgorithm: Span;
  readonly #extensions: Span | null;
  #facts: CertificateFacts | undefined;

  /** @throws {AltnameError} when the octets are not one certificate in DER, and nothing else. */
  constructor(der: Uint8Array) {
    if (der.length > largestCertificate) throw malformed(0, 'over 16 MiB');
    const outer = new DerReader(der);
    outer.expect(0x30);
    outer.finish();
    const certificate = outer.enter();
    certificate.expect(0x30);
    const tbs = certificate.enter();
    certificate.expect(0x30);
    this.#signatureAlgorithm = { start: certificate.start, stop: certificate.stop };
    certificate.expect(0x03);
    certificate.finish();

    if (tbs.sees(0xa0)) tbs.next();
    tbs.expect(0x02);
    this.#serialNumber = { start: tbs.start, stop: tbs.stop };
    tbs.expect(0x30);
    this.#issuer = whole(tbs, 0x30);
    tbs.expect(0x30);
    this.#validity = { start: tbs.start, stop: tbs.stop };
    this.#subject = whole(tbs, 0x30);
    this.#publicKey = whole(tbs, 0x30);
    if (tbs.sees(0x81)) tbs.next();
    if (tbs.sees(0x82)) tbs.next();
    this.der = der;
    let extensions: Span | null = null;
    let names: CertificateNames | null = null;
    if (tbs.sees(0xa3)) {
      tbs.next();
      const wrapper = tbs.enter();
      wrapper.expect(0x30);
      wrapper.finish();
      extensions = { start: wrapper.start, stop: wrapper.stop };
      names = readNames(der, wrapper.enter(), this.#commonNames);
    }
    tbs.finish();
    this.#extensions = extensions;
    this.names = names ?? new CertificateNames('absent', der, 0, 0, this.#commonNames);
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
    return (this.#facts ??= this.#readFacts());
  }

  #readFacts(): CertificateFacts {
    const { der } = this;
    const [notBefore, notAfter] = readValidity(der, this.#validity);
    const subject = readDistinguishedName(cut(der, this.#subject));
    const issuer = readDistinguishedName(cut(der, this.#issuer));
    const extension = this.#findExtension;
    const selfIssued = Buffer.compare(cut(der, this.#subject), cut(der, this.#issuer)) === 0;
    const constraints = extension('2.5.29.30');
    return Object.freeze({
      names: (this.names as CertificateNames).toJSON(),
      subject,
      issuer,
      notBefore,
      notAfter,
      serialNumber: Buffer.from(cut(der, this.#serialNumber)).toString('hex'),
      fingerprints: { sha256: digest('sha256', der), sha1: digest('sha1', der) },
      key: readKey(cut(der, this.#publicKey)),
      signatureAlgorithm: signatureName(cut(der, this.#signatureAlgorithm)),
      basicConstraints: orNull(extension('2.5.29.19'), readBasicConstraints),
      nameConstraints: constraints === null ? null : (attempt(constraints, readNameConstraints) ?? 'malformed'),
      keyUsage: orNull(extension('2.5.29.15'), readKeyUsage),
      extendedKeyUsage: orNull(extension('2.5.29.37'), readExtendedKeyUsage),
      subjectKeyId: orNull(extension('2.5.29.14'), readOctetString),
      authorityKeyId: orNull(extension('2.5.29.35'), readAuthorityKeyId),
      caIssuers: orNull(extension('1.3.6.1.5.5.7.1.1'), readCaIssuers) ?? [],
      selfIssued,
      selfSigned: selfIssued && signedByItself(der),
    });
  }

  readonly #commonNames = (): readonly string[] =>
    attempt(cut(this.der, this.#subject), (name) => attributeValues(readDistinguishedName(name), 'CN')) ?? [];

  readonly #findExtension = (oid: string): Uint8Array | null => {
    if (this.#extensions === null) return null;
    const list = new DerReader(this.der, this.#extensions.start, this.#extensions.stop);
    while (!list.done) {
      list.expect(0x30);
      const extension = list.enter();
      extension.expect(0x06);
      if (extension.oid() !== oid) continue;
      if (extension.sees(0x01)) extension.next();
      extension.expect(0x04);
      return extension.content();
    }
    return null;
  };
}

/**
 * The subjectAltName among the extensions. A second one, or one that is not exactly a GeneralNames, leaves no names
 * to match and no way back to the CN: Node, which falls back, is wrong there.
 */
function readNames(
  der: Uint8Array,
  list: DerReader,
  commonNames: () => readonly string[],
): CertificateNames | null {
  let found: CertificateNames | null = null;
  if (list.done) throw malformed(list.at, 'an empty list of extensions');
  while (!list.done) {
    list.expect(0x30);
    const extension = list.enter();
    extension.expect(0x06);
    const at = extension.start;
    const isSan =
      extension.stop - at === 3 && der[at] === 0x55 && der[at + 1] === 0x1d && der[at + 2] === 0x11;
    if (extension.sees(0x01)) extension.next();
    extension.expect(0x04);
    extension.finish();
    if (!isSan) continue;
    if (found !== null) return new CertificateNames('duplicate', der, 0, 0, commonNames);
    const span = generalNames(extension);
    found =
      span === null
        ? new CertificateNames('malformed', der, 0, 0, commonNames)
        : new CertificateNames('present', der, span.start, span.stop, commonNames);
  }
  return found;
}

const generalNameTags = new Set([0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88]);

/** The content of a GeneralNames, every entry looked at; null when it is not one (RFC 5280 §4.2.1.6). */
function generalNames(extension: DerReader): Span | null {
  try {
    const outer = extension.enter();
    outer.expect(0x30);
    outer.finish();
    const entries = outer.enter();
    if (entries.done) return null;
    while (!entries.done) {
      const tag = entries.next();
      if (tag !== 0x82 && !generalNameTags.has(tag)) return null;
    }
    return { start: outer.start, stop: outer.stop };
  } catch (error) {
    if (error instanceof AltnameError) return null;
    throw error;
  }
}

function whole(reader: DerReader, tag: number): Span {
  const start = reader.at;
  reader.expect(tag);
  return { start, stop: reader.stop };
}

function cut(der: Uint8Array, span: Span): Uint8Array {
  return der.subarray(span.start, span.stop);
}

function readValidity(der: Uint8Array, span: Span): [string | null, string | null] {
  const reader = new DerReader(der, span.start, span.stop);
  const read = (): string | null => {
    const tag = reader.next();
    return readTime(tag, reader.latin1())?.toISOString() ?? null;
  };
  try {
    return [read(), read()];
  } catch (error) {
    if (error instanceof AltnameError) return [null, null];
    throw error;
  }
}

function readOctetString(content: Uint8Array): string {
  const reader = new DerReader(content);
  reader.expect(0x04);
  return reader.hex();
}

function attempt<T>(content: Uint8Array, read: (content: Uint8Array) => T): T | null {
  try {
    return read(content);
  } catch (error) {
    if (error instanceof AltnameError) return null;
    throw error;
  }
}

function orNull<T>(content: Uint8Array | null, read: (content: Uint8Array) => T): T | null {
  return content === null ? null : attempt(content, read);
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

function dateOf(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}

function asciiText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function notACertificate(): AltnameError {
  return new AltnameError('ALTNAME_BAD_CERTIFICATE', 'not a certificate: PEM or DER expected');
}
