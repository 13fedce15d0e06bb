import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const noNames: FindingRule = rule({
  code: 'no-names',
  severity: 'error',
  title: 'The certificate has no DNS name and no address',
  find: ({ leaf, match, reference }) => {
    if (leaf === null || match?.matches !== false) return null;
    const { san, dns, ip, others, commonNames } = leaf.names;
    if (san === 'malformed' || san === 'duplicate' || dns.length > 0 || ip.length > 0) return null;
    return { name: reference?.value ?? '', cn: commonNames[0] ?? null, others: others.length };
  },
  message: ({ name, cn, others }) =>
    `The certificate has no DNS name and no address in a subjectAltName` +
    (others > 0 ? ` (only ${others} of other kinds)` : '') +
    (cn === null ? '' : `; its common name “${printable(cn, 80)}” does not count`) +
    `, so it can match nothing, ${printable(name)} included.`,
  fixes: (_view, { name }) => [issueFor([name])],
});
