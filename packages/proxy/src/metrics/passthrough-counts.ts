import type { MetricValue } from './metric.ts';
import { Tally } from './tally.ts';

interface Passed {
  open: number;
  total: number;
  received: number;
  sent: number;
}

/** Connections that are passed through, by upstream, and those that were refused before TLS. Kept over a reload. */
export class PassthroughCounts {
  /** Reasons are those of {@link ConnectionRecord}: of the code, or the code of an error; the upstream may be none. */
  readonly refusals: Tally = new Tally('upstream', 'reason');
  readonly #passed = new Map<string, Passed>();

  /** Connections may come for this upstream. */
  expect(upstream: string): void {
    this.#of(upstream);
  }

  /** A connection is for this upstream. */
  begin(upstream: string): void {
    const passed = this.#of(upstream);
    passed.open++;
    passed.total++;
  }

  /** It is over. */
  end(
    upstream: string,
    { bytesUp, bytesDown }: { readonly bytesUp: number; readonly bytesDown: number },
  ): void {
    const passed = this.#of(upstream);
    passed.open--;
    passed.received += bytesUp;
    passed.sent += bytesDown;
  }

  refused(upstream: string | null, reason: string): void {
    this.refusals.add(upstream ?? '', reason);
  }

  open(): MetricValue[] {
    return this.#values(({ open }) => open);
  }

  total(): MetricValue[] {
    return this.#values(({ total }) => total);
  }

  received(): MetricValue[] {
    return this.#values(({ received }) => received);
  }

  sent(): MetricValue[] {
    return this.#values(({ sent }) => sent);
  }

  #values(of: (passed: Passed) => number): MetricValue[] {
    return [...this.#passed].map(([upstream, passed]) => ({ value: of(passed), labels: { upstream } }));
  }

  #of(upstream: string): Passed {
    const passed = this.#passed.get(upstream) ?? { open: 0, total: 0, received: 0, sent: 0 };
    this.#passed.set(upstream, passed);
    return passed;
  }
}
