import { AltnameError } from '../error.ts';
import { DerReader, malformed } from './der.ts';

/** The public key of a certificate, as far as a person wants to know it. */
export interface PublicKeyFacts {
  /** `RSA`, `EC`, `Ed25519`, `Ed448`, `RSA-PSS`, `DSA`, or the object identifier. */
  readonly type: string;
  /** Size of the RSA modulus in bits; null for other keys. */
  readonly bits: number | null;
  /** The named curve of an EC key; null for other keys. */
  readonly curve: string | null;
}

const keyTypes: Record<string, string> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.10040.4.1': 'DSA',
};

const curves: Record<string, string> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
  '1.3.132.0.10': 'secp256k1',
};

const signatures: Record<string, string> = {
  '1.2.840.113549.1.1.4': 'RSA with MD5',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.113549.1.1.11': 'RSA with SHA-256',
  '1.2.840.113549.1.1.12': 'RSA with SHA-384',
  '1.2.840.113549.1.1.13': 'RSA with SHA-512',
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.2': 'ECDSA with SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA with SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA with SHA-512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

/** Reads a SubjectPublicKeyInfo. What cannot be read is `unknown`: a name check does not need the key. */
export function readKey(info: Uint8Array): PublicKeyFacts {
  try {
    const outer = new DerReader(info);
    outer.expect(0x30);
    const inner = outer.enter();
    inner.expect(0x30);
    const algorithm = inner.enter();
    algorithm.expect(0x06);
    const oid = algorithm.oid();
    const type = keyTypes[oid] ?? oid;
    let curve: string | null = null;
    if (type === 'EC' && algorithm.sees(0x06)) {
      algorithm.next();
      const named = algorithm.oid();
      curve = curves[named] ?? named;
    }
    inner.expect(0x03);
    return { type, bits: type.startsWith('RSA') ? modulusBits(inner) : null, curve };
  } catch (error) {
    if (error instanceof AltnameError) return { type: 'unknown', bits: null, curve: null };
    throw error;
  }
}

/** The key in words: `RSA 2048`, `EC P-256`, `Ed25519`. */
export function keyText(key: PublicKeyFacts): string {
  return [key.type, key.bits ?? key.curve ?? ''].join(' ').trim();
}

/** The name of a signature algorithm, from its AlgorithmIdentifier. */
export function signatureName(identifier: Uint8Array): string {
  try {
    const reader = new DerReader(identifier);
    reader.into(0x30);
    reader.expect(0x06);
    const oid = reader.oid();
    return signatures[oid] ?? oid;
  } catch (error) {
    if (error instanceof AltnameError) return 'unknown';
    throw error;
  }
}

function modulusBits(bitString: DerReader): number {
  const key = new DerReader(bitString.bytes, bitString.start + 1, bitString.stop);
  key.expect(0x30);
  const inner = key.enter();
  inner.expect(0x02);
  const octets = inner.content();
  const skip = octets[0] === 0 ? 1 : 0;
  if (octets.length === skip) throw malformed(inner.start, 'a modulus of 0');
  return (octets.length - skip) * 8 - (Math.clz32(octets[skip] ?? 0) - 24);
}
