import { median } from '../measure.ts';

/** What was seen at one moment. */
export interface Sample {
  /** Requests until then. */
  readonly requests: number;
  readonly memory: number;
  readonly descriptors: number;
}

const mebibyte = 1024 * 1024;

/** What the samples say of growth. */
export interface Growth {
  /** MiB for each million of requests, over the last two thirds: the slope of least squares. */
  readonly slope: number;
  /** Medians of the thirds, MiB. */
  readonly thirds: readonly number[];
  readonly most: number;
  readonly descriptors: readonly number[];
  /** The last third holds no more than a twentieth more than the middle one, and no more descriptors. */
  readonly isFlat: boolean;
}

export function growthOf(samples: readonly Sample[]): Growth {
  const third = Math.floor(samples.length / 3);
  const parts = [samples.slice(0, third), samples.slice(third, 2 * third), samples.slice(2 * third)];
  const thirds = parts.map((part) => median(part.map(({ memory }) => memory)) / mebibyte);
  const descriptors = parts.map((part) => median(part.map((sample) => sample.descriptors)));
  const [, middle = 0, last = 0] = thirds;
  const [, middleDescriptors = 0, lastDescriptors = 0] = descriptors;
  return {
    slope: slope(samples.slice(third)),
    thirds,
    most: Math.max(...samples.map(({ memory }) => memory)) / mebibyte,
    descriptors,
    isFlat: last <= middle * 1.05 && lastDescriptors <= middleDescriptors * 1.2 + 10,
  };
}

function slope(samples: readonly Sample[]): number {
  const x = samples.map(({ requests }) => requests / 1e6);
  const y = samples.map(({ memory }) => memory / mebibyte);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const middleX = mean(x);
  const middleY = mean(y);
  let above = 0;
  let below = 0;
  for (const [i, each] of x.entries()) {
    above += (each - middleX) * ((y[i] ?? 0) - middleY);
    below += (each - middleX) ** 2;
  }
  return above / below;
}
