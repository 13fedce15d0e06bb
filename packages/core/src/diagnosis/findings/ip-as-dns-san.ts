import { readIdentifier } from '../../names/identifier.ts';
import { printable } from '../../names/printable.ts';
import { developmentCertificate, ifItIsTheServerYouMean, issueFor, useHost } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const ipAsDnsSan: FindingRule = rule({
  code: 'ip-as-dns-san',
  severity: 'error',
  title: 'The address stands on the certificate as a DNS name',
  find: ({ reference, mismatches, leaf }) => {
    if (reference?.kind !== 'ip' || leaf === null) return null;
    const wrong = mismatches.find(({ reason, presented }) => {
      const read = reason === 'address-in-dns' ? readIdentifier(presented.value) : 'empty';
      return typeof read !== 'string' && read.value === reference.value;
    });
    return wrong === undefined
      ? null
      : { address: reference.value, dnsNames: leaf.names.dns.slice(0, 20), ip: leaf.names.ip.slice(0, 20) };
  },
  message: ({ address }) =>
    `The certificate carries DNS:${printable(address)}, a DNS name that looks like the address; for an address only IP:${printable(address)} (iPAddress) counts.`,
  fixes: ({ leaf, chainError }, { address, dnsNames, ip }) => {
    const names = [...dnsNames, ...ip].filter((name) => name !== address);
    const local = names.includes('localhost') && (address.startsWith('127.') || address === '::1');
    return [
      {
        ...issueFor([address]),
        title: `issue the certificate again with IP:${address} instead of DNS:${address}`,
        code: leaf?.selfSigned === true || local ? developmentCertificate([...names, address]) : null,
      },
      ...(local && chainError === null ? [useHost('localhost', 'likely', ifItIsTheServerYouMean)] : []),
    ];
  },
});
