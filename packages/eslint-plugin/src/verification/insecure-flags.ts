import type { Flag } from './flag-forms.ts';
import { flagRows, flagsOfAnyProgram, type FlagRow } from './flag-table.ts';

/** Words of a command by which its program verifies less than it would. */
export interface InsecureFlag {
  /** The place of the first of them behind the program, and how many they are. */
  readonly index: number;
  readonly length: number;
  /** `name`: the chain is still verified, and the name is not. */
  readonly leaves: 'nothing' | 'chain';
  /** What to give to the program instead; empty where that depends on what is not known here. */
  readonly instead: string;
}

/** Programs that only look at words. */
const readers: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'grep',
  'egrep',
  'rg',
  'sed',
  'awk',
  'test',
  '[',
  '[[',
  'yq',
  'jq',
]);

const rowsOf: ReadonlyMap<string, readonly FlagRow[]> = byProgram();

/**
 * The words by which a program verifies less than it would.
 *
 * @param program as it is called, with its path; empty where it is not known
 * @param words what stands behind it, without quotes
 * @returns the first ones; undefined for none
 */
export function insecureFlag(program: string, words: readonly string[]): InsecureFlag | undefined {
  const name = programName(program);
  if (name === 'python' && words[0] === '-m') {
    const found = insecureFlag(words[1] ?? '', words.slice(2));
    return found === undefined ? undefined : { ...found, index: found.index + 2 };
  }
  const known = rowsOf.get(name) ?? [];
  for (let index = 0; index < words.length; index++) {
    for (const { flags, leaves = 'nothing', instead = '' } of known) {
      const length = longest(flags, words, index);
      if (length > 0) return { index, length, leaves, instead };
    }
    if (readers.has(name)) continue;
    const length = longest(flagsOfAnyProgram, words, index);
    if (length > 0) return { index, length, leaves: 'nothing', instead: '' };
  }
  return undefined;
}

/** What stands in a text wherever there is such a word. */
export const insecureFlagMarks: RegExp =
  /\bcurl\b|-insecure|ssl\.insecure|no-check|--check-certificate|--verify|verify-ssl|disable_ssl_validation|ssl[Vv]erify|trust-server-cert|strict-ssl|enableStrictSsl|ignore-cert|trusted-host|ssl_verify|SSL_VERIFY|certificates\.\S+\.cert|disable-tls|Verify-(?:Peer|Host)|skip-(?:tls|verify|ssl)|unsafeSsl|tls-verify|AllowInvalid|tlsInsecure|verify-server-cert|ignore-certificate|verify=0|\b(?:wscat|newman|websocat|hurl|govc)\b/;

/** The name that a program has in the tables: without its folders, the end of Windows, and the version of Python. */
export function programName(program: string): string {
  return (program.split(/[\\/]/).at(-1) ?? '')
    .replace(/\.(?:exe|cmd)$/, '')
    .replace(/^(pip|python)[23](?:\.\d+)?$/, '$1');
}

function longest(flags: readonly Flag[], words: readonly string[], at: number): number {
  return flags.reduce((length, flag) => Math.max(length, flag(words, at)), 0);
}

function byProgram(): ReadonlyMap<string, readonly FlagRow[]> {
  const map = new Map<string, FlagRow[]>();
  for (const row of flagRows) {
    for (const program of row.programs) map.set(program, [...(map.get(program) ?? []), row]);
  }
  return map;
}
