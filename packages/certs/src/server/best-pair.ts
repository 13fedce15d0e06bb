import { isValid } from './certificate-shelf.ts';
import type { KeyPair } from './key-pair.ts';
import { canVerify, preference, type KeySlot } from './key-slot.ts';

/** What a client told of itself before the certificate is chosen. */
export interface ClientHello {
  /** As `tlsSocket.getSharedSigalgs()` tells them; empty when nothing is known. */
  readonly signatureAlgorithms: readonly string[];
  readonly tls13: boolean;
}

/**
 * The pairs that carry one name, best first. In this order:
 *
 * 1. a key that the client can verify;
 * 2. valid now;
 * 3. the kind of key that is preferred (`key-slot.ts`);
 * 4. the latest notBefore: what was issued last was meant to replace what was there;
 * 5. the longer chain (`fullchain.pem` before `cert.pem`), the later notAfter, the file name.
 */
export function bestFirst(pairs: readonly KeyPair[], client: ClientHello, now: number): readonly KeyPair[] {
  if (pairs.length < 2) return pairs;
  const { signatureAlgorithms, tls13 } = client;
  const known = signatureAlgorithms.length > 0 && tls13;
  return pairs.toSorted(
    (a, b) =>
      Number(canVerify(b.kind, signatureAlgorithms, tls13)) -
        Number(canVerify(a.kind, signatureAlgorithms, tls13)) ||
      Number(isValid(b.leaf, now)) - Number(isValid(a.leaf, now)) ||
      preference(a.kind.slot, known) - preference(b.kind.slot, known) ||
      b.leaf.notBefore - a.leaf.notBefore ||
      b.leaf.chain.length - a.leaf.chain.length ||
      b.leaf.notAfter - a.leaf.notAfter ||
      (a.file < b.file ? -1 : 1),
  );
}

/** The best pair of each kind of key, for a client of which nothing is known yet. */
export function bestOfEachKind(pairs: readonly KeyPair[], now: number): KeyPair[] {
  const best = new Map<KeySlot, KeyPair>();
  for (const pair of bestFirst(pairs, unknownClient, now)) {
    if (!best.has(pair.kind.slot)) best.set(pair.kind.slot, pair);
  }
  return [...best.values()];
}

/** A client that told nothing: RSA is what most can verify. */
export const unknownClient: ClientHello = { signatureAlgorithms: [], tls13: false };
