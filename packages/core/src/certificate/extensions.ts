import { DerReader, malformed } from './der.ts';

/** Whether the key may sign certificates, and how many CAs may stand below (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | null;
}

/** Reads the content of a basicConstraints extension. @throws {AltnameError} when it is malformed. */
export function readBasicConstraints(content: Uint8Array): BasicConstraints {
  const inner = sequence(content);
  let ca = false;
  let pathLength: number | null = null;
  if (inner.sees(0x01)) {
    inner.next();
    ca = inner.boolean();
  }
  if (inner.sees(0x02)) {
    inner.next();
    if (inner.stop - inner.start > 4) throw malformed(inner.start, 'a path length too large');
    pathLength = Number.parseInt(inner.hex(), 16);
  }
  inner.finish();
  return { ca, pathLength };
}

const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/** Reads the content of a keyUsage extension, in the names of RFC 5280 §4.2.1.3. */
export function readKeyUsage(content: Uint8Array): string[] {
  const outer = new DerReader(content);
  outer.expect(0x03);
  outer.finish();
  const bits = outer.content();
  return keyUsages.filter((_, i) => ((bits[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

const extendedKeyUsages: Record<string, string> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
};

/** Reads the content of an extKeyUsage extension, in the names of RFC 5280 §4.2.1.12, else as object identifiers. */
export function readExtendedKeyUsage(content: Uint8Array): string[] {
  const inner = sequence(content);
  const usages: string[] = [];
  while (!inner.done) {
    inner.expect(0x06);
    const oid = inner.oid();
    usages.push(extendedKeyUsages[oid] ?? oid);
  }
  return usages;
}

/** Reads the key identifier of an authorityKeyIdentifier extension, in hexadecimal; null when it has none. */
export function readAuthorityKeyId(content: Uint8Array): string | null {
  const inner = sequence(content);
  if (!inner.sees(0x80)) return null;
  inner.next();
  return inner.hex();
}

/** Reads the URLs of the issuer's certificate from an authorityInfoAccess extension (RFC 5280 §4.2.2.1). */
export function readCaIssuers(content: Uint8Array): string[] {
  const inner = sequence(content);
  const urls: string[] = [];
  while (!inner.done && urls.length < 16) {
    inner.expect(0x30);
    const access = inner.enter();
    access.expect(0x06);
    const method = access.oid();
    const tag = access.next();
    if (method === '1.3.6.1.5.5.7.48.2' && tag === 0x86) urls.push(access.latin1());
  }
  return urls;
}

function sequence(content: Uint8Array): DerReader {
  const outer = new DerReader(content);
  outer.expect(0x30);
  outer.finish();
  return outer.enter();
}
