import type { Readable } from 'node:stream';
import { parseTarget, printable, shownTarget } from '@altname/core';
import { readLines } from '../lines.ts';

/** Something to check: a target, or a line of a list that is none. */
export type Item =
  { readonly target: string; readonly problem: null } | { readonly target: null; readonly problem: string };

/** Longer lines are no targets. In UTF-16 units. */
const longestLine = 4096;

/** The targets of a command line, as they stand. */
export function* givenTargets(words: readonly string[]): Generator<Item> {
  for (const target of words) yield { target, problem: null };
}

/**
 * The targets of a list, one a line; blank lines and what follows a `#` at the start or after a space is left out.
 * The list is read only as fast as targets are taken.
 */
export async function* listedTargets(stream: Readable): AsyncGenerator<Item> {
  for await (const { text, number, cut } of readLines(stream, longestLine)) {
    const target = (number === 1 ? text.replace(/^\ufeff/, '') : text).replace(/(^|\s)#.*$/s, '').trim();
    if (target === '') continue;
    const problem = cut ? `it has over ${longestLine} characters` : problemOf(target);
    if (problem === null) yield { target, problem };
    else yield { target: null, problem: `line ${number}: ${problem}` };
  }
}

/** What is wrong with a target, in a line without its credentials and query; null when it is one. */
export function problemOf(target: string): string | null {
  if (/\s/.test(target)) {
    return `"${printable(shownTarget(target), 120)}" is not a target: it has white space in it`;
  }
  try {
    parseTarget(target);
    return null;
  } catch (error) {
    if (error instanceof Error && error.name === 'AltnameError') return error.message;
    throw error;
  }
}
