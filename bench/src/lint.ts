import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { concerns } from 'eslint-plugin-altname/text';
import { median } from './measure.ts';
import { printRatios } from './table.ts';

/**
 * `altname lint` beside ESLint with the same parsers and no rules, on code that is installed here: ten thousand files
 * as they come, and files each of which has a word that a rule is about, so that none is passed over unparsed.
 */
interface Outcome {
  readonly files: number;
  readonly milliseconds: number;
  readonly processor: number;
  readonly memory: number;
}

const rounds = Number(process.argv[2] ?? 5);
const installed = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const contender = fileURLToPath(new URL('./lint/contender.js', import.meta.url));
const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'altname-bench-'));
try {
  const code = codeFiles();
  const withWords = code
    .filter((path) => concerns(readFileSync(path, 'utf8')))
    .filter((_, index) => index % 5 === 0);
  await compare(
    'ten thousand files, as installed',
    folderOf(
      'all',
      code.filter((_, index) => index % Math.max(1, Math.floor(code.length / 10_000)) === 0).slice(0, 10_000),
    ),
  );
  await compare(`${withWords.length} files, each with a word of a rule`, folderOf('words', withWords));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function compare(title: string, folder: string): Promise<void> {
  const outcomes = { altname: [] as Outcome[], eslint: [] as Outcome[] };
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0
      ? (['altname', 'eslint'] as const)
      : (['eslint', 'altname'] as const)) {
      const { stdout } = await run(process.execPath, [contender, name, folder], { maxBuffer: 1 << 26 });
      outcomes[name].push(JSON.parse(stdout) as Outcome);
    }
  }
  const of = (name: keyof typeof outcomes, what: keyof Outcome): number =>
    median(outcomes[name].map((each) => each[what]));
  console.log(
    `\n${title}: ${of('altname', 'files')} read by altname lint, ${of('eslint', 'files')} by ESLint`,
  );
  printRatios(`altname lint over ESLint without rules, ${rounds} rounds`, [
    {
      what: 'time',
      ours: of('altname', 'milliseconds'),
      peer: of('eslint', 'milliseconds'),
      goal: 1.3,
      unit: 'ms',
    },
    {
      what: 'processor',
      ours: of('altname', 'processor'),
      peer: of('eslint', 'processor'),
      goal: null,
      unit: 'ms',
    },
    { what: 'memory', ours: of('altname', 'memory'), peer: of('eslint', 'memory'), goal: null, unit: 'MiB' },
  ]);
}

/** Code of npm's packages, as it was written or compiled, without declarations and what is too large to be either. */
function codeFiles(): readonly string[] {
  return readdirSync(installed, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:[cm]?js|[cm]?ts)$/.test(path) && !/\.d\.[cm]?ts$/.test(path))
    .map((path) => join(installed, path))
    .filter((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.isFile() === true && stats.size < 200_000;
    })
    .toSorted();
}

function folderOf(name: string, paths: readonly string[]): string {
  const folder = join(scratch, name);
  for (const [index, path] of paths.entries()) {
    const below = join(folder, String(Math.floor(index / 500)));
    mkdirSync(below, { recursive: true });
    copyFileSync(path, join(below, `${index}${extname(path)}`));
  }
  return folder;
}
