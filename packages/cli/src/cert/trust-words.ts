import { printable } from '@altname/core';
import type { StoreName, TrustRoot } from '@altname/certs';
import { Arguments, type OptionSpec } from '../arguments.ts';
import { readChoice } from '../choice.ts';
import { UsageError } from '../usage-error.ts';

/** Options of trust, untrust and status alike. */
export const trustFlags: Readonly<Record<string, OptionSpec>> = {
  'ca-dir': { takes: 'value', expects: 'the directory of the CA' },
  store: { takes: 'list', expects: 'system, nss, java or node' },
  json: { takes: 'flag' },
  'no-color': { takes: 'flag' },
};

/** What a command line of trust, untrust or status asks for. */
export interface TrustWords {
  readonly given: Arguments;
  readonly dir: string;
  /** Named by --store, or all. */
  readonly stores: readonly StoreName[];
  readonly named: boolean;
  readonly root: TrustRoot;
}

/** @throws {UsageError} for a word too many, a store that is not known, and where there is no CA */
export async function readTrustWords(
  words: readonly string[],
  flags: Readonly<Record<string, OptionSpec>>,
  command: string,
): Promise<TrustWords> {
  const given = new Arguments(words, flags);
  const [word] = given.words;
  if (word !== undefined) {
    throw new UsageError(
      `"${printable(word)}" is not expected: altname cert ${command} takes options alone`,
      `altname cert ${command} --help`,
    );
  }
  const { caDirectory, readTrustRoot, storeNames } = await import('@altname/certs');
  const named = given.list('store').map((text) => readChoice(text, 'store', storeNames));
  const dir = caDirectory(given.value('ca-dir'));
  const root = await readTrustRoot(dir);
  if (root === null) {
    throw new UsageError(
      `no CA is in "${printable(dir)}": --ca-dir names another; one is made with the first certificate`,
      'altname cert localhost',
    );
  }
  return { given, dir, stores: named.length === 0 ? storeNames : named, named: named.length > 0, root };
}
