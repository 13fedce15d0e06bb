import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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
 * whole; that it can be written is known before the program starts.
 */
export class RecordFile {
  readonly #file: string;
  readonly #draft: string;
  #descriptor: number | null;

  /** @throws {UsageError} when the file cannot be written there. */
  constructor(file: string) {
    this.#file = file;
    this.#draft = `${file}.${process.pid}.part`;
    try {
      this.#descriptor = openSync(this.#draft, 'wx');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--record "${file}" cannot be written (${code}); a file in a folder that exists is expected`,
      );
    }
  }

  /** Writes each distinct set of names once, the most used first. @returns how many */
  write(spool: string): number {
    const entries = new Map<string, { line: Line; count: number; callSites: Set<string> }>();
    for (const line of linesOf(spool)) {
      const key = JSON.stringify(names.map((name) => line[name]));
      const entry = entries.get(key) ?? { line, count: 0, callSites: new Set<string>() };
      entry.count += line.count;
      if (line.callSite !== null && entry.callSites.size < mostCallSites) entry.callSites.add(line.callSite);
      entries.set(key, entry);
    }
    const sorted = [...entries.values()].toSorted((a, b) => b.count - a.count);
    for (const { line, count, callSites } of sorted) {
      const [callSite = null, ...others] = callSites;
      const more = others.length === 0 ? {} : { otherCallSites: others };
      if (this.#descriptor !== null) {
        writeSync(this.#descriptor, `${JSON.stringify({ ...line, callSite, count, ...more })}\n`);
      }
    }
    this.#end();
    renameSync(this.#draft, this.#file);
    return sorted.length;
  }

  /** Leaves nothing half written behind. */
  close(): void {
    this.#end();
    rmSync(this.#draft, { force: true });
  }

  #end(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
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
