import type { MetricValue } from './metric.ts';

/** So many sets of labels are told apart; what comes then is counted as `other`. */
const mostSets = 200;

/** Counts of what happens seldom, by labels. Not for the way of a request: see {@link RouteCounts}. */
export class Tally {
  readonly #names: readonly string[];
  readonly #sets = new Map<string, { readonly labels: Record<string, string>; count: number }>();

  constructor(...names: string[]) {
    this.#names = names;
  }

  /** @param values one for each label, in their order */
  add(...values: string[]): void {
    const key = values.join('\0');
    const found = this.#sets.get(key);
    if (found !== undefined) {
      found.count++;
      return;
    }
    if (this.#sets.size >= mostSets && !values.every((value) => value === 'other')) {
      this.add(...values.map(() => 'other'));
      return;
    }
    const labels = Object.fromEntries(this.#names.map((name, at) => [name, values[at] ?? '']));
    this.#sets.set(key, { labels, count: 1 });
  }

  /** Tells of these labels before they are counted, as 0: what is not there has no rate. */
  expect(...values: string[]): void {
    this.add(...values);
    const found = this.#sets.get(values.join('\0'));
    if (found !== undefined) found.count--;
  }

  read(): MetricValue[] {
    return [...this.#sets.values()].map(({ labels, count }) => ({ labels, value: count }));
  }
}
