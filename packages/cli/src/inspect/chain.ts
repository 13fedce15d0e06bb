import type { CertificateFacts, FindingCode } from '@altname/core';
import {
  duplicates,
  isAuthority,
  nameProblems,
  orderProblems,
  pathProblems,
  timeProblems,
  topProblems,
  unrelatedProblems,
} from './chain-problems.ts';

/** What can be wrong with a bundle, or worth a word. */
export type ChainProblemCode =
  | 'wrong-order'
  | 'intermediate-missing'
  | 'duplicate'
  | 'root-included'
  | 'unrelated'
  | 'ca-as-leaf'
  | 'signature-wrong'
  | 'purpose-wrong'
  | Extract<
      FindingCode,
      | 'expired'
      | 'expires-soon'
      | 'issuer-unknown'
      | 'not-yet-valid'
      | 'no-names'
      | 'san-malformed'
      | 'name-only-in-cn'
      | 'name-forbidden-by-ca'
      | 'self-signed'
    >;

/** One thing that is wrong with a bundle, or worth a word. */
export interface ChainProblem {
  readonly code: ChainProblemCode;
  readonly severity: 'error' | 'warning' | 'note';
  /** Place in the bundle, counted from 0; null when it is about the whole. */
  readonly certificate: number | null;
  /** One sentence. Text from certificates in it is escaped. Places are counted from 1. */
  readonly message: string;
}

/** What is to be known of a bundle as a chain. */
export interface ChainReport {
  /** `chain`: a leaf, perhaps with what is above it; `authorities`: only CA certificates, as in a file of roots. */
  readonly kind: 'chain' | 'authorities';
  /** The path from the leaf up, as far as the bundle has it: places in the bundle, counted from 0. */
  readonly path: readonly number[];
  readonly problems: readonly ChainProblem[];
}

/** A certificate, and where it can be had a check of who signed it. */
export interface Member {
  readonly facts: CertificateFacts;
  /** Whether another one's key made its signature; null when that cannot be told. */
  readonly signedBy: ((issuer: CertificateFacts) => boolean | null) | null;
}

/**
 * Looks at certificates as a server would send them (RFC 8446 §4.4.2: the leaf first, each next one certifies the one
 * before it, the root may be left out).
 *
 * @param now milliseconds since the epoch
 * @param knownRoots the subjects of the roots that clients have, as text
 */
export function inspectChain(
  members: readonly Member[],
  now: number,
  knownRoots: ReadonlySet<string>,
): ChainReport {
  const facts = members.map((member) => member.facts);
  const leaf = facts.findIndex((each) => !isAuthority(each));
  // Only authorities, and more than one: a file of roots, not a chain. A lone one is somebody's server certificate.
  if (leaf === -1 && !isMeantAsLeaf(facts)) {
    return { kind: 'authorities', path: [], problems: [...timeProblems(facts, now), ...duplicates(facts)] };
  }
  const first = leaf === -1 ? 0 : leaf;
  const path = pathFrom(first, members);
  const problems = [
    ...nameProblems(facts, first),
    ...timeProblems(facts, now),
    ...orderProblems(first, path),
    ...topProblems(facts, path, knownRoots),
    ...unrelatedProblems(members, first, path),
    ...duplicates(facts),
    ...pathProblems(members, path),
  ];
  return { kind: 'chain', path, problems: problems.sort((a, b) => order[a.severity] - order[b.severity]) };
}

const order = { error: 0, warning: 1, note: 2 } as const;

function isMeantAsLeaf(facts: readonly CertificateFacts[]): boolean {
  const [first] = facts;
  return first !== undefined && first.names.dns.length + first.names.ip.length > 0;
}

/** From the leaf up, by issuer and subject; where several could be the issuer, the key identifiers and signature decide. */
function pathFrom(leaf: number, members: readonly Member[]): number[] {
  const path = [leaf];
  for (;;) {
    const last = members[path.at(-1) ?? 0];
    if (last === undefined || last.facts.selfIssued) return path;
    const next = members.findIndex(
      (candidate, index) => !path.includes(index) && issues(candidate.facts, last),
    );
    if (next === -1) return path;
    path.push(next);
  }
}

function issues(issuer: CertificateFacts, member: Member): boolean {
  const { facts, signedBy } = member;
  if (issuer.subject.text !== facts.issuer.text) return false;
  if (
    facts.authorityKeyId !== null &&
    issuer.subjectKeyId !== null &&
    facts.authorityKeyId !== issuer.subjectKeyId
  ) {
    return false;
  }
  return signedBy?.(issuer) !== false;
}
