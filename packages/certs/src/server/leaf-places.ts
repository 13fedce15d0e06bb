/**
 * Where two fields stand in a certificate (RFC 5280 §4.1). The octets are those of a certificate that
 * `readCertificate` accepted, so tags and lengths are known to be right: reading all its facts for these two would make
 * the start of a server with 10,000 certificates several times as long.
 */
export interface LeafPlaces {
  /** Milliseconds since 1970; NaN for a date that cannot be read. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The octets of the subjectPublicKeyInfo; a view, not a copy. */
  readonly publicKeyInfo: Buffer;
}

export function findLeafPlaces(der: Uint8Array): LeafPlaces {
  const octets = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  let at = contentOf(octets, contentOf(octets, 0));
  if (octets[at] === version) at = endOf(octets, at);
  // serialNumber, signature, issuer
  for (let field = 0; field < 3; field++) at = endOf(octets, at);
  const begins = contentOf(octets, at);
  const notBefore = dateAt(octets, begins);
  const notAfter = dateAt(octets, endOf(octets, begins));
  at = endOf(octets, endOf(octets, at));
  return { notBefore, notAfter, publicKeyInfo: octets.subarray(at, endOf(octets, at)) };
}

/**
 * The octets of a subjectPublicKeyInfo that only this key has: the modulus of an RSA key, else the content of the bit
 * string.
 */
export function publicKeyOctets(publicKeyInfo: Buffer, rsa: boolean): Buffer {
  const bits = endOf(publicKeyInfo, contentOf(publicKeyInfo, 0));
  const content = contentOf(publicKeyInfo, bits) + 1;
  if (!rsa) return publicKeyInfo.subarray(content, endOf(publicKeyInfo, bits));
  const modulus = contentOf(publicKeyInfo, content);
  return publicKeyInfo.subarray(contentOf(publicKeyInfo, modulus), endOf(publicKeyInfo, modulus));
}

const version = 0xa0;
const utcTime = 0x17;

function contentOf(der: Buffer, at: number): number {
  const first = der[at + 1] ?? 0;
  return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

function endOf(der: Buffer, at: number): number {
  const first = der[at + 1] ?? 0;
  return contentOf(der, at) + (first < 0x80 ? first : der.readUIntBE(at + 2, first & 0x7f));
}

/** UTCTime has two digits for the year, GeneralizedTime four (RFC 5280 §4.1.2.5). */
function dateAt(der: Buffer, at: number): number {
  const text = der.toString('latin1', contentOf(der, at), endOf(der, at));
  const full = der[at] === utcTime ? (text < '5' ? '20' : '19') + text : text;
  if (!/^\d{14}(?:\.\d+)?Z$/.test(full)) return Number.NaN;
  const part = (start: number, end: number): number => Number(full.slice(start, end));
  return Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14));
}
