import { UsageError } from './usage-error.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** No run waits longer for one target: an hour. */
const longest = 3_600_000;

/** Milliseconds of a duration such as `5s`, `500ms` or `1.5s`. */
export function readDuration(text: string, option: string): number {
  const parts = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text);
  const ms = parts === null ? 0 : Math.round(Number(parts[1]) * (units[parts[2] ?? ''] ?? 0));
  if (ms < 1 || ms > longest) {
    throw new UsageError(`--${option} "${text}" is no duration: 5s or 500ms is expected, at most 60m`);
  }
  return ms;
}
