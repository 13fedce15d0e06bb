import { editDistance } from '../../names/edit-distance.ts';
import { foldAscii } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { ifItIsTheServerYouMean, useHost } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

/** A certificate with more names than this is not searched for a typo beyond them. */
const mostNames = 2000;

export const typoSuspected: FindingRule = rule({
  code: 'typo-suspected',
  severity: 'error',
  title: 'The name looks like a misspelling of one on the certificate',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    for (const { presented } of mismatches.slice(0, mostNames)) {
      if (presented.kind !== 'dns') continue;
      const typo = misspelled(reference.value, foldAscii(presented.value));
      if (typo !== null) return { presented: presented.value, name: reference.value, ...typo };
    }
    return null;
  },
  message: ({ name, given, meant, presented }) =>
    `${printable(name)} differs from ${printable(presented)} on the certificate by a misspelling: “${printable(given)}” for “${printable(meant)}”.`,
  fixes: (_view, { suggestion }) => [useHost(suggestion, 'likely', ifItIsTheServerYouMean)],
});

interface Typo {
  readonly given: string;
  readonly meant: string;
  /** The name with the label as it is on the certificate. */
  readonly suggestion: string;
}

/** The one label that differs, by a slip of the keyboard; null when more differs. A `*` on the certificate fits any. */
function misspelled(name: string, presented: string): Typo | null {
  const asked = name.split('.');
  const given = presented.split('.');
  if (asked.length !== given.length || asked.length < 2) return null;
  let found: Typo | null = null;
  for (const [i, label] of asked.entries()) {
    const other = given[i] ?? '';
    if (label === other || (i === 0 && other === '*')) continue;
    if (found !== null || other.includes('*') || !isSlip(label, other)) return null;
    found = { given: label, meant: other, suggestion: asked.with(i, other).join('.') };
  }
  return found;
}

/**
 * One letter left out, added, changed or swapped with its neighbour in a label of four or more (two in one of eight
 * or more). Digits do not count as letters: `web1` and `web2` are two servers; nor does `_` for `-`: see underscore.
 */
function isSlip(one: string, other: string): boolean {
  const longer = Math.max(one.length, other.length);
  if (longer < 4 || plain(one) === plain(other)) return false;
  if (Math.abs(one.length - other.length) > 2) return false;
  return editDistance(one, other) <= (longer >= 8 ? 2 : 1);
}

function plain(label: string): string {
  return label.replace(/\d+/g, '#').replaceAll('_', '-');
}
