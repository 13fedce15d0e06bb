import { isIP } from 'node:net';
import { AltnameError, addressOctets, parseIdentifier, printable, publicSuffixes } from '@altname/core';
import { der } from './der.ts';

/** What a CA may sign for: a domain with all below it, or a range of addresses (RFC 5280 §4.2.1.10). */
export type Subtree =
  | { readonly kind: 'dns'; readonly domain: string }
  | { readonly kind: 'ip'; readonly address: string; readonly prefix: number };

/**
 * What development needs, and no name that anybody else can own:
 *
 * | subtree                                       | why nobody else is there                        |
 * |-----------------------------------------------|-------------------------------------------------|
 * | `localhost`                                   | the own machine (RFC 6761 §6.3)                 |
 * | `test`                                        | never delegated (RFC 6761 §6.2)                 |
 * | `local`                                       | the own link (RFC 6762 §3)                      |
 * | `internal`                                    | kept for private use (ICANN, 2024)              |
 * | `home.arpa`                                   | the own home (RFC 8375)                         |
 * | `127.0.0.0/8` `::1/128`                       | the own machine                                 |
 * | `10.0.0.0/8` `172.16.0.0/12` `192.168.0.0/16` | private (RFC 1918)                              |
 * | `fc00::/7`                                    | private (RFC 4193)                              |
 * | `169.254.0.0/16` `fe80::/10`                  | the own link (RFC 3927, RFC 4291)               |
 */
export const developmentSubtrees: readonly Subtree[] = [
  ...['localhost', 'local', 'test', 'internal', 'home.arpa'].map(
    (domain) => ({ kind: 'dns', domain }) as const,
  ),
  ...[
    ['127.0.0.0', 8],
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['169.254.0.0', 16],
    ['::1', 128],
    ['fc00::', 7],
    ['fe80::', 10],
  ].map(([address, prefix]) => ({ kind: 'ip', address: String(address), prefix: Number(prefix) }) as const),
];

/**
 * Reads what a CA shall be allowed beyond {@link developmentSubtrees}: a domain, an address, or `address/prefix`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line; for what would let it sign for strangers in bulk, too.
 */
export function parseSubtree(text: string): Subtree {
  const [, base = '', digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIP(base) !== 0) {
    const bits = isIP(base) === 4 ? 32 : 128;
    const prefix = digits === undefined ? bits : Number(digits);
    const least = bits === 32 ? 8 : 16;
    if (prefix > bits || prefix < least) throw bad(text, `a prefix of ${least} to ${bits} bits is expected`);
    return { kind: 'ip', address: parseIdentifier(base).value, prefix };
  }
  if (digits !== undefined || base === '')
    throw bad(text, 'a domain, an address or ADDRESS/PREFIX is expected');
  if (base.startsWith('*.'))
    throw bad(text, `a domain has all below it; ask for ${printable(base.slice(2), 100)}`);
  let value;
  try {
    value = parseIdentifier(base).value;
  } catch (error) {
    throw bad(text, 'a domain, an address or ADDRESS/PREFIX is expected', error);
  }
  if (/^[a-z]{2}$/.test(value) || wellKnownTops.has(value) || publicSuffixes.has(value)) {
    throw bad(text, `strangers have names below ${value}; a domain of your own is expected`);
  }
  return { kind: 'dns', domain: value };
}

/** As {@link parseSubtree} reads it. */
export function subtreeText(subtree: Subtree): string {
  return subtree.kind === 'dns' ? subtree.domain : `${subtree.address}/${subtree.prefix}`;
}

/** The content of a nameConstraints extension with these subtrees permitted, and nothing excluded. */
export function permittedOnly(subtrees: readonly Subtree[]): Buffer {
  return der(0x30, der(0xa0, ...subtrees.map((subtree) => der(0x30, general(subtree)))));
}

function general(subtree: Subtree): Buffer {
  if (subtree.kind === 'dns') return der(0x82, Buffer.from(subtree.domain));
  const octets = addressOctets(subtree.address) ?? new Uint8Array();
  const mask = maskOf(octets.length, subtree.prefix);
  return der(0x87, Buffer.from(octets.map((octet, i) => octet & (mask[i] ?? 0))), mask);
}

function maskOf(octets: number, prefix: number): Buffer {
  return Buffer.from(
    Array.from({ length: octets }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))),
  );
}

/** Some of the domains under which everybody can have a name; those of two letters are countries. */
const wellKnownTops = new Set(
  'com net org edu gov mil int info biz name pro dev app cloud xyz online site shop store tech blog page web arpa'.split(
    ' ',
  ),
);

function bad(text: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `permit "${printable(text, 100)}": ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
