import type { NameInUse, WantedName } from '@altname/certs';
import type { Arguments, OptionSpec } from '../arguments.ts';

/** The options that say where names are taken from. */
export const sourceFlags: Readonly<Record<string, OptionSpec>> = {
  from: { takes: 'list', expects: 'a file that tells the names in use' },
  'cluster-domain': { takes: 'value', expects: 'a domain such as cluster.local' },
  namespace: { takes: 'value', expects: 'a Kubernetes namespace' },
};

/** The names that a command line asks for, and those found in its files. */
export interface WantedNames {
  /** Each once: those of the words first. */
  readonly names: readonly WantedName[];
  /** What of the files is needed. */
  readonly inUse: readonly NameInUse[];
  /** What of the files no certificate needs or can carry. */
  readonly leftOut: readonly NameInUse[];
}

/** Reads the words and the files of `--from`. @throws {AltnameError} in one line that names the word or the file */
export async function wantedNames(given: Arguments): Promise<WantedNames> {
  const { distinct, namesFromFile, neededNames, parseWantedName } = await import('@altname/certs');
  const [clusterDomain, namespace] = [given.value('cluster-domain'), given.value('namespace')];
  const options = {
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const words = given.words.map((word) => parseWantedName(word));
  const found: NameInUse[] = [];
  for (const file of given.list('from')) found.push(...(await namesFromFile(file, options)));
  const { needed, leftOut } = neededNames(found);
  const names = distinct([...words, ...needed.flatMap(({ name }) => (name === null ? [] : [name]))]);
  return { names, inUse: needed, leftOut };
}
