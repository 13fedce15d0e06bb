import type { Captured } from './capture.ts';
import { givenPlace, isObject } from './given.ts';
import type { Beneath } from './sighting.ts';
import type { Waiting } from './waiting.ts';

/** TCP connections that a program makes itself, and who did, for TLS that begins later on the same socket. */
export class BeneathSockets {
  readonly #known = new WeakMap<object, Beneath>();
  readonly #waiting: Waiting;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  enter(socket: object, args: readonly unknown[], captured: Captured): void {
    const beneath: Beneath = { captured, ...givenPlace(args) };
    this.#known.set(socket, beneath);
    this.#waiting.add(beneath);
  }

  of(socket: unknown): Beneath | null {
    return isObject(socket) ? (this.#known.get(socket) ?? null) : null;
  }
}
