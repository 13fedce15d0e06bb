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
    Object.defineProperty(owner, name, { ...before, value: ours });
    this.#replaced.push({ owner, name, before, ours });
  }

  /** Puts back what was there, but where the program has put something of its own on top. */
  remove(): void {
    for (const { owner, name, before, ours } of this.#replaced) {
      if ((owner as Record<string, unknown>)[name] === ours) Object.defineProperty(owner, name, before);
    }
  }
}
