import type { Captured } from './capture.ts';

/** How long a stack waits for the connection it is for, in milliseconds, and how many wait. */
const longest = 60_000;
const most = 512;

/** Stacks that wait for a connection. One that was taken keeps alive what was on it, so it is let go in time. */
export class Waiting {
  readonly #all: { readonly holder: { captured: Captured | null }; readonly since: number }[] = [];

  add(holder: { captured: Captured | null }): void {
    const now = performance.now();
    this.#all.push({ holder, since: now });
    const oldest = this.#all[0];
    if (oldest === undefined || (this.#all.length <= most && now - oldest.since < longest)) return;
    const young = this.#all.findIndex(({ since }) => now - since < longest);
    const over = this.#all.length > most ? this.#all.length - most / 2 : 0;
    for (const each of this.#all.splice(0, Math.max(young, over))) each.holder.captured = null;
  }
}
