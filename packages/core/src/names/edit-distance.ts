/** Letters added, left out, changed, or two changed about (optimal string alignment). */
export function editDistance(a: string, b: string): number {
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

/**
 * The word that was most likely meant, of those that there are: one that begins so, or one that is wrong in a third of
 * its letters at most. Null when none is near enough.
 *
 * @param written by a person; no more than its first 80 letters are looked at
 */
export function nearestWord(written: string, known: readonly string[]): string | null {
  const text = written.toLowerCase().slice(0, 80);
  if (!/[a-z]{2}/.test(text)) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const each of known) {
    const distance = each.startsWith(text) && text.length >= 3 ? 0 : editDistance(text, each.toLowerCase());
    if (distance < least) [best, least] = [each, distance];
  }
  return best;
}
