import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { altname } from './command.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'altname-lint-')));
after(() => rmSync(cwd, { recursive: true, force: true }));
for (const [folder, name, text] of [
  ['bad', 'a.js', `require('https').get({ rejectUnauthorized: false });\n`],
  ['good', 'a.js', `require('https').get({ servername: 'a.test' });\n`],
  ['warned', 'a.js', `// altname-ignore-next-line no-ip-servername: none\nok();\n`],
] as const) {
  mkdirSync(join(cwd, folder));
  writeFileSync(join(cwd, folder, name), text);
}

describe('altname lint', () => {
  for (const [words, exit, stdout, stderr] of [
    [['lint', 'good'], 0, /^1 file read, nothing found\n$/, /^$/],
    [
      ['lint', 'bad'],
      1,
      /^bad\/a\.js:1:24 {2}error no-disabled-verification\n[^]*\n1 file read: 1 error\n$/,
      /^$/,
    ],
    [['lint'], 1, /\n3 files read: 1 error, 1 warning\n$/, /^$/],
    [['lint', 'warned'], 0, /1 warning\n$/, /^$/],
    [['lint', '-q', 'warned'], 0, /^1 file read, nothing found\n$/, /^$/],
    [
      ['lint', '--reporter', 'line', 'bad', 'good'],
      1,
      /^bad\/a\.js:1:24: error no-disabled-verification: .*\n$/,
      /^$/,
    ],
    [['lint', '--reporter', 'line', 'good'], 0, /^$/, /^$/],
    [
      ['lint', '--reporter', 'github', 'bad'],
      1,
      /^::error title=no-disabled-verification,file=bad\/a\.js,/,
      /^$/,
    ],
    [['lint', '--json', 'bad'], 1, /^\{\n {2}"version": 1,\n/, /^$/],
    [['lint', '--reporter', 'sarif', 'bad'], 1, /"version": "2\.1\.0"/, /^$/],
    [['lint', '--exclude', 'bad', '--exclude', 'warned'], 0, /^1 file read/, /^$/],
    [['lint', 'none'], 2, /^$/, /^altname: "none" is not there: a file or a folder is expected\n$/],
    [
      ['lint', '--reporter', 'srif'],
      2,
      /^$/,
      /^altname: --reporter "srif" is not known: pretty, line, json, github or sarif is expected; did you mean "sarif"\?\n/,
    ],
    [['lint', '--fix'], 2, /^$/, /^altname: unknown option "--fix"/],
    [
      ['lint', '--exclude'],
      2,
      /^$/,
      /^altname: option --exclude needs a value: a pattern as in \.gitignore is expected\n/,
    ],
  ] as const) {
    it(`${words.join(' ')}: exit ${exit}`, async () => {
      const run = await altname(words, { cwd });
      assert.match(run.stderr, stderr);
      assert.match(run.stdout, stdout);
      assert.equal(run.exit, exit);
    });
  }
});
