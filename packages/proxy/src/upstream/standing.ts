import type { Ejection } from '../config/health-options.ts';

/** Whether a server gets requests: `ejected` for a while, as its answers failed; `down`, as its health check fails. */
export type StandingName = 'up' | 'ejected' | 'down';

/** Each time a server is left out again, it is for twice as long, up to this many times the first. */
const longest = 10;

/**
 * How one server stands.
 *
 * | it is   | when                                              | until                                        |
 * |---------|---------------------------------------------------|----------------------------------------------|
 * | down    | `health.unhealthy` checks in a row were bad       | `health.healthy` in a row were good          |
 * | ejected | `ejection.failures` answers in a row failed       | its time is over; then one failure is enough |
 * | up      | neither                                           |                                              |
 */
export class Standing {
  readonly #ejection: Ejection | null;
  /** Failures since it is known. */
  failures = 0;
  #inARow = 0;
  #isDown = false;
  #ejectedUntil = 0;
  #ejections = 0;
  #since = Date.now();

  constructor(ejection: Ejection | null) {
    this.#ejection = ejection;
  }

  get isUp(): boolean {
    return !this.#isDown && (this.#ejectedUntil === 0 || this.#isBack());
  }

  get name(): StandingName {
    if (this.#isDown) return 'down';
    return this.isUp ? 'up' : 'ejected';
  }

  /** Since when, ISO 8601 in UTC. */
  get since(): string {
    return new Date(this.#since).toISOString();
  }

  succeed(): void {
    if (this.#inARow === 0) return;
    this.#inARow = 0;
    this.#ejections = 0;
  }

  /**
   * @param mayEject whether one more server may be left out
   * @returns whether it was
   */
  fail(mayEject: () => boolean): boolean {
    this.failures++;
    this.#inARow++;
    const ejection = this.#ejection;
    if (ejection === null || this.#inARow < ejection.failures || !this.isUp || !mayEject()) return false;
    const time = ejection.time * Math.min(2 ** this.#ejections, longest);
    this.#ejections++;
    this.#ejectedUntil = performance.now() + time;
    this.#since = Date.now();
    return true;
  }

  /** What the health check found. @returns whether that is new */
  setDown(isDown: boolean): boolean {
    if (this.#isDown === isDown) return false;
    this.#isDown = isDown;
    this.#since = Date.now();
    // A check that is good says more than answers of before.
    if (!isDown) {
      this.#ejectedUntil = 0;
      this.#inARow = 0;
    }
    return true;
  }

  #isBack(): boolean {
    if (performance.now() < this.#ejectedUntil) return false;
    this.#ejectedUntil = 0;
    this.#since = Date.now();
    this.#inARow = Math.max(0, (this.#ejection?.failures ?? 1) - 1);
    return true;
  }
}
