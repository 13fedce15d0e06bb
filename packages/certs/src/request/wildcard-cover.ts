import { publicSuffixes } from '@altname/core';
import { distinct, type WantedName } from '../names/wanted-name.ts';

/** A wildcard that stands for names that would else be listed one by one. */
export interface CoveringWildcard {
  readonly name: WantedName;
  /** The names that need not be listed any more. */
  readonly replaces: readonly WantedName[];
  /** What else it stands for, and who can use that; in words that can be printed. */
  readonly exposes: string;
}

export interface WildcardCover {
  /** What a certificate has to carry, in the order of the names given. */
  readonly names: readonly WantedName[];
  readonly wildcards: readonly CoveringWildcard[];
}

export interface WildcardCoverOptions {
  /** How many names a new wildcard has to replace; 2 at least, and when not given. */
  readonly least?: number;
}

/**
 * The fewest names that cover those given, with wildcards where they save some.
 *
 * `*` stands for exactly one label (RFC 9525 §6.3), so besides itself one wildcard alone covers a name: that of its
 * parent. The choice for one parent touches no other, and the smallest cover is found parent by parent. No wildcard is
 * put over a single label or a public suffix, where strangers have names; one that was asked for stays, and takes in
 * the names that it covers.
 */
export function coverWithWildcards(
  wanted: readonly WantedName[],
  options: WildcardCoverOptions = {},
): WildcardCover {
  const least = Math.max(2, options.least ?? 2);
  const names = distinct(wanted);
  const asked = new Set(names.map(({ value }) => value).filter((value) => value.startsWith('*.')));
  const children = new Map<string, WantedName[]>();
  for (const name of names) {
    const parent = parentOf(name);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  const chosen = new Map<string, CoveringWildcard>();
  for (const [parent, replaces] of children) {
    const value = `*.${parent}`;
    if (asked.has(value) || (replaces.length >= least && mayHaveWildcard(parent))) {
      chosen.set(parent, { name: { kind: 'dns', value }, replaces, exposes: exposure(parent) });
    }
  }
  const cover = names.map((name) => chosen.get(parentOf(name) ?? '')?.name ?? name);
  const bare = names
    .filter(({ value }) => asked.has(value) && !chosen.has(value.slice(2)))
    .map((name) => ({ name, replaces: [], exposes: exposure(name.value.slice(2)) }));
  return { names: distinct(cover), wildcards: [...chosen.values(), ...bare] };
}

/**
 * Whether a wildcard below this domain would stand for names of one owner alone, as far as that is known here. The
 * whole Public Suffix List is for the CA (CA/Browser Forum Baseline Requirements §3.2.2.6).
 */
function mayHaveWildcard(domain: string): boolean {
  const labels = domain.split('.');
  if (labels.length < 2 || domain === 'home.arpa' || publicSuffixes.has(domain)) return false;
  if (sharedDomains.has(domain) || platforms.some((platform) => `.${domain}`.endsWith(`.${platform}`)))
    return false;
  const [second = '', top = ''] = labels.slice(-2);
  // Countries keep such labels for everybody below them, more of them than any list here has.
  return labels.length > 2 || top.length > 2 || !registryLabels.has(second);
}

/** Second labels below which registries of countries give out names. */
const registryLabels = new Set(
  'ac asn biz co com ed edu firm gen go gob gov gouv gub id ind info int ltd me mil mod ne net nhs nic nom or org plc police sch school tm web'.split(
    ' ',
  ),
);

/** Domains below which everybody can have a name, beside those of core: hosting and dynamic DNS. */
const sharedDomains = new Set(
  (
    'ddns.net duckdns.org dyndns.org dynu.net hopto.org no-ip.org sytes.net zapto.org deno.dev firebaseio.com ' +
    'glitch.me loca.lt ngrok.app ngrok-free.app onrender.com replit.app replit.dev supabase.co surge.sh ts.net ' +
    'trycloudflare.com up.railway.app'
  ).split(' '),
);

/** Platforms where strangers are neighbours at any depth. */
const platforms = [
  ...[
    'amazonaws.com',
    'cloudfront.net',
    'elasticbeanstalk.com',
    'windows.net',
    'azure-api.net',
    'azureedge.net',
  ],
  ...['cloudapp.azure.com', 'googleapis.com', 'googleusercontent.com', 'nip.io', 'sslip.io'],
];

/** The domain above a name that is neither an address nor a wildcard; null where there is none. */
function parentOf({ kind, value }: WantedName): string | null {
  const dot = value.indexOf('.');
  return kind === 'ip' || dot === -1 || value.startsWith('*.') ? null : value.slice(dot + 1);
}

function exposure(parent: string): string {
  return (
    `any host directly under ${parent}, including ones that do not exist yet; not ${parent} itself, not ` +
    `a.b.${parent}. Whoever holds this key can stand for all of them`
  );
}
