import type { Captured } from './capture.ts';
import { givenPlace } from './given.ts';
import type { Beneath } from './sighting.ts';

/** How long TLS may keep one waiting on a connection, in milliseconds, and how many connections wait. */
const longest = 60_000;
const most = 512;

/**
 * TCP connections that a program makes itself, and who did, for TLS that begins later on the same socket. A stack that
 * was taken keeps alive what was on it, so it is let go when TLS does not come in time.
 */
export class BeneathSockets {
  readonly #known = new WeakMap<object, Beneath>();
  #waiting: { readonly beneath: Beneath; readonly since: number }[] = [];

  enter(socket: object, args: readonly unknown[], captured: Captured): void {
    const beneath: Beneath = { captured, ...givenPlace(args) };
    const since = performance.now();
    this.#known.set(socket, beneath);
    this.#waiting.push({ beneath, since });
    const oldest = this.#waiting[0];
    if (this.#waiting.length <= most && (oldest === undefined || since - oldest.since < longest)) return;
    const keep = this.#waiting.filter((each) => since - each.since < longest).slice(-most / 2);
    for (const each of this.#waiting) if (!keep.includes(each)) each.beneath.captured = null;
    this.#waiting = keep;
  }

  of(socket: object): Beneath | null {
    return this.#known.get(socket) ?? null;
  }
}
