import { readFileSync } from 'node:fs';
import { checkFile } from './check-file.ts';
import { CodeReader, isCodePath } from './code/code-file.ts';
import { mayHaveFormat } from './formats/index.ts';
import type { Problem } from './problem.ts';
import { TextFile } from './text-file.ts';
import { walk, type WalkedFile } from './walk.ts';

export interface LintOptions {
  /** What the paths count from; the working directory of the process when not given. */
  readonly cwd?: string;
  /** Whether code is held to the plugin's `strict`; false when not given. */
  readonly strict?: boolean;
  /** Patterns as in `.gitignore`, from `cwd` on: what is not read beside what git ignores. */
  readonly exclude?: readonly string[];
  /** Called after each file, with how many were read. */
  readonly onFile?: (files: number) => void;
}

export interface LintReport {
  /** How many files were read. */
  readonly files: number;
  /** By path, and by place in it. */
  readonly problems: readonly Problem[];
}

/** Octets of a file that is read. What is larger was not written by hand. */
const mostOctets = 4 << 20;

/**
 * Looks for verification that is off and server names that are wrong, in code and in the files around it. Nothing is
 * executed, and nobody is asked.
 *
 * @param paths files and folders
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for a path that cannot be read
 */
export function lint(paths: readonly string[], options: LintOptions = {}): LintReport {
  const code = new CodeReader(options.strict ?? false);
  const problems: Problem[] = [];
  let files = 0;
  for (const walked of walk(paths, options.cwd ?? process.cwd(), options.exclude ?? [])) {
    const found = isRead(walked) ? readAndCheck(walked, code) : null;
    if (found === null) continue;
    problems.push(...found);
    files++;
    options.onFile?.(files);
  }
  return { files, problems };
}

/** What a program made smaller is not what somebody wrote. */
const isMinified = /\.min\.[cm]?js$/;

function isRead({ path, isGiven }: WalkedFile): boolean {
  return isGiven || (isCodePath(path) ? !isMinified.test(path) : mayHaveFormat(path));
}

function readAndCheck({ path, absolute, size }: WalkedFile, code: CodeReader): readonly Problem[] | null {
  if (size > mostOctets) return [unread(path, `It has over ${mostOctets >> 20} MiB.`)];
  try {
    // Decoded as UTF-8; a byte order mark is none of the text.
    return checkFile(new TextFile(path, readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '')), code);
  } catch (error) {
    const { code: errno } = error as NodeJS.ErrnoException;
    if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error;
    return [unread(path, `It cannot be read: ${errno}.`)];
  }
}

function unread(path: string, message: string): Problem {
  return new TextFile(path, '').problem({ code: 'not-read', start: 0, end: 0, message });
}
