import { dnsNameMatches } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const presentedTrailingDot: FindingRule = rule({
  code: 'presented-trailing-dot',
  severity: 'error',
  title: 'The name on the certificate ends in a dot',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    const near = mismatches.find(
      ({ reason, presented }) =>
        reason === 'trailing-dot' && dnsNameMatches(presented.value.slice(0, -1), reference.value),
    );
    return near === undefined ? null : { presented: near.presented.value, name: reference.value };
  },
  message: ({ presented, name }) =>
    `The certificate carries “${printable(presented)}” with a dot at the end, which is not the preferred syntax (RFC 5280 §4.2.1.6); without it, ${printable(name)} would match.`,
  fixes: (_view, { presented }) => [issueFor([presented.replace(/\.$/, '')])],
});
