import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogue, findNodeError, parseTarget } from '@altname/core';

// The commands that the pages of the findings tell a reader to run. That the estate has a server or an exhibit for every
// code is in estate.test.ts; that the rules, pages and cases are the same set is in core.

const pages = new URL('../../../docs/findings/', import.meta.url);
const command = fileURLToPath(new URL('build/dist/main.cjs', import.meta.resolve('altname/package.json')));

/** What each subcommand takes: the options its help shows. */
const options = new Map<string, ReadonlySet<string>>(
  ['check', 'match', 'inspect', 'explain', 'run'].map((name) => {
    const { stdout } = spawnSync(process.execPath, [command, 'help', name], { encoding: 'utf8' });
    return [name, new Set(stdout.match(/(?<![\w-])--?[a-z0-9][a-z0-9-]*/g))];
  }),
);

/** Options of `altname check` that have no value behind them. */
const flags = new Set(['--all', '--no-servername', '--system-ca', '--json', '-4', '-6', '-q']);

describe('the commands in the pages of the findings', () => {
  for (const file of readdirSync(pages)) {
    const blocks = readFileSync(new URL(file, pages), 'utf8').match(/^```sh\n[\s\S]*?^```/gm) ?? [];
    const lines = blocks.flatMap((block) => block.match(/^altname .*$/gm) ?? []);
    if (lines.length === 0) continue;
    it(file, () => {
      for (const line of lines) understood(line);
    });
  }
});

function understood(line: string): void {
  const [, name = '', ...words] = line
    .replace(/ +#.*$/, '')
    .split(' ')
    .map((word) => word.replace(/^'(.*)'$/, '$1'));
  const known = options.get(name);
  assert.ok(known, `${line}: no such subcommand`);
  // What follows is a program, and its options are its own.
  if (name === 'run') words.splice(words.findIndex((word) => !word.startsWith('-')) + 1);
  const given: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '<') break;
    if (!word.startsWith('-') || word === '-') given.push(word);
    else {
      assert.ok(known.has(word), `${line}: altname ${name} has no ${word}`);
      if (!flags.has(word)) at++;
    }
  }
  if (name === 'check') {
    assert.ok(given.length > 0, `${line}: no target`);
    for (const target of given) parseTarget(target);
  }
  if (name === 'run') assert.equal(given.length, 1, `${line}: no program`);
  if (name === 'match') assert.equal(given.length, 2, line);
  if (name === 'explain' && given.length > 0) {
    const codes: readonly string[] = catalogue.map(({ code }) => code);
    assert.ok(codes.includes(given[0] ?? '') || findNodeError(given[0] ?? '') !== null, line);
  }
}
