/** One of the things compared: `run` does it `times` times and returns something, so that nothing is optimised away. */
export interface Contender {
  readonly name: string;
  readonly run: (times: number) => unknown;
}

/** Nanoseconds of one operation: the median over the rounds. */
export type Medians = ReadonlyMap<string, number>;

const rounds = 11;
const roundMilliseconds = 40;

let sink: unknown;

/**
 * Times contenders side by side: each round runs every one of them once, in turn, so that what disturbs the machine
 * disturbs all. Every contender gets as many repetitions as fill the same span of time.
 */
export function measure(contenders: readonly Contender[]): Medians {
  const times = contenders.map(({ run }) => repetitions(run));
  const samples = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      samples[i]?.push(nanoseconds(run, times[i] ?? 1));
    }
  }
  return new Map(contenders.map(({ name }, i) => [name, median(samples[i] ?? [])]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** How often to run in a round; finding it out is the warm-up. */
function repetitions(run: (times: number) => unknown): number {
  let times = 1;
  for (;;) {
    const elapsed = nanoseconds(run, times) * times;
    if (elapsed > roundMilliseconds * 1e6) return times;
    times = Math.max(times * 2, Math.floor((times * roundMilliseconds * 1e6) / (elapsed + 1) / 2));
  }
}

function nanoseconds(run: (times: number) => unknown, times: number): number {
  const start = process.hrtime.bigint();
  sink = run(times);
  return Number(process.hrtime.bigint() - start) / times;
}

/** What the last run returned; reading it keeps the work of every run alive. */
export function lastResult(): unknown {
  return sink;
}
