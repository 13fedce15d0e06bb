import { jsonText } from '@altname/core';
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** A line as a process of the program left it: names, and how often. */
interface Line {
  readonly callSite: string | null;
  readonly client: string | null;
  readonly error: string | null;
  readonly count: number;
  readonly [name: string]: unknown;
}

/** What makes an entry: the names, and nothing else. */
const names = ['asked', 'dialled', 'sent', 'checked', 'host', 'certificate'] as const;

/**
 * The file of `--record`. It is written under another name first, so that an older one is there until the new one is
 * whole; that it can be written is known before the program starts. What is no file, such as a pipe, is written as it
 * is.
 */
export class RecordFile {
  readonly #file: string;
  readonly #draft: string | null;
  /** What is no file is open from the beginning: a reader of a pipe takes its closing for the end. */
  readonly #open: number | null;

  /** @throws {UsageError} when the file cannot be written there. */
  constructor(file: string) {
    try {
      const existing = statSync(file, { throwIfNoEntry: false });
      if (existing?.isDirectory() === true) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      // A link stays one, and what it leads to is replaced.
      this.#file = existing?.isFile() === true ? realpathSync(file) : resolve(file);
      if (existing?.isFile() === false) {
        this.#open = openThrough(this.#file);
        this.#draft = null;
      } else {
        this.#draft = `${this.#file}.${process.pid}.part`;
        this.#open = null;
        closeSync(openSync(this.#draft, 'wx'));
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--record "${file}" cannot be written (${code}); a file in a folder that exists is expected`,
      );
    }
  }

  /**
   * Writes each distinct set of names once, the most used first.
   *
   * @returns how many
   * @throws what `fs` throws, when there is no more room for it; the older file is still there then
   */
  write(spool: string): number {
    const entries = new Map<string, { line: Line; count: number; callSites: Set<string> }>();
    for (const line of linesOf(spool)) {
      const key = JSON.stringify(names.map((name) => line[name]));
      const entry = entries.get(key) ?? { line, count: 0, callSites: new Set<string>() };
      entry.count += line.count;
      // What failed once is worth knowing, whatever else went well.
      if (entry.line.error === null && line.error !== null) entry.line = line;
      if (line.callSite !== null && entry.callSites.size < mostCallSites) entry.callSites.add(line.callSite);
      entries.set(key, entry);
    }
    const sorted = [...entries.values()].toSorted((a, b) => b.count - a.count);
    const lines = sorted.map(({ line, count, callSites }) => {
      const [callSite = null, ...others] = callSites;
      const more = others.length === 0 ? {} : { otherCallSites: others };
      return `${jsonText({ ...line, callSite, count, ...more })}\n`;
    });
    if (this.#open !== null) writeThrough(this.#open, lines.join(''));
    if (this.#draft !== null) {
      writeFileSync(this.#draft, lines.join(''));
      renameSync(this.#draft, this.#file);
    }
    return sorted.length;
  }

  /** Leaves nothing half written behind. */
  close(): void {
    if (this.#draft !== null) rmSync(this.#draft, { force: true });
    if (this.#open !== null) closeSync(this.#open);
  }
}

/** Opens what is no file. A reader that was started a moment ago may not have opened the pipe yet; one must. */
function openThrough(file: string): number {
  for (let waited = 0; ; waited += pause()) {
    try {
      return openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || waited >= 1000) throw error;
    }
  }
}

/** @returns milliseconds that passed */
function pause(): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  return 20;
}

/** Milliseconds that a reader is waited for who reads nothing. */
const longestWait = 10_000;

/** Writes to what is no file: a pipe takes as much at once as its reader has left room for. */
function writeThrough(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let waited = 0; rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
      waited = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited >= longestWait) throw error;
      waited += pause();
    }
  }
}

/** Call sites kept of one entry. */
const mostCallSites = 20;

function* linesOf(spool: string): Generator<Line> {
  for (const file of readdirSync(spool).filter((each) => each.startsWith('names-'))) {
    for (const text of readFileSync(join(spool, file), 'utf8').split('\n')) {
      if (text === '') continue;
      try {
        yield JSON.parse(text) as Line;
      } catch {
        // A process was killed while it wrote its last line.
      }
    }
  }
}
