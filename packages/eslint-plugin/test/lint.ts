import * as tsParser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import { Linter as Linter9 } from 'eslint-9';
import plugin from '../src/index.ts';
import type { GoodCase } from './table.ts';

export type Message = Linter.LintMessage;

/** A way to read a file: a version of ESLint, and a parser. */
export interface Reader {
  readonly title: string;
  readonly isTypeScript: boolean;
  readonly lint: (rule: string, file: GoodCase) => Message[];
}

// ESLint 9 and 10 have the same interface as far as it goes here; that they have is what the tests show.
const versions = [
  ['ESLint 10', new Linter({ configType: 'flat' })],
  ['ESLint 9', new Linter9({ configType: 'flat' }) as unknown as Linter],
] as const;

export const readers: readonly Reader[] = versions.flatMap(([version, linter]) =>
  [false, true].map((isTypeScript) => ({
    title: `${version}, ${isTypeScript ? '@typescript-eslint/parser' : 'espree'}`,
    isTypeScript,
    lint: (rule: string, file: GoodCase) => lint(linter, rule, file, isTypeScript),
  })),
);

function lint(linter: Linter, rule: string, file: GoodCase, isTypeScript: boolean): Message[] {
  const isCommonJs =
    /\brequire\(|\bmodule\.exports\b|\bexports\./.test(file.code) && !/^(?:im|ex)port\b/m.test(file.code);
  return linter.verify(
    file.code,
    [
      {
        files: ['**/*.{js,mjs,cjs,ts,mts,cts,jsx,tsx}'],
        plugins: { altname: plugin },
        rules: { [`altname/${rule}`]: file.options === undefined ? 'error' : ['error', file.options] },
        languageOptions: {
          ecmaVersion: 'latest',
          sourceType: isCommonJs ? 'commonjs' : 'module',
          ...(isTypeScript ? { parser: tsParser as Linter.Parser } : {}),
        },
      },
    ],
    { filename: file.filename ?? (isTypeScript ? 'file.ts' : 'file.js') },
  );
}
