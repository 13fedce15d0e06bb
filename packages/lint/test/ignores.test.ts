import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lint } from '../src/index.ts';
import { treeOf } from './tree.ts';

const off = `require('https').get({ rejectUnauthorized: false });`;
const word = 'altname-ignore-next-line';
const code = 'no-disabled-verification';
const both = `require('https').get({ servername: '10.0.0.1', rejectUnauthorized: false });`;

/** A file, and what is left of it as `code line`. */
const rows: readonly (readonly [title: string, name: string, text: string, left: readonly string[]])[] = [
  ['a line comment', 'a.js', `// ${word} ${code}: own server\n${off}`, []],
  ['a block comment', 'a.js', `/* ${word} ${code}: own server */\n${off}`, []],
  ['a block of lines', 'a.js', `/*\n * ${word} ${code}: own\n * server\n */\n${off}`, []],
  ['a comment of JSX', 'a.jsx', `const a = <p>{/* ${word} ${code}: own */}\n{${off.slice(0, -1)}}</p>;`, []],
  ['in TypeScript', 'a.ts', `// ${word} ${code}: own server\n${off}`, []],
  ['in an .env file', '.env', `# ${word} ${code}: own server\nNODE_TLS_REJECT_UNAUTHORIZED=0`, []],
  ['with spaces in front', '.env', `  #${word} ${code}:own\nNODE_TLS_REJECT_UNAUTHORIZED=0`, []],
  [
    'two, each for its code',
    'a.js',
    `// ${word} ${code}: own\n// ${word} no-ip-servername: own\n${both}`,
    [],
  ],
  ['one of two', 'a.js', `// ${word} ${code}: own\n${both}`, ['no-ip-servername 2']],
  ['without a reason', 'a.js', `// ${word} ${code}\n${off}`, ['unused-ignore 1', `${code} 2`]],
  ['with an empty reason', 'a.js', `// ${word} ${code}:  \n${off}`, ['unused-ignore 1', `${code} 2`]],
  ['without a code', 'a.js', `// ${word}: own\n${off}`, ['unused-ignore 1', `${code} 2`]],
  ['with an unknown code', 'a.js', `// ${word} no-such: own\n${off}`, ['unused-ignore 1', `${code} 2`]],
  [
    'for something else',
    'a.js',
    `// ${word} no-ip-servername: own\n${off}`,
    ['unused-ignore 1', `${code} 2`],
  ],
  ['a line too early', 'a.js', `// ${word} ${code}: own\n\n${off}`, ['unused-ignore 1', `${code} 3`]],
  ['for nothing', 'a.js', `// ${word} ${code}: own\nok();`, ['unused-ignore 1']],
  [
    'for itself',
    'a.js',
    `// ${word} unused-ignore: own\n// ${word} ${code}: own\nok();`,
    ['unused-ignore 1', 'unused-ignore 2'],
  ],
  ['in a string', 'a.js', `const a = '// ${word} ${code}: own';\n${off}`, [`${code} 2`]],
  [
    'in a template',
    'a.js',
    `const a = \`\n// ${word} ${code}: own\n\${${off.slice(0, -1)}}\`;`,
    [`${code} 3`],
  ],
  ['in the middle of a comment', 'a.js', `// see ${word} ${code}: own\n${off}`, [`${code} 2`]],
];

describe('an ignore comment', () => {
  for (const [title, name, text, expected] of rows) {
    it(title, () => {
      const { problems } = lint([name], { cwd: treeOf({ [name]: text }) });
      assert.deepEqual(
        problems.map((each) => `${each.code} ${each.line}`),
        expected,
      );
    });
  }
});
