import { addressOctets } from '@altname/core';
import type { WantedName } from '../names/wanted-name.ts';
import { isOwnAddress } from '../sources/development-name.ts';

/** What a public CA says to a name: whether it can issue for it at all, and under what terms. */
export interface PublicIssuance {
  readonly name: WantedName;
  /** False: none does, whoever asks (CA/Browser Forum Baseline Requirements §3.2.2, §7.1.4.2). */
  readonly possible: boolean;
  /** Why not, or on what terms; null when there is nothing to say. */
  readonly note: string | null;
}

/** What public CAs say to each name. A CA of one's own issues for all of them. */
export function publicIssuance(names: readonly WantedName[]): PublicIssuance[] {
  return names.map((name) => {
    const refusal = name.kind === 'ip' ? addressRefusal(name.value) : nameRefusal(name.value);
    return refusal === null
      ? { name, possible: true, note: termsOf(name) }
      : { name, possible: false, note: refusal };
  });
}

function termsOf({ kind, value }: WantedName): string | null {
  if (kind === 'ip') {
    return "an address needs ACME's IP identifiers (RFC 8738); Let's Encrypt issues for it in the profile shortlived alone, for about six days";
  }
  return value.startsWith('*.') ? 'a wildcard needs the DNS-01 challenge (RFC 8555 §8.4)' : null;
}

function addressRefusal(address: string): string | null {
  if (isOwnAddress(address)) return 'no public CA issues for a private, loopback or link-local address';
  const octets = addressOctets(address) ?? new Uint8Array();
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const special =
    octets.length === 4
      ? a === 0 ||
        a >= 240 ||
        (a === 100 && b >> 6 === 1) ||
        (a === 198 && b >> 1 === 9) ||
        [192_000_002, 192_000_000, 198_051_100, 203_000_113].includes(a * 1e6 + b * 1e3 + c)
      : a >> 5 !== 1 || (a === 0x20 && b === 0x01 && c === 0x0d && d === 0xb8);
  return special
    ? 'no public CA issues for an address that is reserved (IANA special-purpose registry)'
    : null;
}

function nameRefusal(value: string): string | null {
  const host = value.replace(/^\*\./, '');
  if (!host.includes('.')) return "no public CA issues for a name of one label: it is nobody's";
  const special = specialDomains.find((domain) => host === domain || host.endsWith(`.${domain}`));
  if (special !== undefined) return `no public CA issues below .${special}: it is not in the public DNS`;
  return host.includes('_') ? 'no public CA issues for a name with an underscore' : null;
}

/** Never delegated in the public DNS (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN), or used as if they were. */
const specialDomains = [
  ...['test', 'example', 'invalid', 'localhost', 'local', 'internal', 'home.arpa', 'alt'],
  ...['lan', 'home', 'corp', 'mail', 'intranet', 'private', 'localdomain', 'domain'],
];
