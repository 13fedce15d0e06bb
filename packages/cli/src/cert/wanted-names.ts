import type { NameInUse, WantedName } from '@altname/certs';
import type { Arguments } from '../arguments.ts';
import { sourceOptions } from './source-flags.ts';

/** The names that a command line asks for, and those found in its files. */
export interface WantedNames {
  /** Each once: those of the words first. */
  readonly names: readonly WantedName[];
  /** Those of the words. */
  readonly asked: readonly WantedName[];
  /** What of the files is needed. */
  readonly inUse: readonly NameInUse[];
  /** What of the files no certificate needs or can carry. */
  readonly leftOut: readonly NameInUse[];
}

/** Reads the words and the files of `--from`. @throws {AltnameError} in one line that names the word or the file */
export async function wantedNames(given: Arguments): Promise<WantedNames> {
  const { distinct, namesFromFile, neededNames, parseWantedName } = await import('@altname/certs');
  const asked = distinct(given.words.map((word) => parseWantedName(word)));
  const found: NameInUse[] = [];
  for (const file of given.list('from')) {
    // A file may hold more names than a call takes arguments.
    for (const name of await namesFromFile(file, sourceOptions(given))) found.push(name);
  }
  const { needed, leftOut } = neededNames(found);
  const names = distinct([...asked, ...needed.flatMap(({ name }) => (name === null ? [] : [name]))]);
  return { names, asked, inUse: needed, leftOut };
}
