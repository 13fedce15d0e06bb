import { isIP } from 'node:net';
import { printable } from '@altname/core';
import type { NamesFound } from './name-in-use.ts';

/** A line of a text without its comment, and its number, counted from 1. */
interface ContentLine {
  readonly text: string;
  readonly number: number;
}

/** Whether every line of a text is an address and the names it has, as in `/etc/hosts`. */
export function isHostsFile(text: string): boolean {
  const lines = contentLines(text);
  return (
    lines.length > 0 &&
    lines.every((line) => {
      const [address = '', name] = line.text.split(/\s+/);
      return isIP(address) !== 0 && name !== undefined;
    })
  );
}

/** Whether every line of a text is one word, as in a list of names. */
export function isNameList(text: string): boolean {
  const lines = contentLines(text);
  return (
    lines.length > 0 && lines.every((line) => /^[^\s{}"'-]\S*$/.test(line.text) && !/[^:]:$/.test(line.text))
  );
}

/**
 * The names of a hosts file (hosts(5)). The address is where a name leads, and not a name: it is asked for by itself.
 * What leads to no server, such as a name that is blocked by `0.0.0.0`, is entered with that reason.
 */
export function hostsNames(text: string, found: NamesFound): void {
  for (const line of contentLines(text)) {
    const [address = '', ...names] = line.text.split(/\s+/);
    const nowhere = /^(?:0\.0\.0\.0|::|255\.255\.255\.255)$|^ff/i.test(address);
    for (const name of names) {
      if (!nowhere) found.add(name, `line ${line.number}`);
      else
        found.refuse(name, `line ${line.number}`, `leads to ${printable(address, 60)}, where no server is`);
    }
  }
}

/** The names of a list, one a line, `#` before a comment. */
export function listedNames(text: string, found: NamesFound): void {
  for (const line of contentLines(text)) found.add(line.text, `line ${line.number}`);
}

function contentLines(text: string): ContentLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/#.*/, '').trim(), number: index + 1 }))
    .filter((line) => line.text !== '');
}
