import type { SanState } from '../names/presented.ts';
import { AltnameError } from '../error.ts';
import { DerReader, malformed } from './der.ts';
import { walkName } from './distinguished-name.ts';
import { walkGeneralNames } from './general-names.ts';

/** Where something stands in the octets of a certificate. */
export interface Span {
  readonly start: number;
  readonly stop: number;
}

/** Where the fields of a certificate stand (RFC 5280 §4.1). Spans are of whole values, tag and length included. */
export interface Structure {
  readonly serialNumber: Span;
  readonly issuer: Span;
  readonly validity: Span;
  readonly subject: Span;
  readonly publicKey: Span;
  /** The content of the list of extensions; null when there is none. */
  readonly extensions: Span | null;
  readonly signatureAlgorithm: Span;
  readonly san: SanState;
  /** The entries of the subjectAltName, every one looked at; empty unless `san` is `present`. */
  readonly sanEntries: Span;
}

const none: Span = { start: 0, stop: 0 };

/**
 * Walks a whole certificate once. Every tag and length is checked, down to the attributes of its names, the fields of
 * its extensions and the entries of its subjectAltName; what stands inside the other extensions is left alone.
 *
 * @throws {AltnameError} when the octets are not one certificate in DER, and nothing else.
 */
export function readStructure(der: Uint8Array): Structure {
  const reader = new DerReader(der);
  const file = reader.into(0x30);
  const certificate = reader.into(0x30);
  if (reader.sees(0xa0)) walkVersion(reader);
  const serialNumber = walk(reader, walkInteger);
  walkAlgorithm(reader);
  const issuer = walk(reader, walkName);
  const validity = walk(reader, walkValidity);
  const subject = walk(reader, walkName);
  const publicKey = walk(reader, walkPublicKey);
  if (reader.sees(0x81)) reader.next();
  if (reader.sees(0x82)) reader.next();
  const found: FoundNames = { san: 'absent', sanEntries: none };
  let extensions: Span | null = null;
  if (reader.sees(0xa3)) {
    const outer = reader.into(0xa3);
    const list = reader.into(0x30);
    extensions = { start: reader.at, stop: reader.end };
    if (reader.done) throw malformed(reader.at, 'an empty list of extensions');
    while (!reader.done) walkExtension(reader, found);
    reader.out(list);
    reader.out(outer);
  }
  reader.out(certificate);
  const signatureAlgorithm = walk(reader, walkAlgorithm);
  reader.expect(0x03);
  reader.out(file);
  reader.finish();
  const { san, sanEntries } = found;
  return {
    serialNumber,
    issuer,
    validity,
    subject,
    publicKey,
    extensions,
    signatureAlgorithm,
    san,
    sanEntries,
  };
}

/** The content of the extension with this object identifier; null when there is none, the first when there are more. */
export function findExtension(der: Uint8Array, list: Span | null, oid: string): Uint8Array | null {
  if (list === null) return null;
  const reader = new DerReader(der, list.start, list.stop);
  while (!reader.done) {
    const outer = reader.into(0x30);
    reader.expect(0x06);
    const wanted = reader.oid() === oid;
    if (reader.sees(0x01)) reader.next();
    reader.expect(0x04);
    if (wanted) return reader.content();
    reader.out(outer);
  }
  return null;
}

interface FoundNames {
  san: SanState;
  sanEntries: Span;
}

function walk(reader: DerReader, value: (reader: DerReader) => void): Span {
  const start = reader.at;
  value(reader);
  return { start, stop: reader.at };
}

function walkInteger(reader: DerReader): void {
  reader.expect(0x02);
  if (reader.start === reader.stop) throw malformed(reader.start, 'an INTEGER without octets');
}

function walkVersion(reader: DerReader): void {
  const outer = reader.into(0xa0);
  walkInteger(reader);
  reader.out(outer);
}

/** AlgorithmIdentifier: an object identifier, and parameters or none. */
function walkAlgorithm(reader: DerReader): void {
  const outer = reader.into(0x30);
  reader.expectOid();
  if (!reader.done) reader.next();
  reader.out(outer);
}

/** Two times. Whether they are times that can be read is seen when they are read. */
function walkValidity(reader: DerReader): void {
  const outer = reader.into(0x30);
  reader.next();
  reader.next();
  reader.out(outer);
}

function walkPublicKey(reader: DerReader): void {
  const outer = reader.into(0x30);
  walkAlgorithm(reader);
  reader.expect(0x03);
  reader.out(outer);
}

/**
 * One extension. A second subjectAltName, or one that is not exactly a GeneralNames, leaves no names to match and no
 * way back to the CN: Node, which falls back, is wrong there.
 */
function walkExtension(reader: DerReader, found: FoundNames): void {
  const outer = reader.into(0x30);
  reader.expectOid();
  const { bytes, start: at } = reader;
  const isSan =
    reader.stop - at === 3 && bytes[at] === 0x55 && bytes[at + 1] === 0x1d && bytes[at + 2] === 0x11;
  if (reader.sees(0x01)) {
    reader.next();
    reader.boolean();
  }
  reader.expect(0x04);
  if (isSan) {
    const entries = found.san === 'absent' ? readSanEntries(reader.enter()) : none;
    found.san = found.san !== 'absent' ? 'duplicate' : entries === null ? 'malformed' : 'present';
    found.sanEntries = entries ?? none;
  }
  reader.out(outer);
}

function readSanEntries(content: DerReader): Span | null {
  try {
    const outer = content.into(0x30);
    const span = { start: content.at, stop: content.end };
    walkGeneralNames(content);
    content.out(outer);
    content.finish();
    return span;
  } catch (error) {
    if (error instanceof AltnameError) return null;
    throw error;
  }
}
