import { DerReader, malformed } from './der.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** The short name of RFC 4514 §3 where there is one (`CN`), else the object identifier. */
  readonly type: string;
  readonly value: string;
}

/** A distinguished name: subject or issuer (RFC 5280 §4.1.2.4). */
export interface DistinguishedName {
  /** `CN=…, O=… + OU=…` in the order of the certificate, special characters escaped as in RFC 4514. */
  readonly text: string;
  readonly attributes: readonly NameAttribute[];
}

const shortNames: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** No name that is read here has more attributes. */
const mostAttributes = 10_000;

/**
 * Walks a Name: a SEQUENCE of SETs, each of one attribute or more.
 *
 * @throws {AltnameError} when it is malformed, or has over 10,000 attributes
 */
export function walkName(reader: DerReader): void {
  let attributes = 0;
  const name = reader.into(0x30);
  while (!reader.done) {
    const set = reader.into(0x31);
    do {
      const attribute = reader.into(0x30);
      reader.expectOid();
      reader.next();
      reader.out(attribute);
      if (++attributes > mostAttributes) throw malformed(reader.at, 'a name of over 10,000 attributes');
    } while (!reader.done);
    reader.out(set);
  }
  reader.out(name);
}

/** Reads a Name. @throws {AltnameError} as {@link walkName}; never when that was done before. */
export function readDistinguishedName(der: Uint8Array): DistinguishedName {
  const walker = new DerReader(der);
  walkName(walker);
  walker.finish();
  const attributes: NameAttribute[] = [];
  const parts: string[] = [];
  const outer = new DerReader(der);
  outer.next();
  const sets = outer.enter();
  while (!sets.done) {
    sets.next();
    const set = sets.enter();
    const first = attributes.length;
    while (!set.done) {
      set.next();
      const pair = set.enter();
      pair.next();
      const oid = pair.oid();
      const tag = pair.next();
      attributes.push({ type: shortNames[oid] ?? oid, value: directoryString(tag, pair.content()) });
    }
    parts.push(
      attributes
        .slice(first)
        .map(({ type, value }) => `${type}=${escapeValue(value)}`)
        .join(' + '),
    );
  }
  return { text: parts.join(', '), attributes };
}

/** The values of one attribute type, such as `CN`. */
export function attributeValues(name: DistinguishedName, type: string): string[] {
  return name.attributes.filter((attribute) => attribute.type === type).map(({ value }) => value);
}

function directoryString(tag: number, octets: Uint8Array): string {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (tag === 0x0c) return bytes.toString('utf8');
  if (tag === 0x1e && bytes.length % 2 === 0) return Buffer.from(bytes).swap16().toString('utf16le');
  if (tag === 0x1c && bytes.length % 4 === 0) return universalString(bytes);
  return bytes.toString('latin1');
}

function universalString(bytes: Buffer): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    const code = bytes.readUInt32BE(i);
    text += code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
  }
  return text;
}

function escapeValue(value: string): string {
  return value.replace(/[\\,+"<>;=]/g, '\\$&');
}
