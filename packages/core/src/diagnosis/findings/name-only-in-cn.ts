import { canonicalIpv6 } from '../../names/ip.ts';
import { dnsNameMatches } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const nameOnlyInCn: FindingRule = rule({
  code: 'name-only-in-cn',
  severity: 'error',
  title: 'The name stands only in the common name',
  find: ({ reference, match, leaf, nameError }) => {
    if (reference === null || leaf === null || match?.matches !== false) return null;
    const cn = leaf.names.commonNames.find((name) =>
      reference.kind === 'dns'
        ? dnsNameMatches(name, reference.value)
        : name === reference.value || canonicalIpv6(name) === reference.value,
    );
    return cn === undefined ? null : { name: reference.value, cn, nodeAccepts: nameError === null };
  },
  message: ({ name, cn, nodeAccepts }) =>
    `${printable(name)} stands only in the subject's common name (CN=${printable(cn)}), which does not count (RFC 9525 §2)` +
    (nodeAccepts ? '; Node still falls back to it, browsers and Go do not.' : '; only subjectAltName does.'),
  fixes: (_view, { name }) => [issueFor([name])],
});
