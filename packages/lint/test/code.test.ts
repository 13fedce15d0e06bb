import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lint, type Problem } from '../src/index.ts';
import { treeOf } from './tree.ts';

function lintText(name: string, text: string, strict = false): readonly Problem[] {
  return lint(['.'], { cwd: treeOf({ [name]: text }), strict }).problems;
}

const off = `require('node:https').get({ host: 'a.test', rejectUnauthorized: false });`;
const offInModule = `import https from 'node:https';\nhttps.get({ host: 'a.test', rejectUnauthorized: false });`;

describe('code', () => {
  for (const [name, text] of [
    ['a.js', off],
    ['a.js', offInModule],
    ['a.cjs', off],
    ['a.cjs', `return; ${off}`],
    ['a.mjs', offInModule],
    ['a.jsx', `${offInModule}\nexport const x = <a href="b" />;`],
    ['a.js', `${offInModule}\nexport const x = <a href="b" />;`],
    ['a.ts', `${offInModule}\nexport const x = <T,>(y: T): T => <T>y;`],
    ['a.mts', offInModule],
    ['a.cts', off],
    ['a.tsx', `${offInModule}\nexport const x = <a href="b" />;`],
    ['a.js', `${'\n'.repeat(1 << 18)}${off}`],
    ['a.js', `#!/usr/bin/env node\n${off}`],
    [
      'a.js',
      `await 1;\nconst https = await import('node:https');\nhttps.get({ rejectUnauthorized: false });`,
    ],
  ] as const) {
    it(`is read: ${name} with ${JSON.stringify(text.slice(0, 50))}`, () => {
      const found = lintText(name, text);
      assert.deepEqual(
        found.map(({ code }) => code),
        ['no-disabled-verification'],
      );
      assert.equal(
        found[0]?.source.slice((found[0]?.column ?? 0) - 1, (found[0]?.endColumn ?? 0) - 1),
        'rejectUnauthorized: false',
      );
    });
  }

  it('that is broken is told where it breaks, and is no error', () => {
    const [problem, ...more] = lintText('a.js', 'const x = 1;\nconst rejectUnauthorized = ;\n');
    assert.deepEqual(more, []);
    assert.deepEqual(
      [problem?.code, problem?.severity, problem?.line, problem?.column],
      ['not-read', 'note', 2, 28],
    );
  });

  it('that a program made is told, and not parsed', () => {
    const [problem, ...more] = lintText('bundle.js', `${off}${'a();'.repeat(20_000)}`);
    assert.deepEqual(more, []);
    assert.deepEqual([problem?.code, problem?.line], ['not-read', 1]);
    assert.match(problem?.message ?? '', /made by a program/);
  });

  it('that no parser reads is told with what the likely one said', () => {
    const [problem] = lintText('a.js', `import a from 'https';\nconst b = <T,>(rejectUnauthorized) => c;\n`);
    assert.deepEqual([problem?.code, problem?.line], ['not-read', 2]);
  });

  it('without a word of a rule is not parsed', () => {
    assert.deepEqual(lintText('a.js', 'this is no JavaScript'), []);
  });

  it('is held to more where that is asked for', () => {
    const text = `import tls from 'node:tls';\nexport const dial = (host, insecure) => tls.connect({ host, rejectUnauthorized: !insecure });`;
    assert.deepEqual(lintText('a.js', text), []);
    assert.deepEqual(
      lintText('a.js', text, true).map(({ code }) => code),
      ['no-disabled-verification'],
    );
  });

  it('may switch a rule off as in ESLint, and configure rules of others that are not here', () => {
    assert.deepEqual(
      lintText(
        'a.js',
        `/* eslint no-undef: error, other/rule: error */\n// eslint-disable-next-line altname/no-disabled-verification\n${off}\n// eslint-disable-next-line no-console, other/rule\nconsole.log(1);`,
      ),
      [],
    );
  });
});
