import type { Code } from './codes.ts';
import { codes } from './codes.ts';
import type { Problem, Severity } from './problem.ts';

/** What a format finds: a place in the text, as offsets in UTF-16 units, and what is wrong there. */
export interface Found {
  readonly code: Code;
  readonly start: number;
  /** The first one behind it. */
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
  /** Where it is not what the code usually has. */
  readonly severity?: Severity;
}

/** A file that was read, and where its lines begin. */
export class TextFile {
  /** From the working directory on, with `/` on every system. */
  readonly path: string;
  readonly text: string;
  #lines: readonly number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The last part of the path. */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  /** Where each line begins. */
  get lines(): readonly number[] {
    if (this.#lines === undefined) {
      const starts = [0];
      for (const { index, 0: end } of this.text.matchAll(/\r\n|[\n\r\u2028\u2029]/g))
        starts.push(index + end.length);
      this.#lines = starts;
    }
    return this.#lines;
  }

  /** A line, which counts from 1, without its end. */
  line(number: number): string {
    const start = this.lines[number - 1] ?? this.text.length;
    return this.text.slice(start, this.lines[number]).replace(/[\r\n\u2028\u2029]+$/, '');
  }

  /** Line and column of an offset, both from 1. */
  placeOf(offset: number): { line: number; column: number } {
    const { lines } = this;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
  }

  problem({ code, start, end, message, hint, severity }: Found): Problem {
    const { line, column } = this.placeOf(start);
    const { line: endLine, column: endColumn } = this.placeOf(Math.max(start, end));
    return {
      code,
      severity: severity ?? codes[code].severity,
      path: this.path,
      line,
      column,
      endLine,
      endColumn,
      message,
      hint: hint ?? null,
      source: this.line(line),
    };
  }
}
