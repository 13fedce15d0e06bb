import { isCodePath, type CodeReader } from './code/code-file.ts';
import { formatOf } from './formats/index.ts';
import { NotRead } from './formats/format.ts';
import { commentsOf, withoutIgnored, type Comment } from './ignores.ts';
import type { Problem } from './problem.ts';
import type { Found, TextFile } from './text-file.ts';

/** What is wrong in one file; null where it is of no kind that is read. */
export function checkFile(file: TextFile, code: CodeReader): readonly Problem[] | null {
  try {
    const read = readFile(file, code);
    if (read === null) return null;
    const problems = read.found.map((each) => file.problem(each)).sort(byPlace);
    return withoutIgnored(file, problems, read.comments);
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
    const { message, at } = error;
    return [file.problem({ code: 'not-read', start: at, end: at, message })];
  }
}

interface Read {
  readonly found: readonly Found[];
  readonly comments: readonly Comment[];
}

function readFile(file: TextFile, code: CodeReader): Read | null {
  if (isCodePath(file.path)) return code.read(file);
  const format = formatOf(file);
  if (format === undefined) return null;
  return { found: [...format.check(file)], comments: commentsOf(file, format.comment) };
}

function byPlace(one: Problem, other: Problem): number {
  return one.line - other.line || one.column - other.column;
}
