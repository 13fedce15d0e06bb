import { usesCertificates } from './certificates/check-certificates.ts';
import { isCodePath, type CodeReader } from './code/code-file.ts';
import { formatOf } from './formats/index.ts';
import { NotRead } from './formats/format.ts';
import { commentsOf, withoutIgnored, type Comment } from './ignores.ts';
import type { Problem } from './problem.ts';
import type { Found, TextFile } from './text-file.ts';

/** What was found in a file, and its comments, in one of which something may be ignored. */
export interface FileReading {
  readonly file: TextFile;
  readonly found: readonly Found[];
  readonly comments: readonly Comment[];
}

/** What is wrong in one file by itself, less what it ignores; null where it is of no kind that is read. */
export function checkFile(file: TextFile, code: CodeReader): readonly Problem[] | null {
  const reading = readFile(file, code);
  return reading === null ? null : problemsOf(reading);
}

/** What is found in one file by itself; null where it is of no kind that is read. */
export function readFile(file: TextFile, code: CodeReader): FileReading | null {
  try {
    if (isCodePath(file.path)) return { file, ...code.read(file) };
    const format = formatOf(file);
    if (format !== undefined) {
      return { file, found: [...format.check(file)], comments: commentsOf(file, format.comment) };
    }
    return usesCertificates(file) ? { file, found: [], comments: commentsOf(file, '#') } : null;
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
    const { message, at } = error;
    return { file, found: [{ code: 'not-read', start: at, end: at, message }], comments: [] };
  }
}

/** The problems of a file, by their places, without those that it ignores. */
export function problemsOf({ file, found, comments }: FileReading): readonly Problem[] {
  const problems = found
    .map((each) => file.problem(each))
    .sort((one, other) => one.line - other.line || one.column - other.column);
  return withoutIgnored(file, problems, comments);
}
