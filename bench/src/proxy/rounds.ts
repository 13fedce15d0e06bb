import { median } from '../measure.ts';
import { startContender, type Contender } from './contender.ts';
import type { Load } from './load.ts';
import { freePorts, type Upstream } from './upstream.ts';

/** What a contender took in the middle of the rounds. */
export interface Figures {
  readonly contender: Contender;
  /** Microseconds of the processor for one request. */
  readonly cpu: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** At a rate that everyone can carry; null where that is not measured. */
  readonly calm: { readonly p50: number; readonly p99: number } | null;
}

export interface Rounds {
  readonly rounds: number;
  readonly upstream: Upstream;
  readonly upstreamPort: number;
  /** Makes a number of requests, as fast as they go through. */
  readonly load: (port: number, requests: number) => Promise<Load>;
  /** Requests of a round. As many before it warm the contender up: a compiler needs work, not time. */
  readonly requests: number;
  /** Requests at a rate that everyone can carry. */
  readonly calmLoad?: (port: number) => Promise<Load>;
}

/**
 * Loads each contender in each round, in an order that turns; each time in a process of its own that is warmed up
 * before it is measured. Prints the medians.
 */
export async function measureRounds(contenders: readonly Contender[], options: Rounds): Promise<Figures[]> {
  const { rounds, upstream, upstreamPort, load, calmLoad, requests } = options;
  const samples = new Map(
    contenders.map(({ name }) => [name, [] as { cpu: number; load: Load; calm: Load | null }[]]),
  );
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i + round) % contenders.length];
      if (contender === undefined) continue;
      process.stderr.write(`\r\x1b[K${round + 1} of ${rounds}: ${contender.name} `);
      const [port = 0] = await freePorts(1);
      const running = await startContender(contender, { port, upstreamPort, upstream });
      try {
        await load(port, requests);
        const before = running.cpu();
        const seen = await load(port, requests);
        const cpu = (running.cpu() - before) / seen.requests;
        const calm = calmLoad === undefined ? null : await calmLoad(port);
        for (const { failed } of calm === null ? [seen] : [seen, calm]) {
          if (failed > 0) throw new Error(`${contender.name}: ${failed} of ${seen.requests} requests failed`);
        }
        samples.get(contender.name)?.push({ cpu, load: seen, calm });
      } finally {
        await running.stop();
      }
    }
  }
  process.stderr.write('\r\x1b[K');
  return contenders.map((contender) => {
    const all = samples.get(contender.name) ?? [];
    const of = (what: (sample: (typeof all)[number]) => number): number => median(all.map(what));
    return {
      contender,
      cpu: of(({ cpu }) => cpu),
      perSecond: of((sample) => sample.load.requests / sample.load.seconds),
      p50: of((sample) => sample.load.p50),
      p99: of((sample) => sample.load.p99),
      calm:
        calmLoad === undefined
          ? null
          : {
              p50: of(({ calm }) => calm?.p50 ?? Number.NaN),
              p99: of(({ calm }) => calm?.p99 ?? Number.NaN),
            },
    };
  });
}

/** Prints a line for each contender. */
export function printFigures(title: string, figures: readonly Figures[]): void {
  const nginx = figures.find(({ contender }) => contender.name === 'nginx');
  const width = Math.max(...figures.map(({ contender }) => contender.name.length));
  const isCalm = figures.some(({ calm }) => calm !== null);
  console.log(`\n${title}`);
  console.log(
    `${'proxy'.padEnd(width)}  CPU us/req  x nginx  requests/s  p50 ms  p99 ms${isCalm ? '  at the rate: p50 ms  p99 ms' : ''}`,
  );
  for (const { contender, cpu, perSecond, p50, p99, calm } of figures) {
    const share = nginx === undefined ? '-' : (cpu / nginx.cpu).toFixed(2);
    console.log(
      `${contender.name.padEnd(width)}  ${cpu.toFixed(1).padStart(10)}  ${share.padStart(7)}  ${perSecond.toFixed(0).padStart(10)}  ` +
        `${p50.toFixed(2).padStart(6)}  ${p99.toFixed(2).padStart(6)}` +
        (calm === null ? '' : `  ${calm.p50.toFixed(2).padStart(19)}  ${calm.p99.toFixed(2).padStart(6)}`),
    );
  }
}

/** The one of these with the least of something. */
export function best(
  figures: readonly Figures[],
  is: (contender: Contender) => boolean,
  what: (figures: Figures) => number,
): Figures | undefined {
  return figures.filter(({ contender }) => is(contender)).toSorted((a, b) => what(a) - what(b))[0];
}
