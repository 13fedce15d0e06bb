/** What is seen once may be the middle of a change: this long apart, in milliseconds, it must be seen twice. */
export const settleTime = 250;

/**
 * Holds what was seen back until it is seen again. Whoever replaces a certificate and its key has a moment with one of
 * them new, and some have a moment with neither.
 */
export class Doubts {
  #before = new Map<string, number>();
  #current = new Map<string, number>();
  #open = false;

  /** Whether something seen in this look has to be looked at again. */
  get open(): boolean {
    return this.#open;
  }

  /** Begins a look: what is not seen in it again is forgotten. */
  begin(): void {
    this.#before = this.#current;
    this.#current = new Map();
    this.#open = false;
  }

  /** Whether that was seen before, long enough ago. `at` is in milliseconds, of a clock that never goes back. */
  confirmed(what: string, at: number): boolean {
    const first = this.#before.get(what) ?? at;
    this.#current.set(what, first);
    const certain = at - first >= settleTime;
    this.#open ||= !certain;
    return certain;
  }
}
