import { printable } from '@altname/core';

/** One command of putting a root into a store, or of taking it out. Never run by a shell. */
export interface Step {
  readonly argv: readonly string[];
  /** It changes what belongs to the system, and needs root. */
  readonly asRoot: boolean;
  /** A line for its stdin. */
  readonly line?: string;
}

/** The command as a shell takes it, to be run by hand; with `sudo` in front where it needs root and the user is not. */
export function stepText({ argv, asRoot, line }: Step, isRoot: boolean): string {
  const command = [...(asRoot && !isRoot ? ['sudo'] : []), ...argv].map(shellWord).join(' ');
  return line === undefined ? command : `printf '%s\\n' ${shellWord(line)} | ${command}`;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word, 4096).replaceAll("'", `'\\''`)}'`;
}
