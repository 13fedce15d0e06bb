import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFile } from '../src/check-file.ts';
import { CodeReader } from '../src/code/code-file.ts';
import { codes } from '../src/codes.ts';
import type { Problem } from '../src/problem.ts';
import { TextFile } from '../src/text-file.ts';
import { tables } from './formats/index.ts';
import { mark } from './table.ts';

// Every row of every table: what is told, and where; and that nothing is told of what is right.

const code = new CodeReader(false);

function check(path: string, text: string): readonly Problem[] {
  const found = checkFile(new TextFile(path, text), code);
  assert.notEqual(found, null, `${path} is of no format`);
  return found ?? [];
}

function shown({ code: name, line, column, severity }: Problem): string {
  const own = severity === codes[name].severity ? '' : ` (${severity})`;
  return `${name}${own} ${line}:${column}`;
}

for (const [format, { path, good, bad }] of Object.entries(tables)) {
  describe(format, () => {
    for (const [name, given] of Object.entries(good)) {
      const [where, text] = typeof given === 'string' ? [path, given] : given;
      it(`says nothing: ${name}`, () => assert.deepEqual(check(where, text).map(shown), []));
    }
    for (const { name, path: where = path, text: marked, told } of bad) {
      for (const [end, title] of [
        ['\n', name],
        ['\r\n', `${name}, with the line ends of Windows`],
      ] as const) {
        it(title, () => {
          const { text, places } = unmarked(marked.replaceAll('\n', end));
          const problems = check(where, text);
          assert.deepEqual(
            problems.map(shown),
            places.map((place, index) => `${told?.[index] ?? 'no-disabled-verification'} ${place}`),
            problems.map(({ message }) => message).join('\n'),
          );
          assert.equal(told?.length ?? places.length, places.length, 'a code for each place');
          for (const problem of problems) assertWellSaid(problem);
        });
      }
    }

    it('has a name of its own for every row', () => {
      const names = bad.map(({ name }) => name);
      assert.deepEqual(
        names.filter((name, index) => names.indexOf(name) !== index),
        [],
      );
    });
  });
}

/** The text without its marks, and where they were: `line:column`. */
function unmarked(marked: string): { text: string; places: readonly string[] } {
  const parts = marked.split(mark);
  const text = parts.join('');
  let offset = 0;
  const places = parts.slice(0, -1).map((part) => {
    offset += part.length;
    const { line, column } = new TextFile('', text).placeOf(offset);
    return `${line}:${column}`;
  });
  return { text, places };
}

/** What is written instead is never another way around. */
function assertWellSaid({ message, hint }: Problem): void {
  assert.match(message, /[.:]$/);
  assert.doesNotMatch(hint ?? '', /insecure|(?:^|\s)-k(?:\s|$)|no-check|=0(?:\s|$)/i);
}
