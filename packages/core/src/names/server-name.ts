import { readIdentifier } from './identifier.ts';

/**
 * A server name in the form of RFC 6066 §3: a DNS name in A-labels and lower case, without port, brackets and
 * trailing dot. Null for an address, for which no server name may be sent, and for what cannot be read.
 */
export function normalServerName(sent: string): string | null {
  const read = readIdentifier(sent.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
  return typeof read === 'string' || read.kind === 'ip' ? null : read.value;
}
