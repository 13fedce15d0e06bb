/** One line of a comparison: how long ours takes as a share of the peer's time, and the share it should not exceed. */
export interface Ratio {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  /** The largest ratio wanted; null when the line is only for comparison. */
  readonly goal: number | null;
  /** What `ours` and `peer` are of; nanoseconds unless told. */
  readonly unit?: 'ms' | 'MiB' | 'ratio';
}

/** Prints ratios as a table; the amounts are medians. */
export function printRatios(title: string, ratios: readonly Ratio[]): void {
  console.log(`\n${title} (Node ${process.versions.node}; medians)`);
  const width = Math.max(...ratios.map(({ what }) => what.length));
  console.log(`${'what'.padEnd(width)}  ${'ours'.padStart(9)}  ${'peer'.padStart(9)}   ratio    goal`);
  for (const { what, ours, peer, goal, unit } of ratios) {
    const ratio = ours / peer;
    const verdict = goal === null ? '' : ratio <= goal ? '  reached' : '  MISSED';
    console.log(
      `${what.padEnd(width)}  ${amount(ours, unit)}  ${amount(peer, unit)}  ${share(ratio)}  ${goal === null ? '     -' : share(goal)}${verdict}`,
    );
  }
}

function share(ratio: number): string {
  return (ratio < 0.01 ? ratio.toFixed(4) : ratio.toFixed(3)).padStart(6);
}

function amount(value: number, unit: Ratio['unit']): string {
  if (unit === undefined) return time(value);
  return `${value.toPrecision(3)}${unit === 'ratio' ? '' : ` ${unit}`}`.padStart(9);
}

function time(nanoseconds: number): string {
  const [value, unit] =
    nanoseconds < 1e3
      ? [nanoseconds, 'ns']
      : nanoseconds < 1e6
        ? [nanoseconds / 1e3, 'us']
        : [nanoseconds / 1e6, 'ms'];
  return `${value.toPrecision(3)} ${unit}`.padStart(9);
}
