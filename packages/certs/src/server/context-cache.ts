import { createSecureContext, type SecureContext } from 'node:tls';
import type { KeyPair } from './key-pair.ts';
import type { TlsSettings } from './server-context-options.ts';

/** The contexts that were used last, made when they are first needed. */
export class ContextCache {
  readonly #settings: TlsSettings;
  readonly #most: number;
  /** In the order of their last use. */
  readonly #contexts = new Map<KeyPair, SecureContext>();

  constructor(settings: TlsSettings, most: number) {
    this.#settings = settings;
    this.#most = most;
  }

  /** @throws what OpenSSL has against the pair, such as a key that is too small */
  get(pair: KeyPair): SecureContext {
    const known = this.#contexts.get(pair);
    if (known !== undefined) {
      this.#contexts.delete(pair);
      this.#contexts.set(pair, known);
      return known;
    }
    const made = createSecureContext({ ...this.#settings, cert: certificatePem(pair), key: pair.key.pem });
    this.#contexts.set(pair, made);
    for (const oldest of this.#contexts.keys()) {
      if (this.#contexts.size <= this.#most) break;
      this.#contexts.delete(oldest);
    }
    return made;
  }

  /** Lets go of every context whose pair is not served any more. Handshakes that have one keep it. */
  keepOnly(pairs: ReadonlySet<KeyPair>): void {
    for (const pair of this.#contexts.keys()) if (!pairs.has(pair)) this.#contexts.delete(pair);
  }
}

/** The certificate and its chain, as Node takes them. */
export function certificatePem({ leaf }: KeyPair): string {
  return leaf.certificate.pem + leaf.chain;
}
