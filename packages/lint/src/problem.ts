import type { Code } from './codes.ts';

export type Severity = 'error' | 'warning' | 'note';

/** One thing that is wrong, in one place of one file. */
export interface Problem {
  readonly code: Code;
  readonly severity: Severity;
  /** From the working directory on, with `/` on every system. */
  readonly path: string;
  /** Lines and columns count from 1, in UTF-16 units; `endColumn` is the first one behind. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** What is wrong, and what comes of it. May hold text of the file: escape it before it is printed. */
  readonly message: string;
  /** What to write instead; null where that depends on what is not known here. */
  readonly hint: string | null;
  /** The first line of the place, as it stands in the file. */
  readonly source: string;
}
