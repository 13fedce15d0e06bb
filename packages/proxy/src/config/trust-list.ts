import { BlockList, isIP } from 'node:net';
import { printable } from '@altname/core';
import { fault } from './fault.ts';

/** The peers whose `Forwarded` and `X-Forwarded-*` are believed. */
export interface TrustList {
  has(address: string): boolean;
}

/**
 * Reads a list of addresses and ranges, `10.0.0.0/8`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readTrustList(given: unknown, key: string = 'trust'): TrustList {
  if (given === undefined) return { has: () => false };
  if (!Array.isArray(given)) throw fault(key, "a list of ranges is expected, such as ['10.0.0.0/8']");
  const ranges = new BlockList();
  for (const [index, each] of given.entries()) addRange(ranges, `${key}[${index}]`, each);
  const read = (address: string): boolean => {
    const plain = unmapped(address);
    const family = isIP(plain);
    return family !== 0 && ranges.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
  // Node makes objects for each look, and the same peers come again.
  const known = new Map<string, boolean>();
  return {
    has(address) {
      const before = known.get(address);
      if (before !== undefined) return before;
      const isTrusted = read(address);
      if (known.size >= mostKnown) known.clear();
      known.set(address, isTrusted);
      return isTrusted;
    },
  };
}

const mostKnown = 10_000;

/** An IPv4 peer of a socket that listens on IPv6 (RFC 4291 §2.5.5.2) as what it is. */
export function unmapped(address: string): string {
  if (!address.startsWith('::')) return address;
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

function addRange(ranges: BlockList, key: string, given: unknown): void {
  const [, address = '', digits] =
    /^([^/]*)(?:\/(\d{1,3}))?$/.exec(typeof given === 'string' ? given : '') ?? [];
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const prefix = digits === undefined ? most : Number(digits);
  if (family === 0 || prefix > most || address.includes('%')) {
    throw fault(
      key,
      `"${printable(String(given), 60)}" is neither an address nor a range, such as 10.0.0.0/8`,
    );
  }
  ranges.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
}
