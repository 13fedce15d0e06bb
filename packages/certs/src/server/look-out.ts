import type { CertificateShelf, Look } from './certificate-shelf.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { settleTime } from './doubts.ts';

/** How a directory is kept an eye on. Times in milliseconds. */
export interface LookOutOptions {
  readonly watch: boolean | 'poll';
  readonly pollEvery: number;
  readonly onLook: (look: Look) => void;
  readonly onWatchFailure: (reason: string) => void;
  /** A fault of ours. */
  readonly onFault: (error: unknown) => void;
}

/** Changes that come in quick succession are looked at together. */
const quietTime = 50;
/** What a watch cannot see (the target of a link, a network file system) is seen this often. */
const sweepEvery = 60_000;
/** How long a look goes on without letting handshakes in between. */
const sliceTime = 8;

/** Looks at a directory when something changed in it. No timer of it keeps the process alive. */
export class LookOut {
  readonly #shelf: CertificateShelf;
  readonly #options: LookOutOptions;
  readonly #watch: DirectoryWatch;
  #timer: NodeJS.Timeout | undefined = undefined;
  #due = Infinity;
  #looking: Promise<Look> | undefined = undefined;
  #closed = false;

  constructor(shelf: CertificateShelf, options: LookOutOptions) {
    this.#shelf = shelf;
    this.#options = options;
    this.#watch = new DirectoryWatch({
      onChange: () => this.#lookIn(quietTime),
      onFailure: (reason) => {
        options.onWatchFailure(reason);
        this.#lookIn(options.pollEvery);
      },
    });
  }

  /** The first look, at once and without a pause. */
  begin(): void {
    const steps = this.#shelf.look();
    for (;;) {
      const step = steps.next();
      if (step.done !== true) continue;
      this.#after(step.value);
      return;
    }
  }

  /** Looks now, and again until nothing is in doubt. */
  async look(): Promise<void> {
    while (!this.#closed) {
      const { doubtful } = await this.#fresh();
      if (!doubtful) return;
      await new Promise((resolve) => setTimeout(resolve, settleTime));
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  /** A look that begins from now on: one that runs may have passed by what changed a moment ago. */
  async #fresh(): Promise<Look> {
    await this.#looking;
    return this.#once();
  }

  /** One look at a time. */
  #once(): Promise<Look> {
    this.#looking ??= this.#inSlices().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #inSlices(): Promise<Look> {
    this.#due = Infinity;
    clearTimeout(this.#timer);
    const steps = this.#shelf.look();
    for (;;) {
      const until = performance.now() + sliceTime;
      while (performance.now() < until) {
        const step = steps.next();
        if (step.done !== true) continue;
        if (!this.#closed) this.#after(step.value);
        return step.value;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #after(look: Look): void {
    const { watch, pollEvery } = this.#options;
    this.#options.onLook(look);
    if (watch === false) return;
    const began = watch === true && this.#watch.follow(look.folders);
    if (look.doubtful || began) this.#lookIn(settleTime);
    else this.#lookIn(watch === true && this.#watch.working ? sweepEvery : pollEvery);
  }

  /** The earliest of what was asked for counts: changes without end do not put a look off. */
  #lookIn(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#closed || due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#fresh().catch(this.#options.onFault);
    }, milliseconds);
    this.#timer.unref();
  }
}
