/** One metric as it stands, in the form that `prom-client` adds up and writes. Plain data: workers send it. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How the values of several workers become one. */
  readonly aggregator: 'sum' | 'first' | 'min' | 'max';
  readonly values: readonly MetricValue[];
}

export interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of the parts of a histogram, which have names of their own. */
  readonly metricName?: string;
}

export function counter(name: string, help: string, values: readonly MetricValue[]): Metric {
  return { name, help, type: 'counter', aggregator: 'sum', values };
}

export function gauge(
  name: string,
  help: string,
  values: readonly MetricValue[],
  aggregator: Metric['aggregator'] = 'sum',
): Metric {
  return { name, help, type: 'gauge', aggregator, values };
}
