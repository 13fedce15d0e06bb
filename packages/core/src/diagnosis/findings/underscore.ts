import { dnsNameMatches } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const underscore: FindingRule = rule({
  code: 'underscore',
  title: 'The name has an underscore',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns' || !reference.value.includes('_')) return null;
    const hyphens = reference.value.replaceAll('_', '-');
    const meant = mismatches.find(
      ({ presented }) => presented.kind === 'dns' && dnsNameMatches(presented.value, hyphens),
    );
    return { name: reference.value, hyphens, presented: meant?.presented.value ?? null };
  },
  severity: ({ presented }) => (presented === null ? 'note' : 'error'),
  message: ({ name, presented }) =>
    presented === null
      ? `${printable(name)} has an underscore: Node matches it, but it is no host name (RFC 952), public CAs do not issue for it and some servers and proxies refuse it.`
      : `${printable(name)} has an underscore where ${printable(presented)} on the certificate has a hyphen: no host name has an underscore (RFC 952), so CAs do not issue for one.`,
  fixes: (_view, { name, hyphens, presented }) =>
    presented === null
      ? []
      : [
          {
            who: 'dns',
            sure: 'likely',
            title: `give the service the name ${hyphens} (in a compose file: a network alias) and use that as the host`,
          },
          issueFor([name], 'likely'),
        ],
});
