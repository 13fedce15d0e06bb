import type { Identifier } from '../names/identifier.ts';
import type { Mismatch } from '../names/mismatch.ts';
import { foldAscii } from '../names/presented.ts';

/** Mismatches by how near they are to the name that was compared. */
export interface Nearness {
  /** They share a label, or are of the same kind and wrongly written; nearest first. */
  readonly near: readonly Mismatch[];
  /** They have nothing in common with it; in the order of the certificate. */
  readonly far: readonly Mismatch[];
}

/** Sorts mismatches by nearness. A presented name that stands there twice is kept once. */
export function byNearness(reference: Identifier, mismatches: readonly Mismatch[]): Nearness {
  const near: { mismatch: Mismatch; depth: number; alike: number }[] = [];
  const far: Mismatch[] = [];
  const seen = new Set<string>();
  for (const mismatch of mismatches) {
    const key = `${mismatch.presented.kind} ${mismatch.presented.value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const depth =
      reference.kind === 'ip'
        ? addressDepth(reference.value, mismatch)
        : nameDepth(reference.value, mismatch);
    if (depth < 1) far.push(mismatch);
    else near.push({ mismatch, depth, alike: alikeAt(reference.value, mismatch) });
  }
  near.sort(
    (a, b) =>
      b.depth - a.depth || b.alike - a.alike || a.mismatch.presented.index - b.mismatch.presented.index,
  );
  return { near: near.map(({ mismatch }) => mismatch), far };
}

/** How many labels from the right agree; a label of the same length that is spelled wrong does not. */
function nameDepth(reference: string, { presented, label, reason }: Mismatch): number {
  if (presented.kind === 'ip' || reason === 'address-in-dns') return 0;
  if (label !== null) return label - 1;
  const checked = reference.split('.').reverse();
  const given = foldAscii(presented.value).replace(/\.$/, '').split('.').reverse();
  let depth = 0;
  while (depth < given.length && given[depth] === checked[depth]) depth++;
  return depth;
}

function addressDepth(reference: string, { presented, reason }: Mismatch): number {
  if (reason === 'address-in-dns') return presented.value === reference ? 3 : 1;
  return presented.kind === 'ip' ? 2 : 0;
}

/**
 * How alike they are where one label fails: the labels before it that are equal, and the part of the failing label
 * that is. A typo shares most.
 */
function alikeAt(reference: string, { presented, label }: Mismatch): number {
  if (label === null) return 0;
  const checked = reference.split('.').reverse();
  const given = foldAscii(presented.value).split('.').reverse();
  let equal = 0;
  for (let i = label; i < checked.length; i++) if (checked[i] === given[i]) equal++;
  return equal + alike(checked[label - 1] ?? '', given[label - 1] ?? '');
}

/** The part of two texts that is equal at both ends, from 0 to 1. */
function alike(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  let left = 0;
  while (left < a.length && left < b.length && a[left] === b[left]) left++;
  let right = 0;
  while (right < a.length - left && right < b.length - left && a.at(-1 - right) === b.at(-1 - right)) right++;
  return longest === 0 ? 0 : (left + right) / longest;
}
