import type { Ended } from '../forward/exchange.ts';
import type { MetricValue } from './metric.ts';

/** Upper bounds in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
const boundsInMs: readonly number[] = bounds.map((bound) => bound * 1000);
const methods = ['other', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const indexOfMethod: ReadonlyMap<string, number> = new Map(methods.map((method, at) => [method, at]));

/**
 * Counts of the requests of one route. Counting one makes no object and reads no label: this stands on the way of every
 * request. Labels are put to the counts when somebody reads them.
 */
export class RouteCounts {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #requests = new Map<number, number>();
  readonly #buckets: number[] = Array.from({ length: bounds.length + 1 }, () => 0);
  #ms = 0;
  #received = 0;
  #sent = 0;
  #underWay = 0;

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
  }

  begin(): void {
    this.#underWay++;
  }

  /** An answer is over. @param ms since the head of the request */
  end(method: string, { status, bytes, received }: Ended, ms: number): void {
    this.#underWay--;
    // Codes that an upstream makes up are one.
    const code = status >= 100 && status <= 599 ? status : status === 0 ? 0 : 999;
    const key = (indexOfMethod.get(method) ?? 0) * 1000 + code;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    let bucket = 0;
    while (bucket < boundsInMs.length && ms > (boundsInMs[bucket] ?? 0)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#ms += ms;
    this.#received += received;
    this.#sent += bytes;
  }

  requests(): MetricValue[] {
    return [...this.#requests].map(([key, value]) => {
      const code = key % 1000;
      const method = methods[Math.floor(key / 1000)] ?? 'other';
      const text = code === 0 ? 'none' : code === 999 ? 'other' : String(code);
      return { value, labels: { ...this.#labels, method, code: text } };
    });
  }

  /** The parts of a histogram of this name. */
  durations(name: string): MetricValue[] {
    let count = 0;
    const values: MetricValue[] = this.#buckets.map((each, at) => {
      count += each;
      const labels = { le: bounds[at] ?? '+Inf', ...this.#labels };
      return { metricName: `${name}_bucket`, value: count, labels };
    });
    return [
      ...values,
      { metricName: `${name}_sum`, value: this.#ms / 1000, labels: this.#labels },
      { metricName: `${name}_count`, value: count, labels: this.#labels },
    ];
  }

  received(): MetricValue {
    return { value: this.#received, labels: this.#labels };
  }

  sent(): MetricValue {
    return { value: this.#sent, labels: this.#labels };
  }

  underWay(): MetricValue {
    return { value: this.#underWay, labels: this.#labels };
  }
}
