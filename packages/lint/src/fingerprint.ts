import { createHash } from 'node:crypto';
import type { Problem } from './problem.ts';

/**
 * What a problem is known by, though lines move: its code, its file, and the line that it stands on without the space
 * around. The same line with the same problem is counted.
 *
 * @returns one for each problem, in their order
 */
export function fingerprints(problems: readonly Problem[]): readonly string[] {
  const counts = new Map<string, number>();
  return problems.map(({ code, path, source }) => {
    const mark = JSON.stringify([code, path, source.trim().replaceAll(/\s+/g, ' ')]);
    const count = counts.get(mark) ?? 0;
    counts.set(mark, count + 1);
    return createHash('sha256').update(`${mark} ${count}`).digest('hex').slice(0, 32);
  });
}
