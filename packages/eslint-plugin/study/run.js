// What the plugin says of the published source of packages that people use: node packages/eslint-plugin/study/run.js
// [--reports] [--only=NAME,NAME] [DIR]. The packages are those of packages.json, at their versions; they are packed from the registry into
// DIR, or into a directory that is gone afterwards, and nothing of them is run.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import * as tsParser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import plugin from '../build/src/index.js';

const run = promisify(execFile);
const packages = JSON.parse(readFileSync(new URL('packages.json', import.meta.url), 'utf8'));
const showsReports = process.argv.includes('--reports');
const only = process.argv
  .find((each) => each.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const given = process.argv.slice(2).find((each) => !each.startsWith('--'));
const dir = given ?? mkdtempSync(join(tmpdir(), 'altname-study-'));

mkdirSync(dir, { recursive: true });

const rows = [];
for (const [name, version] of Object.entries(packages)) {
  if (only !== undefined && !only.includes(name)) continue;
  const folder = join(dir, `${name.replace('/', '+')}@${version}`);
  if (!existsSync(folder)) await fetchInto(name, version, folder);
  rows.push({ name: `${name} ${version}`, ...lintAll(folder) });
}
if (given === undefined) rmSync(dir, { recursive: true });

console.log(`| package | files | recommended | strict | unread |\n| --- | ---: | ---: | ---: | ---: |`);
for (const { name, files, recommended, strict, unread } of rows) {
  console.log(`| ${name} | ${files} | ${recommended} | ${strict} | ${unread} |`);
}
const sum = (key) => rows.reduce((all, row) => all + row[key], 0);
console.log(`| **all** | ${sum('files')} | ${sum('recommended')} | ${sum('strict')} | ${sum('unread')} |`);

async function fetchInto(name, version, folder) {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', dir, `${name}@${version}`]);
  mkdirSync(folder);
  await run('tar', ['-xzf', join(dir, stdout.trim()), '-C', folder, '--strip-components', '1']);
  rmSync(join(dir, stdout.trim()));
}

function lintAll(folder) {
  const counts = { files: 0, recommended: 0, strict: 0, unread: 0 };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (
      !entry.isFile() ||
      !/\.[cm]?[jt]s$/.test(entry.name) ||
      /\.d\.[cm]?ts$|\.min\.[cm]?js$/.test(entry.name)
    )
      continue;
    counts.files += 1;
    const code = readFileSync(file, 'utf8');
    const recommended = lint(code, file, 'recommended');
    if (recommended.some(({ fatal }) => fatal)) {
      counts.unread += 1;
      continue;
    }
    const strict = lint(code, file, 'strict');
    counts.recommended += recommended.length;
    counts.strict += strict.length;
    if (!showsReports) continue;
    const known = new Set(recommended.map(idOf));
    for (const each of strict) {
      const line = code.split('\n')[each.line - 1] ?? '';
      const mark = known.has(idOf(each)) ? 'R' : 'S';
      console.log(
        `${mark} ${relative(dir, file)}:${each.line} ${each.ruleId} ${each.messageId}\n    ${line.trim().slice(0, 160)}`,
      );
    }
  }
  return counts;
}

function idOf({ line, column, ruleId }) {
  return `${line}:${column} ${ruleId}`;
}

function lint(code, file, config) {
  const isTypeScript = extname(file).endsWith('ts');
  const isModule = /^\s*(?:import\b(?!\s*\()|export\b)/m.test(code);
  const linter = new Linter({ configType: 'flat' });
  return linter.verify(
    code,
    [
      { files: ['**/*.{js,mjs,cjs,ts,mts,cts}'] },
      plugin.configs[config],
      {
        linterOptions: { reportUnusedDisableDirectives: false },
        languageOptions: {
          ecmaVersion: 'latest',
          sourceType: isModule ? 'module' : 'commonjs',
          ...(isTypeScript ? { parser: tsParser } : {}),
        },
      },
    ],
    { filename: `file${extname(file)}`, allowInlineConfig: false },
  );
}
