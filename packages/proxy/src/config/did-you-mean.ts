/** `; did you mean x?`, or the empty string when nothing known is near enough to what was written. */
export function didYouMean(written: string, known: readonly string[]): string {
  const text = written.toLowerCase().slice(0, 60);
  let [best, least] = ['', Math.max(1, Math.floor(text.length / 3)) + 1];
  for (const each of known) {
    const distance = editDistance(text, each.toLowerCase());
    if (distance < least) [best, least] = [each, distance];
  }
  return best === '' || text.length < 2 ? '' : `; did you mean ${best}?`;
}

/** Letters added, left out, changed, or two changed about (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const isTurned = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isTurned) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
