import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readers, type Message } from './lint.ts';
import type { BadCase, GoodCase } from './table.ts';
import { tables } from './tables.ts';

// Every row of every table, with ESLint 9 and 10, read by ESLint's own parser and by that of TypeScript.

for (const [rule, table] of Object.entries(tables)) {
  describe(rule, () => {
    for (const reader of readers) {
      describe(reader.title, () => {
        for (const [name, given] of Object.entries(table.good)) {
          const file: GoodCase = typeof given === 'string' ? { code: given } : given;
          if (file.ts === true && !reader.isTypeScript) continue;
          it(`says nothing: ${name}`, () => {
            assert.deepEqual(reader.lint(rule, file).map(shown), []);
          });
        }
        for (const file of table.bad) {
          if (file.ts === true && !reader.isTypeScript) continue;
          it(file.name, () => {
            const found = reader.lint(rule, file);
            assert.deepEqual(
              found.map((each) => each.messageId ?? each.message),
              file.messages,
              found.map(shown).join('\n'),
            );
            for (const message of found) assertWellSaid(rule, message);
            const suggested = found.flatMap((each) => outputsOf(file, each));
            if (file.suggested !== undefined) assert.deepEqual(suggested, file.suggested);
            for (const code of suggested) {
              const broken = reader.lint(rule, { ...file, code }).filter((each) => each.fatal === true);
              assert.deepEqual(broken.map(shown), [], code);
            }
          });
        }
      });
    }

    it('has a name of its own for every row', () => {
      const names = table.bad.map(({ name }) => name);
      assert.deepEqual(
        names.filter((name, index) => names.indexOf(name) !== index),
        [],
      );
    });
  });
}

function outputsOf(file: BadCase, message: Message): string[] {
  return (message.suggestions ?? []).map(({ fix }) => {
    const [start, end] = fix.range;
    return file.code.slice(0, start) + fix.text + file.code.slice(end);
  });
}

function assertWellSaid(rule: string, { message, suggestions = [] }: Message): void {
  assert.ok(message.endsWith(` (docs/rules/${rule}.md)`), message);
  for (const text of [message, ...suggestions.map(({ desc }) => desc)])
    assert.doesNotMatch(text, /\{\{|undefined/, text);
}

function shown({ line, column, message }: Message): string {
  return `${line}:${column} ${message}`;
}
