import { parseIdentifier, readIdentifier } from '../../names/identifier.ts';
import { matchName } from '../../names/match.ts';
import { hostOfHeader } from '../../names/host-header.ts';
import { printable } from '../../names/printable.ts';
import { expectName, ifItIsTheServerYouMean, issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import type { View } from '../view.ts';
import { ipAsDnsSan } from './ip-as-dns-san.ts';

export const ipNotOnCertificate: FindingRule = rule({
  code: 'ip-not-on-certificate',
  severity: 'error',
  title: 'The address is not on the certificate',
  find: (view) => {
    const { reference, match, leaf } = view;
    if (reference?.kind !== 'ip' || leaf === null || match?.matches !== false) return null;
    if (ipAsDnsSan.find(view) !== null) return null;
    return {
      address: reference.value,
      addresses: leaf.names.ip.slice(0, 5),
      dnsNames: leaf.names.dns.slice(0, 5),
      dnsCount: leaf.names.dns.length,
    };
  },
  message: ({ address, addresses, dnsNames, dnsCount }) => {
    const names =
      dnsNames.map((name) => printable(name, 80)).join(', ') + (dnsCount > dnsNames.length ? ', …' : '');
    return addresses.length > 0
      ? `The certificate is for other addresses: ${addresses.join(', ')}; not for ${address}.`
      : dnsCount > 0
        ? `${address} is an address, and the certificate carries only DNS names: ${names}.`
        : `${address} is not on the certificate, which carries no address at all.`;
  },
  fixes: (view, { address, dnsNames }) => {
    const own = namesOfTheUser(view);
    const presented = dnsNames.find((name) => readsAsDns(name));
    return [
      ...(own === null ? [] : expectName(view, own, 'certain')),
      ...(own === null && presented !== undefined
        ? expectName(view, presented, 'needs-your-values', ifItIsTheServerYouMean)
        : []),
      issueFor([address], 'likely'),
    ];
  },
});

/** A DNS name the user gave somewhere that the certificate carries, over a trusted chain. */
function namesOfTheUser({ evidence: { names }, leaf, chainError }: View): string | null {
  if (leaf === null || chainError !== null) return null;
  const host = names.host.value === null ? null : hostOfHeader(names.host.value);
  for (const name of [names.asked.value, host, names.sent.value]) {
    if (name !== null && readsAsDns(name) && matchName(name, leaf.names).matches)
      return parseIdentifier(name).value;
  }
  return null;
}

function readsAsDns(name: string): boolean {
  const read = readIdentifier(name);
  return typeof read !== 'string' && read.kind === 'dns';
}
