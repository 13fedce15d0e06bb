import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const wildcardApex: FindingRule = rule({
  code: 'wildcard-apex',
  severity: 'error',
  title: 'The wildcard does not cover the bare domain',
  find: ({ reference, mismatches }) => {
    const near = mismatches.find(({ reason }) => reason === 'wildcard-apex');
    return near === undefined || reference === null
      ? null
      : { presented: near.presented.value, name: reference.value };
  },
  message: ({ presented, name }) =>
    `${printable(presented)} stands for one label below ${printable(name)}, never for ${printable(name)} itself.`,
  fixes: (_view, { presented, name }) => [
    issueFor([name, presented]),
    {
      who: 'client',
      sure: 'needs-your-values',
      title: `use a host one level below ${name}, if that is what you mean`,
    },
  ],
});
