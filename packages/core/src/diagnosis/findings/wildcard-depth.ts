import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const wildcardDepth: FindingRule = rule({
  code: 'wildcard-depth',
  severity: 'error',
  title: 'The wildcard is one or more levels too shallow',
  find: ({ reference, mismatches }) => {
    const near = mismatches.find(({ reason }) => reason === 'wildcard-depth');
    if (near === undefined || reference === null) return null;
    const base = near.presented.value.slice(2).toLowerCase();
    const below = reference.value.slice(0, -base.length - 1).split('.').length;
    return { presented: near.presented.value, name: reference.value, base, levels: below };
  },
  message: ({ presented, name, base, levels }) =>
    `The certificate covers one level below ${printable(base)} (${printable(presented)}); ${printable(name)} is ${levels} levels below.`,
  fixes: (_view, { name, base }) => {
    const [first, ...rest] = name.split('.');
    const flat = `${name.slice(0, -base.length - 1).replaceAll('.', '-')}.${base}`;
    return [
      issueFor([`*.${rest.join('.')}`]),
      { who: 'issuer', sure: 'certain', title: `or, for ${first} alone, add DNS:${name}` },
      { who: 'dns', sure: 'needs-your-values', title: `use a name one level below ${base}, such as ${flat}` },
    ];
  },
});
