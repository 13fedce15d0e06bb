import * as typescript from '@typescript-eslint/parser';
import { Linter, type Rule } from 'eslint';
import plugin from 'eslint-plugin-altname';
import { concerns } from 'eslint-plugin-altname/text';
import { isCode, type Code } from '../codes.ts';
import type { Comment } from '../ignores.ts';
import { NotRead } from '../formats/format.ts';
import type { Found, TextFile } from '../text-file.ts';

/** What was found in a file of code, and its comments, in one of which something may be ignored. */
export interface CodeFindings {
  readonly found: readonly Found[];
  readonly comments: readonly Comment[];
}

const isCodeName = /\.[cm]?[jt]sx?$/;
const isTypeScriptName = /\.(?:[cm]?ts|tsx)$/;

/** UTF-16 units from which on a file is held to be of lines that somebody could write. */
const mostOfOneLine = 50_000;
const longestLines = 500;

export function isCodePath(path: string): boolean {
  return isCodeName.test(path);
}

/** The rules of eslint-plugin-altname on code, without a configuration. */
export class CodeReader {
  readonly #linter = new Linter({ configType: 'flat' });
  readonly #rules: Partial<Linter.RulesRecord>;
  #comments: Comment[] = [];

  /** @param strict whether the rules are those of the plugin's `strict` */
  constructor(strict: boolean) {
    this.#rules = plugin.configs[strict ? 'strict' : 'recommended'].rules ?? {};
  }

  /** @throws {NotRead} for what is no JavaScript or TypeScript. */
  read(file: TextFile): CodeFindings {
    if (!mayConcern(file.text)) return { found: [], comments: [] };
    if (file.text.length > mostOfOneLine && file.text.length / file.lines.length > longestLines) {
      throw new NotRead('It was made by a program: its lines have over 500 characters on average.');
    }
    const isTypeScript = isTypeScriptName.test(file.name);
    const attempts: readonly Linter.LanguageOptions[] = isTypeScript
      ? [{ parser: typescript as Linter.Parser }]
      : sourceTypes(file).map((sourceType) => ({ sourceType }));
    let messages: readonly Linter.LintMessage[] = [];
    for (const [index, options] of attempts.entries()) {
      const read = this.#verify(file, options);
      const isRead = !read.some(({ fatal }) => fatal === true);
      // Where none can read it, the first one says why.
      if (isRead || index === 0) messages = read;
      if (isRead) break;
    }
    return { found: messages.flatMap((message) => foundOf(file, message)), comments: this.#comments };
  }

  #verify(file: TextFile, options: Linter.LanguageOptions): readonly Linter.LintMessage[] {
    this.#comments = [];
    try {
      return this.#verified(file, options);
    } catch (error) {
      // One file shall not take the report of all others with it.
      throw new NotRead(`altname failed on it, and has not looked at it whole: ${firstLineOf(error)}`);
    }
  }

  #verified(file: TextFile, options: Linter.LanguageOptions): readonly Linter.LintMessage[] {
    return this.#linter.verify(
      file.text,
      {
        files: ['**/*.{js,mjs,cjs,jsx,mjsx,cjsx,ts,mts,cts,tsx,mtsx,ctsx}'],
        plugins: { altname: plugin, 'altname-lint': { rules: { comments: this.#commentRule } } },
        rules: { ...this.#rules, 'altname-lint/comments': 'error' },
        linterOptions: { reportUnusedDisableDirectives: 'off' },
        languageOptions: {
          ecmaVersion: 'latest',
          parserOptions: { ecmaFeatures: { jsx: !/\.[cm]?ts$/.test(file.name) } },
          ...options,
        },
      },
      { filename: file.name },
    );
  }

  /** Takes the comments of the tree, that nothing in a text is taken for one. */
  readonly #commentRule: Rule.RuleModule = {
    create: ({ sourceCode }) => ({
      Program: () => {
        this.#comments = sourceCode.getAllComments().map(({ value, range }) => {
          const [start, end] = range ?? [0, 0];
          return { text: value, start, end };
        });
      },
    }),
  };
}

/** A file without any word that a rule is about, or an ignore comment, need not be parsed. */
function mayConcern(text: string): boolean {
  return concerns(text) || text.includes('altname-ignore');
}

/** As what a file may be read, the likely first: Node itself tries both for a `.js` without a package that says which. */
function sourceTypes({ name, text }: TextFile): readonly ('module' | 'commonjs')[] {
  if (/\.mjsx?$/.test(name)) return ['module'];
  if (/\.cjsx?$/.test(name)) return ['commonjs'];
  return /^[ \t]*(?:import|export)\b/m.test(text) ? ['module', 'commonjs'] : ['commonjs', 'module'];
}

function foundOf(file: TextFile, message: Linter.LintMessage): readonly Found[] {
  const start = offsetOf(file, message.line, message.column);
  if (message.fatal === true) {
    throw new NotRead(message.message.replace(/^Parsing error: /, ''), start);
  }
  const code = codeOf(message.ruleId);
  if (code === null) return [];
  const end = offsetOf(file, message.endLine ?? message.line, message.endColumn ?? message.column + 1);
  const suggestion = message.suggestions?.[0]?.desc;
  return [
    {
      code,
      start,
      end,
      message: message.message.replace(/ \(docs\/rules\/[\w-]+\.md\)$/, ''),
      ...(suggestion === undefined ? {} : { hint: suggestion }),
    },
  ];
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Comments of the file may configure rules of others, which are not here. */
function codeOf(ruleId: string | null): Code | null {
  const name = ruleId?.startsWith('altname/') === true ? ruleId.slice('altname/'.length) : '';
  return isCode(name) ? name : null;
}

function offsetOf(file: TextFile, line: number, column: number): number {
  return (file.lines[line - 1] ?? 0) + column - 1;
}
