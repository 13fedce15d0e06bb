import { foldAscii } from '../names/presented.ts';
import type { PresentedNames } from '../names/presented.ts';
import { addressOctets } from '../names/ip.ts';
import { DerReader, malformed } from './der.ts';

/** A subtree of a name constraint (RFC 5280 §4.2.1.10). */
export interface Subtree {
  readonly kind: 'dns' | 'ip' | 'other';
  /** A DNS suffix; `address/mask` as octets in hexadecimal; for `other`, tag and octets in hexadecimal. */
  readonly value: string;
}

/** What a CA may issue for. Applies to DNS names and addresses apart: no subtree of a kind, no limit of that kind. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/** A name on a certificate that a CA above it has no right to issue for. */
export interface ForbiddenName {
  readonly kind: 'dns' | 'ip';
  readonly value: string;
  /** The excluded subtree that holds the name, or null when no permitted subtree does. */
  readonly excludedBy: string | null;
}

/** Reads the content of a nameConstraints extension. @throws {AltnameError} when it is malformed. */
export function readNameConstraints(content: Uint8Array): NameConstraints {
  const outer = new DerReader(content);
  outer.expect(0x30);
  outer.finish();
  const inner = outer.enter();
  const lists = { permitted: [] as Subtree[], excluded: [] as Subtree[] };
  if (inner.done) throw malformed(inner.at, 'empty name constraints');
  for (const [tag, list] of [
    [0xa0, lists.permitted],
    [0xa1, lists.excluded],
  ] as const) {
    if (!inner.sees(tag)) continue;
    inner.next();
    const subtrees = inner.enter();
    while (!subtrees.done) {
      subtrees.expect(0x30);
      const subtree = subtrees.enter();
      list.push(readSubtree(subtree));
    }
  }
  inner.finish();
  return lists;
}

/**
 * The names of a certificate that the constraints forbid, in its order (RFC 5280 §6.1.4 (g), §4.2.1.10).
 *
 * A DNS constraint holds the name itself and everything below it; a leading dot means only what is below it. A
 * wildcard name is held by a permitted subtree only when everything it covers is, and by an excluded one as soon as
 * anything it covers is.
 */
export function forbiddenNames(constraints: NameConstraints, names: PresentedNames): ForbiddenName[] {
  const found: ForbiddenName[] = [];
  for (const kind of ['dns', 'ip'] as const) {
    const permitted = constraints.permitted.filter((subtree) => subtree.kind === kind);
    const excluded = constraints.excluded.filter((subtree) => subtree.kind === kind);
    if (permitted.length === 0 && excluded.length === 0) continue;
    const holds = kind === 'dns' ? dnsSubtreeHolds : ipSubtreeHolds;
    for (const value of names[kind]) {
      const by = excluded.find((subtree) => holds(subtree.value, value, 'any'));
      if (by !== undefined) found.push({ kind, value, excludedBy: by.value });
      else if (permitted.length > 0 && !permitted.some((subtree) => holds(subtree.value, value, 'all'))) {
        found.push({ kind, value, excludedBy: null });
      }
    }
  }
  return found;
}

function readSubtree(subtree: DerReader): Subtree {
  const tag = subtree.next();
  const hex = subtree.hex();
  const octets = subtree.stop - subtree.start;
  const dns = tag === 0x82 ? subtree.latin1() : null;
  // minimum is DEFAULT 0 and maximum absent (RFC 5280): anything written there has no meaning a verifier agrees on.
  subtree.finish();
  if (dns !== null) return { kind: 'dns', value: dns };
  if (tag === 0x87) {
    if (octets !== 8 && octets !== 32)
      throw malformed(subtree.start, 'an address constraint of wrong length');
    return { kind: 'ip', value: hex };
  }
  return { kind: 'other', value: tag.toString(16) + hex };
}

function dnsSubtreeHolds(constraint: string, presented: string, extent: 'any' | 'all'): boolean {
  const base = foldAscii(constraint);
  const name = foldAscii(presented);
  if (base === '') return true;
  if (name.startsWith('*.')) {
    const below = name.slice(1);
    const inside = below.endsWith(base.startsWith('.') ? base : `.${base}`);
    if (inside || extent === 'all') return inside;
    // `*.b` covers `a.b` of the excluded subtree `a.b` or anything one label below.
    const bare = base.startsWith('.') ? base.slice(1) : base;
    const firstDot = bare.indexOf('.');
    return firstDot > 0 && bare.slice(firstDot) === below && !base.startsWith('.');
  }
  if (base.startsWith('.')) return name.endsWith(base) && name.length > base.length;
  return name === base || name.endsWith(`.${base}`);
}

function ipSubtreeHolds(constraint: string, presented: string): boolean {
  const range = Buffer.from(constraint, 'hex');
  const address = addressOctets(presented);
  const size = range.length / 2;
  if (address === null || address.length !== size) return false;
  return address.every((octet, i) => {
    const mask = range[size + i] ?? 0;
    return (octet & mask) === ((range[i] ?? 0) & mask);
  });
}
