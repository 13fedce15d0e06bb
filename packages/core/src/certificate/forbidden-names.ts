import { AltnameError } from '../error.ts';
import { addressOctets } from '../names/ip.ts';
import { formProblem } from '../names/mismatch.ts';
import { foldAscii, type OtherName } from '../names/presented.ts';
import { readDistinguishedName, type DistinguishedName, type NameAttribute } from './distinguished-name.ts';
import type { CertificateFacts } from './facts.ts';
import type { NameConstraints, Subtree } from './name-constraints.ts';

/** A name on a certificate that a CA above it has no right to issue for. */
export interface ForbiddenName {
  readonly kind: Subtree['kind'];
  /** As in `PresentedNames`; of `other`, with the tag before it; of the subject, its text. */
  readonly value: string;
  /**
   * The excluded subtree that holds the name; null when no permitted subtree does, when the constraints are malformed,
   * or when the name or the constraint is of a form that cannot be compared.
   */
  readonly excludedBy: string | null;
}

/** A {@link ForbiddenName}, and where in the chain: places are counted from the leaf, which is 0. */
export interface ForbiddenInChain extends ForbiddenName {
  /** The certificate that carries the name. */
  readonly certificate: number;
  /** The CA whose constraints forbid it. */
  readonly ca: number;
}

/** More comparisons than OpenSSL makes; a CA and a certificate that need them want to be refused. */
const mostComparisons = 2 ** 20;

/**
 * The names in a chain that the constraints of its CAs forbid (RFC 5280 §6.1.4 (g), §6.1.3 (b) and (c)).
 *
 * @param chain one path, leaf first. The constraints of every CA in it count, the root's too, for every certificate
 *   below, except one that is self-issued and not the leaf.
 */
export function forbiddenInChain(
  chain: readonly Pick<CertificateFacts, 'names' | 'subject' | 'selfIssued' | 'nameConstraints'>[],
): ForbiddenInChain[] {
  const found: ForbiddenInChain[] = [];
  for (const [ca, { nameConstraints }] of chain.entries()) {
    if (nameConstraints === null) continue;
    for (const [certificate, below] of chain.slice(0, ca).entries()) {
      if (certificate > 0 && below.selfIssued) continue;
      for (const name of forbiddenNames(nameConstraints, below)) found.push({ ...name, certificate, ca });
    }
  }
  return found;
}

/**
 * The names of a certificate that the constraints forbid, in its order: DNS names, addresses, others, then the subject
 * (RFC 5280 §4.2.1.10).
 *
 * | constraint            | name                      | holds it                                       |
 * |-----------------------|---------------------------|------------------------------------------------|
 * | dns `a.example`       | `a.example` `b.a.example` | yes: the name itself and everything below      |
 * | dns `.a.example`      | `b.a.example`             | yes: only what is below (OpenSSL, Go, NSS)     |
 * | dns empty             | any                       | yes                                            |
 * | permitted `b.example` | `*.example`               | no: not everything it covers                   |
 * | excluded `b.example`  | `*.example`               | yes: something it covers                       |
 * | ip                    | 4 with 8 octets, 16 with 32 | yes, when equal under the mask               |
 * | directory             | subject, directoryName    | yes, when it begins with the same attributes   |
 * | email `a.example` `.a.example` `u@a.example` | mailbox | host, any host below, or that mailbox     |
 * | uri `a.example` `.a.example` | URI with a host name | host, or any host below                      |
 *
 * A name that cannot be compared (malformed, or of a form that nobody compares, as otherName) is forbidden as soon as
 * there is a constraint of its kind, and malformed constraints forbid every name: fails closed.
 */
export function forbiddenNames(
  constraints: NameConstraints | 'malformed',
  { names, subject }: Pick<CertificateFacts, 'names' | 'subject'>,
): ForbiddenName[] {
  const carried = everyName(names.dns, names.ip, names.others, subject);
  const refuse = ({ kind, value }: CarriedName): ForbiddenName => ({ kind, value, excludedBy: null });
  if (constraints === 'malformed') return carried.map(refuse);
  const permitted = constraints.permitted.map(compared);
  const excluded = constraints.excluded.map(compared);
  if (carried.length * (permitted.length + excluded.length) > mostComparisons) return carried.map(refuse);
  return carried.flatMap((name) => {
    const { kind, value } = name;
    const allowed = permitted.filter((subtree) => concerns(subtree, name));
    const barred = excluded.filter((subtree) => concerns(subtree, name));
    if (allowed.length + barred.length === 0) return [];
    if (!name.comparable) return [refuse(name)];
    const by = barred.find((subtree) => holds(subtree, name, 'any'));
    if (by !== undefined) return [{ kind, value, excludedBy: by.written }];
    return allowed.length > 0 && !allowed.some((subtree) => holds(subtree, name, 'all'))
      ? [refuse(name)]
      : [];
  });
}

/** A subtree made ready for many comparisons. */
interface ComparedSubtree extends Subtree {
  /** Its value as it stands in the constraints; `value` is in lower case. */
  readonly written: string;
  /** Of a directory name. */
  readonly attributes: readonly NameAttribute[] | null;
}

function compared({ kind, value }: Subtree): ComparedSubtree {
  const attributes = kind === 'directory' ? directoryAttributes(value) : null;
  return { kind, value: kind === 'email' ? value : foldAscii(value), written: value, attributes };
}

interface CarriedName {
  readonly kind: Subtree['kind'];
  readonly value: string;
  readonly comparable: boolean;
  /** Of a directory name. */
  readonly attributes?: readonly NameAttribute[];
}

function everyName(
  dns: readonly string[],
  ip: readonly string[],
  others: readonly OtherName[],
  subject: DistinguishedName,
): CarriedName[] {
  const names: CarriedName[] = [];
  for (const value of dns) {
    const problem = formProblem(value);
    names.push({ kind: 'dns', value, comparable: problem !== 'malformed' && problem !== 'not-ascii' });
  }
  for (const value of ip) names.push({ kind: 'ip', value, comparable: addressOctets(value) !== null });
  for (const other of others) names.push(carriedOther(other));
  if (subject.attributes.length > 0) {
    const attributes = comparedAttributes(subject.attributes);
    names.push({ kind: 'directory', value: subject.text, comparable: true, attributes });
  }
  // An address in the subject is bound by email constraints (RFC 5280 §4.2.1.10, legacy implementations).
  for (const { type, value } of subject.attributes) {
    if (type === 'emailAddress') names.push(carriedOther({ type: 'email', value }));
  }
  return names;
}

function carriedOther({ type, value }: OtherName): CarriedName {
  if (type === 'directory') {
    const attributes = directoryAttributes(value);
    return { kind: 'directory', value, comparable: attributes !== null, attributes: attributes ?? [] };
  }
  if (type === 'email') return { kind: 'email', value, comparable: /^[!-?A-~]+@[!-?A-~]+$/.test(value) };
  if (type === 'uri') return { kind: 'uri', value, comparable: uriHost(value) !== null };
  return { kind: 'other', value: `${otherTags[type]}${value}`, comparable: false };
}

/** The attributes of a Name in hexadecimal, ready to be compared; null when it is none. */
function directoryAttributes(hex: string): NameAttribute[] | null {
  try {
    return comparedAttributes(readDistinguishedName(Buffer.from(hex, 'hex')).attributes);
  } catch (error) {
    if (error instanceof AltnameError) return null;
    throw error;
  }
}

/** Case and the number of spaces do not count (RFC 5280 §7.1). */
function comparedAttributes(attributes: readonly NameAttribute[]): NameAttribute[] {
  return attributes.map(({ type, value }) => ({ type, value: foldAscii(value.trim().replace(/\s+/g, ' ')) }));
}

/** The tags that `Subtree` and the names it is compared with begin with. */
const otherTags = { other: 'a0', x400: 'a3', edi: 'a5', 'registered-id': '88' } as const;

/** Whether a constraint is about names of this form: the same kind; of `other`, the same tag. */
function concerns(subtree: ComparedSubtree, name: CarriedName): boolean {
  if (subtree.kind !== name.kind) return false;
  return subtree.kind !== 'other' || subtree.value.slice(0, 2) === name.value.slice(0, 2);
}

function holds(subtree: ComparedSubtree, name: CarriedName, extent: 'any' | 'all'): boolean {
  switch (subtree.kind) {
    case 'dns':
      return dnsSubtreeHolds(subtree.value, foldAscii(name.value), extent);
    case 'ip':
      return addressRangeHolds(subtree.value, name.value);
    case 'directory':
      return directoryHolds(subtree.attributes, name.attributes ?? [], extent);
    case 'email':
      return mailboxHolds(subtree.value, name.value);
    case 'uri':
      return hostHolds(subtree.value, uriHost(name.value) ?? '');
    case 'other':
      return extent === 'any';
  }
}

function dnsSubtreeHolds(base: string, name: string, extent: 'any' | 'all'): boolean {
  if (base === '') return true;
  if (name.startsWith('*.')) {
    const below = name.slice(1);
    const inside = below.endsWith(base.startsWith('.') ? base : `.${base}`);
    if (inside || extent === 'all') return inside;
    // `*.example` covers `b.example`, and with it reaches into that subtree.
    const firstDot = base.indexOf('.');
    return firstDot > 0 && base.slice(firstDot) === below;
  }
  if (base.startsWith('.')) return name.endsWith(base) && name.length > base.length;
  return name === base || name.endsWith(`.${base}`);
}

function addressRangeHolds(range: string, address: string): boolean {
  const octets = Buffer.from(range, 'hex');
  const size = octets.length / 2;
  const given = addressOctets(address);
  if (given === null || given.length !== size) return false;
  return given.every((octet, i) => {
    const mask = octets[size + i] ?? 0;
    return (octet & mask) === ((octets[i] ?? 0) & mask);
  });
}

function directoryHolds(
  base: readonly NameAttribute[] | null,
  attributes: readonly NameAttribute[],
  extent: 'any' | 'all',
): boolean {
  if (base === null) return extent === 'any';
  return base.every(({ type, value }, i) => attributes[i]?.type === type && attributes[i].value === value);
}

function mailboxHolds(base: string, mailbox: string): boolean {
  const at = mailbox.indexOf('@');
  const host = foldAscii(mailbox.slice(at + 1));
  const baseAt = base.indexOf('@');
  if (baseAt === -1) return hostHolds(foldAscii(base), host);
  return mailbox.slice(0, at) === base.slice(0, baseAt) && host === foldAscii(base.slice(baseAt + 1));
}

function hostHolds(base: string, host: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? host.endsWith(base) && host.length > base.length : host === base;
}

/** The host of a URI when it is a DNS name, in lower case; null when it has none (RFC 5280 §4.2.1.10). */
function uriHost(uri: string): string | null {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri);
  const host = foldAscii(match?.[1] ?? '');
  return host === '' || formProblem(host) !== null || addressOctets(host) !== null ? null : host;
}
