import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import plugin from '../src/index.ts';
import { readers } from './lint.ts';
import { tables } from './tables.ts';

// A rule is one file, one page, one test table, and one row of each list; and the code of a page is what it says it is.

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const names = Object.keys(plugin.rules).toSorted();
const page = (name: string): string => readFileSync(join(root, 'docs/rules', `${name}.md`), 'utf8');
const [reader] = readers.filter(({ isTypeScript }) => isTypeScript);

describe('the set of rules', () => {
  for (const [folder, extension] of [
    ['packages/eslint-plugin/src/rules', '.ts'],
    ['packages/eslint-plugin/test/rules', '.ts'],
    ['docs/rules', '.md'],
  ] as const) {
    it(`is that of ${folder}`, () => {
      const found = readdirSync(join(root, folder))
        .filter((file) => file !== 'README.md')
        .map((file) => file.slice(0, -extension.length));
      assert.deepEqual(found.toSorted(), names);
    });
  }

  it('is that of the tables', () => {
    assert.deepEqual(Object.keys(tables).toSorted(), names);
  });

  it('is in both configurations', () => {
    for (const config of Object.values(plugin.configs)) {
      assert.deepEqual(
        Object.keys(config.rules ?? {}).toSorted(),
        names.map((name) => `altname/${name}`).toSorted(),
      );
      assert.equal(config.plugins?.['altname'], plugin);
    }
  });

  for (const file of ['docs/rules/README.md', 'packages/eslint-plugin/README.md']) {
    it(`is the table of ${file}, with what each rule says of itself`, () => {
      const prefix = file.startsWith('docs') ? '' : '../../docs/rules/';
      const text = readFileSync(join(root, file), 'utf8');
      const rows = [...text.matchAll(/^\| \[`([\w-]+)`\]\(([^)]+)\) +\| (.*?) +\|/gm)].map(
        ([, ...cells]) => cells,
      );
      assert.deepEqual(
        rows,
        names.map((name) => [name, `${prefix}${name}.md`, plugin.rules[name]?.meta?.docs?.description]),
      );
    });
  }
});

describe('the version', () => {
  it('is that of the package', () => {
    const { name, version } = JSON.parse(
      readFileSync(join(root, 'packages/eslint-plugin/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    assert.deepEqual({ name: plugin.meta?.name, version: plugin.meta?.version }, { name, version });
  });
});

for (const name of names) {
  describe(`docs/rules/${name}.md`, () => {
    it('names the rule, and has its sections', () => {
      const text = page(name);
      assert.match(text, new RegExp(`^# .+\\n\\n\`${name}\` · recommended`));
      const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
      for (const title of ['Wrong', 'Right', 'What it knows', 'What to change', 'See also']) {
        assert.ok(sections.includes(title), title);
      }
    });

    it('every message of the rule has a row in its table', () => {
      const reported = new Set(tables[name]?.bad.flatMap(({ messages }) => messages));
      const suggestions = Object.entries(plugin.rules[name]?.meta?.messages ?? {}).filter(
        ([, text]) => !text.endsWith(`(docs/rules/${name}.md)`),
      );
      const all = Object.keys(plugin.rules[name]?.meta?.messages ?? {});
      const missing = all.filter((id) => !reported.has(id) && !suggestions.some(([each]) => each === id));
      assert.deepEqual(missing, []);
    });

    it('is right about its code', () => {
      for (const [section, code] of codeOf(page(name))) {
        const found = names.flatMap((each) => reader?.lint(each, { code }) ?? []);
        if (section === 'Right')
          assert.deepEqual(
            found.map(({ message }) => message),
            [],
            code,
          );
        if (section === 'Wrong') {
          assert.ok(
            found.some(({ ruleId }) => ruleId === `altname/${name}`),
            `nothing is said of:\n${code}`,
          );
        }
      }
    });
  });
}

/** The blocks of JavaScript and TypeScript in a page, each with the section it stands in. */
function codeOf(text: string): (readonly [section: string, code: string])[] {
  return text.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    return [...part.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map(
      ([, code = '']) => [section, code] as const,
    );
  });
}
