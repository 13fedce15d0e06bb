import { foldAscii } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { ifItIsTheServerYouMean, issueFor, useHost } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const wwwOrApex: FindingRule = rule({
  code: 'www-or-apex',
  severity: 'error',
  title: 'Only the name with, or without, www is on the certificate',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    const name = reference.value;
    const other = name.startsWith('www.') ? name.slice(4) : `www.${name}`;
    return mismatches.some(({ presented }) => foldAscii(presented.value) === other)
      ? { presented: other, name }
      : null;
  },
  message: ({ presented, name }) =>
    `The certificate carries ${printable(presented)}, but not ${printable(name)}: with and without “www” are two names.`,
  fixes: (_view, { presented, name }) => [
    issueFor([name, presented]),
    useHost(presented, 'likely', ifItIsTheServerYouMean),
  ],
});
