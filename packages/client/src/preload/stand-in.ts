/** A function of Node that another one stands in for. */
interface Replaced {
  readonly owner: object;
  readonly name: string;
  readonly before: PropertyDescriptor;
  readonly ours: (...args: never[]) => unknown;
}

/**
 * Functions put in the place of Node's: under the same name, of the same length, and as a property with the same
 * attributes. Whoever compares them finds another function, and nothing else.
 */
export class StandIns {
  readonly #replaced: Replaced[] = [];

  put(owner: object, name: string, ours: (...args: never[]) => unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before === undefined || typeof before.value !== 'function') return;
    for (const trait of ['name', 'length']) {
      const own = Object.getOwnPropertyDescriptor(before.value, trait);
      if (own !== undefined) Object.defineProperty(ours, trait, own);
    }
    // Where the program has frozen it before, there is nothing to put.
    if (!Reflect.defineProperty(owner, name, { ...before, value: ours })) return;
    this.#replaced.push({ owner, name, before, ours });
  }

  /** Puts back what was there, but where the program has put something of its own on top. */
  remove(): void {
    for (const { owner, name, before, ours } of this.#replaced) {
      // Frozen meanwhile, it stays; it does nothing any more. `Reflect` says so, and does not throw.
      if ((owner as Record<string, unknown>)[name] === ours) Reflect.defineProperty(owner, name, before);
    }
  }
}
