import type { Code } from '../src/codes.ts';

/** A file in which something is wrong. */
export interface BadFile {
  readonly name: string;
  /** Its path, where that is not the table's. */
  readonly path?: string;
  /** With `»` in front of every place that is told, and of nothing else. */
  readonly text: string;
  /** What is told of each place; all are `no-disabled-verification` when not given. */
  readonly told?: readonly Told[];
}

/** A code, with the severity behind it where it is not what the code usually has. */
export type Told = Code | `${Code} (warning)`;

/** Files of a format. */
export interface Table {
  /** The path of a file that is given no other. */
  readonly path: string;
  /** Nothing is told of them. A list is of a path and a text. */
  readonly good: Readonly<Record<string, string | readonly [path: string, text: string]>>;
  readonly bad: readonly BadFile[];
}

/** The mark of a place. */
export const mark = '»';
