import type { Metric } from './metric.ts';

/** The content type of what {@link formatMetrics} writes. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Adds up what was read of one or several processes, and writes it as Prometheus reads it (text format 0.0.4).
 *
 * @param all what `proxy.metrics()` gave, once for each process
 */
export async function formatMetrics(all: readonly (readonly Metric[])[]): Promise<string> {
  const { AggregatorRegistry } = await load();
  // A metric without values is no text that every reader takes.
  const read = all.map((metrics) => metrics.filter(({ values }) => values.length > 0));
  return AggregatorRegistry.aggregate(read as object[]).metrics();
}

/** What is known of this process: CPU, memory, open files, the event loop. */
export class ProcessMetrics {
  #registry: import('prom-client').Registry | null = null;

  async read(): Promise<Metric[]> {
    if (this.#registry === null) {
      const { Registry, collectDefaultMetrics } = await load();
      this.#registry = new Registry();
      collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 50 });
    }
    return (await this.#registry.getMetricsAsJSON()) as unknown as Metric[];
  }
}

/** Loaded when somebody asks: most proxies run without. */
async function load(): Promise<typeof import('prom-client')> {
  return (await import('prom-client')).default;
}
