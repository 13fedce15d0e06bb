import { closeSync, constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { put, toStderr } from './stderr.ts';

/** Where our words go: the file of ALTNAME_OUTPUT, else stderr. */
export class Outlet {
  #file: string | null;

  constructor(file: string | null) {
    this.#file = file;
  }

  /** Whether people look at it as it comes. */
  get isTerminal(): boolean {
    return this.#file === null && isatty(2);
  }

  write(text: string): void {
    if (text === '') return;
    if (this.#file !== null) {
      try {
        append(this.#file, text);
        return;
      } catch (error) {
        this.#file = null;
        const { code } = error as NodeJS.ErrnoException;
        toStderr(
          `altname: ALTNAME_OUTPUT cannot be written (${code ?? 'unknown'}); stderr is used instead\n`,
        );
      }
    }
    toStderr(text);
  }
}

function append(file: string, text: string): void {
  // O_NONBLOCK: a named pipe may have no reader. Where there is no such flag it is undefined, and counts for nothing.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
  try {
    put(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
