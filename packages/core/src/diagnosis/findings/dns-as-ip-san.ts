import { addressOctets } from '../../names/ip.ts';
import { foldAscii } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const dnsAsIpSan: FindingRule = rule({
  code: 'dns-as-ip-san',
  severity: 'error',
  title: 'The DNS name stands on the certificate as an address',
  find: ({ reference, mismatches }) => {
    if (reference === null) return null;
    const wrong = mismatches.find(
      ({ presented }) =>
        presented.kind === 'ip' && foldAscii(octetsAsText(presented.value)) === reference.value,
    );
    return wrong === undefined ? null : { name: reference.value, presented: wrong.presented.value };
  },
  message: ({ name, presented }) =>
    `The letters of ${printable(name)} stand in an iPAddress entry (${printable(presented, 60)}), which is for 4 or 16 octets of an address; they belong in a dNSName or, for an address, in its octets.`,
  fixes: (_view, { name }) => [issueFor([name])],
});

function octetsAsText(presented: string): string {
  const octets = presented.startsWith('hex:')
    ? Buffer.from(presented.slice(4), 'hex')
    : addressOctets(presented);
  return octets === null ? '' : Buffer.from(octets).toString('latin1');
}
