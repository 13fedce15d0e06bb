import { generateKeyPairSync } from 'node:crypto';

/** One value in DER: tag, length in the fewest octets, content. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const inside = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(inside.length), inside]);
}

export function sequence(...content: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...content);
}

export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  return tlv(0x06, ...[first * 40n + second, ...rest].map(base128));
}

export function text(tag: number, value: string, encoding: BufferEncoding = 'latin1'): Buffer {
  return tlv(tag, Buffer.from(value, encoding));
}

export const integer = (value: number): Buffer => tlv(0x02, Buffer.from([value]));
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const bits = (content: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), content);

/** GeneralName entries. A dNSName is written octet for character. */
export const dnsEntry = (value: string): Buffer => text(0x82, value);
export const ipEntry = (octets: Uint8Array): Buffer => tlv(0x87, octets);

/** A Name, of one-attribute sets: `[oid, value]`. */
export function name(...attributes: readonly (readonly [string, string])[]): Buffer {
  return sequence(
    ...attributes.map(([type, value]) => tlv(0x31, sequence(oid(type), text(0x0c, value, 'utf8')))),
  );
}

export const commonName = (...values: readonly string[]): Buffer =>
  name(...values.map((value) => ['2.5.4.3', value] as const));

export function extension(id: string, content: Uint8Array, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), tlv(0x04, content));
}

/** A subjectAltName extension with these GeneralName entries. */
export function altNames(...entries: readonly Uint8Array[]): Buffer {
  return extension('2.5.29.17', sequence(...entries));
}

/** Every part of a certificate, each replaceable by other octets; null leaves it out. */
export interface Parts {
  readonly version?: Uint8Array | null;
  readonly serialNumber?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly uniqueIds?: readonly Uint8Array[];
  /** The extensions; or, as octets, all of `[3]`; null leaves it out. */
  readonly extensions?: readonly Uint8Array[] | Uint8Array | null;
  readonly signature?: Uint8Array;
  /** What follows inside the certificate, and behind it. */
  readonly inside?: Uint8Array;
  readonly behind?: Uint8Array;
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const anyKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'der',
});
export const validity: Buffer = sequence(text(0x17, '260101000000Z'), text(0x17, '360101000000Z'));

/** A certificate in DER. Its signature is not one: for tests that only read. */
export function certificate(parts: Parts = {}): Buffer {
  const algorithm = parts.algorithm ?? ecdsaWithSha256;
  const { extensions = null } = parts;
  const tbs = sequence(
    ...(parts.version === null ? [] : [parts.version ?? tlv(0xa0, integer(2))]),
    parts.serialNumber ?? integer(1),
    algorithm,
    parts.issuer ?? commonName('altname test CA'),
    parts.validity ?? validity,
    parts.subject ?? sequence(),
    parts.publicKey ?? anyKey,
    ...(parts.uniqueIds ?? []),
    ...(extensions === null
      ? []
      : [extensions instanceof Uint8Array ? extensions : tlv(0xa3, sequence(...extensions))]),
  );
  const signature = parts.signature ?? bits(sequence(integer(1), integer(1)));
  return Buffer.concat([
    sequence(tbs, algorithm, signature, parts.inside ?? Buffer.alloc(0)),
    parts.behind ?? Buffer.alloc(0),
  ]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

function base128(value: bigint): Buffer {
  const octets = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(octets);
}
