import type { Found, TextFile } from '../text-file.ts';

/** A kind of file that is read beside the code. */
export interface Format {
  /** What a file of it is, in a sentence: `a compose file`. */
  readonly name: string;
  /** How a comment begins that takes the rest of its line; null where there are none. */
  readonly comment: '#' | ';' | null;
  /** Whether a file of this path may be one: only such files are read. The path has `/` on every system. */
  readonly mayBe: (path: string) => boolean;
  /** Whether a file that may be one is; all of them when not given. */
  readonly claims?: (file: TextFile) => boolean;
  /**
   * Finds what is wrong in a file. One that is broken in itself, or a template of some other program, is told.
   *
   * @throws {NotRead}
   */
  readonly check: (file: TextFile) => Iterable<Found>;
}

/** A file cannot be read as what it should be. Nothing is wrong with it as far as altname is concerned. */
export class NotRead extends Error {
  /** Where, as an offset. */
  readonly at: number;

  constructor(message: string, at = 0) {
    super(message);
    this.name = 'NotRead';
    this.at = at;
  }
}
