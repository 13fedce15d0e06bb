import { isIPv4 } from 'node:net';
import { parseIdentifier } from '@altname/core';
import { der, sequence } from './der.ts';

/**
 * One subjectAltName entry exactly as it shall stand on the certificate, right or wrong: the entry decides the kind,
 * not the text. Text becomes its UTF-8 octets; an `ip` text becomes 4 or 16 octets.
 */
export type SanEntry =
  | { readonly dns: string }
  | { readonly ip: string | Uint8Array }
  | { readonly email: string }
  | { readonly uri: string };

/** The entry a careful issuer would make of a name: the kind is what `parseIdentifier` says, below a leading `*.`. */
export function entryFor(name: string): SanEntry {
  const identifier = parseIdentifier(name.startsWith('*.') ? name.slice(2) : name);
  if (identifier.kind === 'ip') return { ip: identifier.value };
  return { dns: name.startsWith('*.') ? `*.${identifier.value}` : identifier.value };
}

/** The GeneralNames of a subjectAltName (RFC 5280 §4.2.1.6). */
export function generalNames(entries: readonly SanEntry[]): Buffer {
  return sequence(...entries.map(generalName));
}

/** The octets of an IP address, 4 or 16. */
export function ipOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = parseIdentifier(address).value.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const words = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

function generalName(entry: SanEntry): Buffer {
  if ('dns' in entry) return der(0x82, Buffer.from(entry.dns));
  if ('ip' in entry) return der(0x87, typeof entry.ip === 'string' ? ipOctets(entry.ip) : entry.ip);
  if ('email' in entry) return der(0x81, Buffer.from(entry.email));
  return der(0x86, Buffer.from(entry.uri));
}

/** The 16-bit groups of a part of a canonical IPv6 address, which never ends in dotted form. */
function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
