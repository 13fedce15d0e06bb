import type { SecureContext } from 'node:tls';
import { TLSSocket } from 'node:tls';
import { bestFirst, bestOfEachKind, unknownClient, type ClientHello } from './best-pair.ts';
import { blankOver } from './blank-certificate.ts';
import { ContextCache } from './context-cache.ts';
import type { KeyPair } from './key-pair.ts';
import type { KeySlot } from './key-slot.ts';
import { NameIndex } from './name-index.ts';
import type { ReadOptions } from './server-context-options.ts';
import { messageOf, type ServerProblem } from './server-problem.ts';

/** The function that Node asks for a context when a client sent a server name. */
export type SniCallback = (
  servername: string,
  callback: (error: Error | null, context?: SecureContext) => void,
) => void;

/** What Node 20.17 and 22.5 added; the types are of an older one. */
interface KeyCertSocket {
  setKeyCert?(context: SecureContext): void;
}

/** Chooses the certificate of a handshake. */
export class Selection {
  readonly #fallback: string | null;
  readonly #contexts: ContextCache;
  readonly #tell: (problem: ServerProblem) => void;
  #index = new NameIndex<KeyPair>([]);
  /** Pairs that OpenSSL has something against. */
  readonly #unusable = new WeakSet<KeyPair>();
  /** For each kind of key that a default certificate of a server has, or had: what takes it out of a handshake. */
  readonly #blanks = new Map<KeySlot, SecureContext>();

  constructor({ fallback, tls, keep }: ReadOptions, tell: (problem: ServerProblem) => void) {
    this.#fallback = fallback;
    this.#contexts = new ContextCache(tls, keep);
    this.#tell = tell;
  }

  /** Serves these pairs from the next handshake on. */
  replace(pairs: Iterable<KeyPair>): void {
    const all = new Set(pairs);
    this.#index = new NameIndex(all);
    this.#contexts.keepOnly(all);
  }

  names(): string[] {
    return this.#index.names();
  }

  /** The pair for a name, the default for none and for an unknown one; null when that is refused. */
  pairFor(name: string | null, client: ClientHello = unknownClient): KeyPair | null {
    return this.#candidates(name, client)[0] ?? null;
  }

  /** The pairs that are the default, one for each kind of key. */
  defaults(): KeyPair[] {
    if (this.#fallback === null) return [];
    return bestOfEachKind(this.#usable(this.#fallback), Date.now()).filter(
      (pair) => this.#contextOf(pair) !== null,
    );
  }

  /** Makes sure that a certificate which a server has of its own is never shown in place of a chosen one. */
  blank(pairs: readonly KeyPair[]): void {
    for (const pair of pairs) {
      if (this.#blanks.has(pair.kind.slot)) continue;
      try {
        this.#blanks.set(pair.kind.slot, blankOver(pair));
      } catch (error) {
        const message = `${pair.file}: before Node 24.21 shown in place of keys of other kinds: ${messageOf(error)}`;
        this.#tell({ code: 'default', file: pair.file, message });
      }
    }
  }

  /** What Node asks for a context. Never throws, whatever the name is: that would end the process. */
  sniCallback(): SniCallback {
    const choose = (socket: unknown, name: string): SecureContext | undefined => this.#choose(socket, name);
    const tell = this.#tell;
    // Node calls it on the socket of the handshake.
    return function sniCallback(this: unknown, servername, callback) {
      let context: SecureContext | undefined;
      try {
        context = choose(this, servername);
      } catch (error) {
        const message = `the selection of a certificate failed: ${messageOf(error)}`;
        tell({ code: 'callback', file: null, message });
        callback(new Error(message, { cause: error }));
        return;
      }
      callback(null, context);
    };
  }

  #choose(socket: unknown, name: string): SecureContext | undefined {
    const client = helloOf(socket);
    for (const pair of this.#candidates(name, client)) {
      const context = this.#contextOf(pair);
      if (context === null) continue;
      this.#takeOut(socket, pair.kind.slot);
      return context;
    }
    return undefined;
  }

  #candidates(name: string | null, client: ClientHello): readonly KeyPair[] {
    let found = name === null ? [] : this.#usable(name);
    if (found.length === 0 && this.#fallback !== null) found = this.#usable(this.#fallback);
    return bestFirst(found, client, Date.now());
  }

  #usable(name: string): readonly KeyPair[] {
    return this.#index.find(name).filter((pair) => !this.#unusable.has(pair));
  }

  #contextOf(pair: KeyPair): SecureContext | null {
    try {
      return this.#contexts.get(pair);
    } catch (error) {
      this.#unusable.add(pair);
      const { file } = pair;
      this.#tell({ code: 'unusable', file, message: `${file}: refused by OpenSSL: ${messageOf(error)}` });
      return null;
    }
  }

  /** Takes the certificates of the server's own out of this handshake, but for the kind that is replaced anyway. */
  #takeOut(socket: unknown, chosen: KeySlot): void {
    for (const [slot, blank] of this.#blanks) {
      if (slot === chosen) continue;
      try {
        (socket as KeyCertSocket).setKeyCert?.(blank);
      } catch {
        // That there is no key beside the certificate is what is wanted.
      }
    }
  }
}

function helloOf(socket: unknown): ClientHello {
  if (!(socket instanceof TLSSocket)) return unknownClient;
  // Null, against its type, where the connection is gone already.
  const signatureAlgorithms = (socket.getSharedSigalgs() as string[] | null) ?? [];
  return { signatureAlgorithms, tls13: socket.getProtocol() === 'TLSv1.3' };
}
