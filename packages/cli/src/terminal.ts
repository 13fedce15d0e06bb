/**
 * The only way out of the command. Its rules: data goes to stdout, everything else to stderr; a line on stderr begins
 * with `altname: ` and a small letter; colour only on a terminal without NO_COLOR, or where FORCE_COLOR asks for it, as
 * in Node, and never with --no-color; the progress line only where a person sees stderr.
 */
export class Terminal {
  /** Columns of the terminal; 80 when stdout is none. */
  readonly width: number;
  #progress = '';
  #progressAt = 0;

  constructor() {
    this.width = columnsOf(process.stdout);
    process.stdout.on('error', endQuietly);
    process.stderr.on('error', endQuietly);
  }

  /** Whether stdout may be coloured. `off` is --no-color. */
  color(off: boolean): boolean {
    if (off) return false;
    const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== '')
      return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
    if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
    return process.stdout.isTTY && TERM !== 'dumb';
  }

  /** Writes data and a line end to stdout; settles when there is room for more. */
  async print(text: string): Promise<void> {
    // Both may be the same screen.
    if (process.stdout.isTTY) this.#clearProgress();
    if (process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)) return;
    await new Promise<void>((resolve) => {
      process.stdout.once('drain', resolve);
      process.stdout.once('close', resolve);
    });
  }

  /** Writes a line of one's own to stderr. */
  say(text: string): void {
    this.#clearProgress();
    process.stderr.write(`altname: ${text}\n`);
  }

  /** Shows what is going on, ten times a second at most; nothing where nobody sees it. */
  progress(text: string): void {
    if (!process.stderr.isTTY) return;
    const now = performance.now();
    if (now - this.#progressAt < 100) return;
    this.#progressAt = now;
    const line = `altname: ${text}`.slice(0, Math.max(20, columnsOf(process.stderr) - 1));
    process.stderr.write(`\r\u001b[K${line}`);
    this.#progress = line;
  }

  /** Removes the progress line. */
  done(): void {
    this.#clearProgress();
  }

  /** Ends the process once everything is written, though there may be connections that are still open. */
  async leave(exitCode: number): Promise<never> {
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
    await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
    process.exit(exitCode);
  }

  #clearProgress(): void {
    if (this.#progress === '') return;
    this.#progress = '';
    process.stderr.write('\r\u001b[K');
  }
}

/** EX_IOERR of sysexits.h: the disk is full, say. */
const outputExit = 74;

/** Some terminals say they have none. */
function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : 80;
}

/** Nobody reads on, as with `| head`: that is no fault. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_DESTROYED') {
    process.exit(process.exitCode ?? 0);
  }
  process.stderr.write(`altname: the output cannot be written: ${error.code ?? error.message}\n`);
  process.exit(outputExit);
}
