import { addressOctets } from '@altname/core';
import type { WantedName } from '../names/wanted-name.ts';

/**
 * Whether a name is of use only on the own machine or in the own network, so that nobody else can have it: `localhost`,
 * `.localhost`, `.test` (RFC 6761), `.local` (RFC 6762), `.home.arpa` (RFC 8375), `.internal`, loopback, private and
 * link-local addresses (RFC 1918, RFC 3927, RFC 4193, RFC 4291).
 */
export function isDevelopmentName({ kind, value }: WantedName): boolean {
  return kind === 'dns' ? ownDomain.test(value) : isOwnAddress(value);
}

const ownDomain = /(?:^|\.)(?:localhost|test|local|internal|home\.arpa)$/;

/** Loopback, private or link-local. */
export function isOwnAddress(address: string): boolean {
  const octets = addressOctets(address);
  if (octets === null) return false;
  const [a = 0, b = 0] = octets;
  if (octets.length === 4) {
    return (
      a === 127 ||
      a === 10 ||
      (a === 172 && b >> 4 === 1) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254)
    );
  }
  const loopback = octets.slice(0, 15).every((octet) => octet === 0) && octets[15] === 1;
  return loopback || (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
}
