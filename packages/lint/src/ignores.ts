import { codes, isCode } from './codes.ts';
import type { Format } from './formats/format.ts';
import type { Problem } from './problem.ts';
import type { Found, TextFile } from './text-file.ts';

/** A comment: what stands in it, and where it is with its signs. */
export interface Comment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** `altname-ignore-next-line CODE: reason`. */
interface Ignore extends Comment {
  readonly code: string;
  readonly reason: string;
  /** The line that it is about. */
  readonly line: number;
}

const word = 'altname-ignore-next-line';

/** The word, the code, and the reason behind a colon; in a block there may be stars around them. */
const directive = /^[\s*]*(altname-ignore[\w-]*)\s*([^:]*?)\s*(?::\s*([^]*?))?[\s*]*$/;

/** The comments of a file that take a line of their own from a sign on. */
export function commentsOf(file: TextFile, sign: Format['comment']): readonly Comment[] {
  if (sign === null || !file.text.includes('altname-ignore')) return [];
  return file.lines.flatMap((start, index) => {
    const line = file.line(index + 1);
    const text = line.trimStart();
    if (!text.startsWith(sign)) return [];
    return [{ text: text.slice(1), start: start + line.length - text.length, end: start + line.length }];
  });
}

/**
 * Takes away what comments of the file ignore. A comment that ignores nothing, names no code, or gives no reason is a
 * problem itself.
 */
export function withoutIgnored(
  file: TextFile,
  problems: readonly Problem[],
  comments: readonly Comment[],
): readonly Problem[] {
  const ignores = ignoresOf(file, comments);
  if (ignores.length === 0) return problems;
  const used = new Set<Ignore>();
  const left = problems.filter(({ code, line }) => {
    const by = ignores.find((each) => each.line === line && each.code === code && each.reason !== '');
    if (by === undefined) return true;
    used.add(by);
    return false;
  });
  const unused = ignores.filter((each) => !used.has(each));
  return [...left, ...unused.map((each) => file.problem(unusedOf(each)))].sort(
    (one, other) => one.line - other.line || one.column - other.column,
  );
}

function ignoresOf(file: TextFile, comments: readonly Comment[]): readonly Ignore[] {
  const found = comments.flatMap((comment) => {
    const match = directive.exec(comment.text);
    if (match === null) return [];
    const [, name, code = '', reason = ''] = match;
    // Something like it is told as well: whoever wrote it takes it for one.
    if (name !== word) return [{ ...comment, code: name ?? '', reason: '', line: 0 }];
    return [{ ...comment, code, reason, line: file.placeOf(comment.end).line + 1 }];
  });
  // Several stand above the line that they are about, one below the other.
  const own = new Set(found.map(({ line }) => line - 1));
  return found.map((ignore) => {
    let { line } = ignore;
    while (own.has(line)) line++;
    return { ...ignore, line };
  });
}

function unusedOf({ code, reason, start, end }: Ignore): Found {
  const message = !isCode(code)
    ? `This ignore names no code of altname lint: "${code}". Expected is ${word} CODE: reason.`
    : codes[code].cwe === null
      ? `${code} cannot be ignored.`
      : reason === ''
        ? `This ignore gives no reason, and ignores nothing: ${word} ${code}: reason is expected.`
        : `This ignore hides nothing: there is no ${code} on the next line.`;
  return { code: 'unused-ignore', start, end, message, hint: 'remove it' };
}
