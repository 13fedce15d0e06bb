import { nearestWord } from '@altname/core';

/** `; did you mean "check"?`, or the empty string when nothing known is near enough to what was written. */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = nearestWord(written, known);
  return near === null ? '' : `; did you mean "${near}"?`;
}
