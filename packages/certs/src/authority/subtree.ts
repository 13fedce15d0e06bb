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
  if (wellKnownTops.has(value) || publicSuffixes.has(value)) {
    throw bad(text, `strangers have names below ${value}; a domain of your own is expected`);
  }
  return { kind: 'dns', domain: value };
}

/** As {@link parseSubtree} reads it. */
export function subtreeText(subtree: Subtree): string {
  return subtree.kind === 'dns' ? subtree.domain : `${subtree.address}/${subtree.prefix}`;
}

/** The content of a nameConstraints extension that permits these subtrees. */
export function permittedOnly(subtrees: readonly Subtree[]): Buffer {
  return der(0x30, permittedList(subtrees));
}

/**
 * The same, and every directory name excluded: no certificate below may have a subject that is not empty. Verifiers
 * that still take a common name for a name (Node, OpenSSL) hold it to the permitted domains only when it looks like one
 * to them, which `*.example.com` and `example.com.` do not.
 */
export function permittedWithoutSubject(subtrees: readonly Subtree[]): Buffer {
  const everyDirectoryName = der(0xa4, der(0x30));
  return der(0x30, permittedList(subtrees), der(0xa1, der(0x30, everyDirectoryName)));
}

function permittedList(subtrees: readonly Subtree[]): Buffer {
  return der(0xa0, ...subtrees.map((subtree) => der(0x30, general(subtree))));
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

/** Top-level domains under which everybody can have a name: those of countries, and the largest of the others. */
const wellKnownTops = new Set(
  (
    'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd ' +
    'cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ' +
    'ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg ' +
    'kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv ' +
    'mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa ' +
    'sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ' +
    'ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ' +
    'com net org edu gov mil int info biz name pro dev app cloud xyz online site shop store tech blog page arpa'
  ).split(' '),
);

function bad(text: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `permit "${printable(text, 100)}": ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
