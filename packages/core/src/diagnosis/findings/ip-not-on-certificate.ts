import { parseIdentifier, readIdentifier } from '../../names/identifier.ts';
import { matchName } from '../../names/match.ts';
import { hostOfHeader } from '../../names/host-header.ts';
import { printable } from '../../names/printable.ts';
import { expectName, ifItIsTheServerYouMean, issueFor } from '../remedies.ts';
import type { ClientName } from '../evidence.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
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
      announcedFor: announcedFor(view),
      addresses: leaf.names.ip.slice(0, 5),
      dnsNames: leaf.names.dns.slice(0, 5),
      dnsCount: leaf.names.dns.length,
    };
  },
  message: ({ address: value, announcedFor: asked, addresses, dnsNames, dnsCount }) => {
    const address = asked === null ? value : `${value} (announced by the nodes behind ${printable(asked)})`;
    const names =
      dnsNames.map((name) => printable(name, 80)).join(', ') + (dnsCount > dnsNames.length ? ', …' : '');
    return addresses.length > 0
      ? `The certificate is for other addresses: ${addresses.join(', ')}; not for ${address}.`
      : dnsCount > 0
        ? `${address} is an address, and the certificate carries only DNS names: ${names}.`
        : `${address} is not on the certificate, which carries no address at all.`;
  },
  fixes: (view, { address, announcedFor: asked, dnsNames }) => {
    const own = namesOfTheUser(view);
    const presented = dnsNames.find((name) => readsAsDns(name));
    if (asked !== null) {
      return [
        // Right for this node; for the others when they have the same certificate.
        ...(own === null ? [] : expectName(view, own, 'likely', undefined, asked)),
        announceNames(view),
        issueFor([address], 'likely'),
      ];
    }
    return [
      ...(own === null ? [] : expectName(view, own, 'certain')),
      ...(own === null && presented !== undefined
        ? expectName(view, presented, 'needs-your-values', ifItIsTheServerYouMean)
        : []),
      issueFor([address], 'likely'),
    ];
  },
});

/** The name that was asked for, when the address is what a cluster answered to the question where its nodes are. */
function announcedFor({ asked, reference, evidence }: View): string | null {
  const { names, client } = evidence;
  if (client === null || announcements[client] === undefined || asked?.kind !== 'dns') return null;
  return names.dialled.host === reference?.value ? asked.value : null;
}

/** Clients that dial what their servers announce, and where the servers are told what that is. */
const announcements: Readonly<Partial<Record<ClientName, string>>> = {
  ioredis: 'Sentinel: sentinel announce-hostnames yes and resolve-hostnames yes',
  'ioredis-cluster': 'Redis: cluster-announce-hostname and cluster-preferred-endpoint-type hostname',
  redis: 'Redis: cluster-announce-hostname and cluster-preferred-endpoint-type hostname',
  mongodb: 'MongoDB: the hosts in the configuration of the replica set',
  kafkajs: 'Kafka: advertised.listeners',
  elasticsearch: 'Elasticsearch: http.publish_host',
};

function announceNames({ evidence: { client } }: View): FixDraft {
  return {
    who: 'server',
    sure: 'likely',
    title: `have the nodes announce names that their certificates carry (${client === null ? '' : announcements[client]})`,
  };
}

/** A DNS name the user gave somewhere that the certificate carries, over a trusted chain. */
export function namesOfTheUser({ evidence: { names }, leaf, chainError }: View): string | null {
  if (leaf === null || chainError !== null) return null;
  const host = names.host.value === null ? null : hostOfHeader(names.host.value);
  for (const name of [names.asked.value, host, names.sent.value]) {
    if (name !== null && readsAsDns(name) && matchName(name, leaf.names).matches)
      return parseIdentifier(name).value;
  }
  return null;
}

export function readsAsDns(name: string): boolean {
  const read = readIdentifier(name);
  return typeof read !== 'string' && read.kind === 'dns';
}
