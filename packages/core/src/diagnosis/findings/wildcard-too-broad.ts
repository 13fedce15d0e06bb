import { publicSuffixes } from '../../names/public-suffixes.ts';
import { foldAscii } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const wildcardTooBroad: FindingRule = rule({
  code: 'wildcard-too-broad',
  title: 'The wildcard covers more than one owner',
  find: ({ reference, match, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    if (match?.matches === true) {
      const base = foldAscii(match.by.value).slice(2);
      return match.by.value.startsWith('*.') && publicSuffixes.has(base)
        ? { presented: match.by.value, name: reference.value, matched: true }
        : null;
    }
    const near = mismatches.find(
      ({ reason, presented }) =>
        reason === 'wildcard-too-broad' &&
        (presented.value === '*' || reference.value.endsWith(foldAscii(presented.value).slice(1))),
    );
    return near === undefined
      ? null
      : { presented: near.presented.value, name: reference.value, matched: false };
  },
  severity: ({ matched }) => (matched ? 'warning' : 'error'),
  message: ({ presented, name, matched }) =>
    matched
      ? `${printable(presented)} matches ${printable(name)}, but stands for every owner below a public suffix; other clients refuse it.`
      : `${printable(presented)} is too broad to match anything: a wildcard needs at least two labels after “*.”, so ${printable(name)} is not covered.`,
  fixes: (_view, { name }) => [issueFor([name])],
});
