import { existsSync, readFileSync } from 'node:fs';

/** A case of x509-limbo: a chain, a peer name, and what a verifier of whole paths answers. */
export interface LimboCase {
  readonly id: string;
  readonly category: string;
  readonly expected: 'SUCCESS' | 'FAILURE';
  readonly peer: { readonly kind: 'DNS' | 'IP'; readonly value: string };
  readonly leafPem: string;
  readonly intermediatesPem: readonly string[];
  readonly trustedPem: readonly string[];
}

/** A leaf certificate of BetterTLS, and whether the name is on it. */
export interface BetterTlsCase {
  readonly id: string;
  readonly peer: { readonly kind: 'DNS' | 'IP'; readonly value: string };
  readonly leafNameExpected: 'match' | 'no-match';
  readonly leafDerB64: string;
}

// The suites are data of other projects and stand beside the repository.
const folder = new URL('../../../../../shared/suites/', import.meta.url);

function cases<T>(file: string): readonly T[] | null {
  const path = new URL(file, folder);
  if (!existsSync(path)) return null;
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly T[] }).cases;
}

export const limbo: readonly LimboCase[] | null = cases('x509-limbo-names.json');
export const betterTls: readonly BetterTlsCase[] | null = cases('bettertls-leaf-names.json');

/** For the `skip` of a test that needs a suite: false, or why it cannot run. */
export const withoutLimbo: string | false = limbo === null && 'x509-limbo is not in ../shared/suites';
export const withoutBetterTls: string | false = betterTls === null && 'BetterTLS is not in ../shared/suites';
