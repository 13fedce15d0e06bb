import { createSecureContext, type SecureContext } from 'node:tls';
import type { KeyPair } from './key-pair.ts';
import type { TlsSettings } from './server-context-options.ts';

/**
 * The contexts that were used last, made when they are first needed.
 *
 * Two generations of half the size each: what is used comes into the new one, and when that is full, the old one is let
 * go. So one that is used keeps its place without being moved each time, and at least half of `most` are always kept.
 */
export class ContextCache {
  readonly #settings: TlsSettings;
  readonly #half: number;
  #recent = new Map<KeyPair, SecureContext>();
  #older = new Map<KeyPair, SecureContext>();

  /** @param most contexts are kept, 2 at least */
  constructor(settings: TlsSettings, most: number) {
    this.#settings = settings;
    this.#half = Math.ceil(most / 2);
  }

  /** @throws what OpenSSL has against the pair, such as a key that is too small */
  get(pair: KeyPair): SecureContext {
    const recent = this.#recent.get(pair);
    if (recent !== undefined) return recent;
    const context =
      this.#older.get(pair) ??
      createSecureContext({ ...this.#settings, cert: certificatePem(pair), key: pair.key.pem });
    if (this.#recent.size >= this.#half) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#older.delete(pair);
    this.#recent.set(pair, context);
    return context;
  }

  /** Lets go of every context whose pair is not served any more. Handshakes that have one keep it. */
  keepOnly(pairs: ReadonlySet<KeyPair>): void {
    for (const generation of [this.#recent, this.#older]) {
      for (const pair of generation.keys()) if (!pairs.has(pair)) generation.delete(pair);
    }
  }
}

/** The certificate and its chain, as Node takes them. */
export function certificatePem({ leaf }: KeyPair): string {
  return leaf.certificate.pem + leaf.chain;
}
