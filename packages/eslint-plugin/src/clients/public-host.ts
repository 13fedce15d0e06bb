import { publicSuffixes } from '@altname/core';
import { addressIn } from '../names/name-text.ts';

/** Last labels that are no part of the public DNS, or are reserved (RFC 2606, RFC 6761, RFC 6762, RFC 9476). */
const notPublic: ReadonlySet<string> = new Set([
  ...['test', 'example', 'invalid', 'localhost', 'local', 'internal', 'alt', 'onion', 'arpa'],
  ...['lan', 'home', 'corp', 'intranet', 'private', 'localdomain', 'svc', 'host', 'docker'],
]);

/** Labels that say that a name is for a company, or a cluster, alone. */
const ownLabels =
  /(?:^|[.-])(?:internal|intranet|corp|private|vpn|svc|cluster|local|staging|dev|rds|docdb|database)(?:[.-]|$)/i;

/** Whether a host is one that the public roots are for. */
export function isPublicHost(host: string): boolean {
  if (addressIn(host) !== undefined) return false;
  const name = host.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (labels.length < 2 || publicSuffixes.has(name) || notPublic.has(labels.at(-1) ?? '')) return false;
  return !ownLabels.test(name);
}
