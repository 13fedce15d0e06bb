import * as typescript from '@typescript-eslint/parser';
import { ESLint, type Linter } from 'eslint';
import { lint } from '@altname/lint';

/** One of the two, as a process of its own: reads a folder, and prints what that took. */
const contenders: Readonly<Record<string, (folder: string) => Promise<number>>> = {
  altname: (folder) => Promise.resolve(lint(['.'], { cwd: folder }).files),
  /** ESLint with the parsers that altname lint has, and no rules. */
  eslint: async (folder) => {
    const eslint = new ESLint({
      cwd: folder,
      overrideConfigFile: true,
      allowInlineConfig: false,
      errorOnUnmatchedPattern: false,
      baseConfig: [
        {
          files: ['**/*.{js,mjs,cjs,jsx}'],
          languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
          linterOptions: { reportUnusedDisableDirectives: 'off' },
        },
        { files: ['**/*.{ts,mts,cts,tsx}'], languageOptions: { parser: typescript as Linter.Parser } },
      ],
    });
    return (await eslint.lintFiles(['.'])).length;
  },
};

const [name = '', folder = ''] = process.argv.slice(2);
const run = contenders[name];
if (run === undefined) throw new Error(`no contender is called ${name}`);
const began = performance.now();
const files = await run(folder);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    files,
    milliseconds: performance.now() - began,
    processor: (userCPUTime + systemCPUTime) / 1000,
    memory: maxRSS / 1024,
  }),
);
