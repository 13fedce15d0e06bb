/**
 * The places that OpenSSL keeps a certificate and its key in: a context holds at most one of each, and all EC keys
 * share one.
 */
export type KeySlot = 'EC' | 'RSA' | 'RSA-PSS' | 'Ed25519' | 'Ed448';

/** The kind of a public key. */
export interface KeyKind {
  readonly slot: KeySlot;
  /** For EC keys on a curve of TLS 1.3; null for all others. */
  readonly curve: 'P-256' | 'P-384' | 'P-521' | null;
}

/** The kind of the key in a subjectPublicKeyInfo; null when TLS has no use for it. */
export function keyKind(publicKeyInfo: Buffer): KeyKind | null {
  // The AlgorithmIdentifier is the first field: SEQUENCE { SEQUENCE { OID, parameters } BIT STRING }.
  const head = publicKeyInfo.subarray(0, 32).toString('hex');
  const found = algorithms.find(([oid]) => head.includes(oid));
  if (found === undefined) return null;
  const [, slot] = found;
  const curve = slot === 'EC' ? (curves.find(([oid]) => head.includes(oid))?.[1] ?? null) : null;
  return { slot, curve };
}

/**
 * Whether a client that announced these signature algorithms can verify a handshake signed with such a key.
 *
 * | key      | TLS 1.3 (RFC 8446 §4.2.3)         | TLS 1.2 (RFC 5246 §7.4.1.4.1) |
 * |----------|-----------------------------------|-------------------------------|
 * | EC       | ECDSA with the hash of its curve  | any ECDSA                     |
 * | RSA      | RSA-PSS                           | RSA-PSS or RSA                |
 * | RSA-PSS  | RSA-PSS                           | RSA-PSS                       |
 * | Ed25519  | Ed25519                           | Ed25519                       |
 *
 * @param shared as `tlsSocket.getSharedSigalgs()` tells them; with none nothing is known, and every key may do.
 */
export function canVerify(kind: KeyKind, shared: readonly string[], tls13: boolean): boolean {
  if (shared.length === 0) return true;
  const wanted = tls13 && kind.curve !== null ? [`ECDSA+${hashes[kind.curve]}`] : prefixes[kind.slot];
  return shared.some((algorithm) =>
    wanted.some((prefix) => algorithm.startsWith(prefix) && !(tls13 && prefix === 'RSA+')),
  );
}

/**
 * Which kind of key is taken first when the client can verify several. TLS 1.3: the cheapest for the server. TLS 1.2:
 * RSA, because whether the client has a cipher suite with ECDSA at all is not told by Node.
 */
export function preference(slot: KeySlot, tls13: boolean): number {
  return (
    tls13 ? ['EC', 'Ed25519', 'RSA', 'Ed448', 'RSA-PSS'] : ['RSA', 'EC', 'RSA-PSS', 'Ed25519', 'Ed448']
  ).indexOf(slot);
}

/** Object identifiers with tag and length, in hexadecimal. */
const algorithms: readonly (readonly [string, KeySlot])[] = [
  ['06072a8648ce3d0201', 'EC'],
  ['06092a864886f70d010101', 'RSA'],
  ['06092a864886f70d01010a', 'RSA-PSS'],
  ['06032b6570', 'Ed25519'],
  ['06032b6571', 'Ed448'],
];

const curves: readonly (readonly [string, NonNullable<KeyKind['curve']>])[] = [
  ['06082a8648ce3d030107', 'P-256'],
  ['06052b81040022', 'P-384'],
  ['06052b81040023', 'P-521'],
];

const hashes = { 'P-256': 'SHA256', 'P-384': 'SHA384', 'P-521': 'SHA512' } as const;

const prefixes: Readonly<Record<KeySlot, readonly string[]>> = {
  EC: ['ECDSA+'],
  RSA: ['RSA-PSS+', 'RSA+'],
  'RSA-PSS': ['RSA-PSS+'],
  Ed25519: ['Ed25519'],
  Ed448: ['Ed448'],
};
