import type { Identifier } from './identifier.ts';
import { readIdentifier } from './identifier.ts';
import { dnsNameMatches, foldAscii, type PresentedIdentifier, type PresentedNames } from './presented.ts';

/**
 * Why one presented identifier does not match.
 *
 * | reason              | meaning                                                                  |
 * |---------------------|--------------------------------------------------------------------------|
 * | `label-differs`     | the labels at `label` are different                                      |
 * | `presented-shorter` | the presented name ends before `label`                                   |
 * | `presented-longer`  | the reference ends before `label`                                        |
 * | `wildcard-depth`    | `*` took one label; the reference has more, from `label` on              |
 * | `wildcard-apex`     | `*` stands for a label that the reference does not have                  |
 * | `wildcard-partial`  | `*` is only a part of its label (RFC 9525 §6.3)                          |
 * | `wildcard-misplaced`| `*` is not in the left-most label, or there are two                      |
 * | `wildcard-too-broad`| `*` alone, or with a single label after it                               |
 * | `trailing-dot`      | the presented name ends in a dot (RFC 5280 §4.2.1.6)                     |
 * | `not-ascii`         | the presented name has octets beyond ASCII                               |
 * | `address-in-dns`    | an IP address written as a dNSName: never compared with an address       |
 * | `malformed`         | the presented identifier is no DNS name, or has neither 4 nor 16 octets  |
 * | `address-differs`   | both are IP addresses, with different octets                             |
 * | `other-kind`        | one is a DNS name, the other an IP address                               |
 * | `reference-invalid` | the reference is neither a DNS name nor an IP address                    |
 */
export type MismatchReason =
  | 'label-differs'
  | 'presented-shorter'
  | 'presented-longer'
  | 'wildcard-depth'
  | 'wildcard-apex'
  | 'wildcard-partial'
  | 'wildcard-misplaced'
  | 'wildcard-too-broad'
  | 'trailing-dot'
  | 'not-ascii'
  | 'address-in-dns'
  | 'malformed'
  | 'address-differs'
  | 'other-kind'
  | 'reference-invalid';

/** Why one presented identifier was refused, and where. */
export interface Mismatch {
  readonly presented: PresentedIdentifier;
  /** The label that fails, counted from the right, beginning with 1; null where labels are not what fails. */
  readonly label: number | null;
  readonly reason: MismatchReason;
}

/** Every presented identifier with its mismatch, in the order of the certificate: DNS names, then addresses. */
export function explainMismatch(reference: Identifier, presented: PresentedNames): Mismatch[] {
  return everyIdentifier(presented, (identifier) => ({
    presented: identifier,
    ...failure(reference, identifier),
  }));
}

/** The mismatches for a reference that could not be read. */
export function unreadableReference(presented: PresentedNames): Mismatch[] {
  return everyIdentifier(presented, (identifier) => ({
    presented: identifier,
    label: null,
    reason: 'reference-invalid',
  }));
}

type Failure = Pick<Mismatch, 'label' | 'reason'>;

function everyIdentifier(
  names: PresentedNames,
  explain: (identifier: PresentedIdentifier) => Mismatch,
): Mismatch[] {
  // A subjectAltName that is not relied on has no names (see PresentedNames).
  if (names.san !== 'present') return [];
  return [
    ...names.dns.map((value, index) => explain({ kind: 'dns', value, index })),
    ...names.ip.map((value, index) => explain({ kind: 'ip', value, index })),
  ];
}

function failure(reference: Identifier, presented: PresentedIdentifier): Failure {
  if (presented.kind === 'ip') {
    if (presented.value.startsWith('hex:')) return { label: null, reason: 'malformed' };
    return { label: null, reason: reference.kind === 'ip' ? 'address-differs' : 'other-kind' };
  }
  const read = readIdentifier(presented.value);
  const isAddress = typeof read !== 'string' && read.kind === 'ip';
  if (reference.kind === 'ip') return { label: null, reason: isAddress ? 'address-in-dns' : 'other-kind' };
  if (isAddress) return { label: null, reason: 'address-in-dns' };
  return dnsFailure(reference.value, foldAscii(presented.value));
}

function dnsFailure(reference: string, presented: string): Failure {
  const malformed = formProblem(presented);
  if (malformed !== null) return { label: null, reason: malformed };
  const asked = reference.split('.').reverse();
  const given = presented.split('.').reverse();
  const wildcard = given[given.length - 1] === '*';
  const exact = wildcard ? given.length - 1 : given.length;
  for (let i = 0; i < exact; i++) {
    if (i >= asked.length) return { label: i + 1, reason: 'presented-longer' };
    if (asked[i] !== given[i]) return { label: i + 1, reason: 'label-differs' };
  }
  if (wildcard) {
    if (asked.length === exact) return { label: given.length, reason: 'wildcard-apex' };
    return { label: given.length + 1, reason: 'wildcard-depth' };
  }
  return { label: exact + 1, reason: 'presented-shorter' };
}

/** What makes a presented dNSName one that can match nothing; null when its form is right. */
export function formProblem(presented: string): MismatchReason | null {
  if (/[^\u0000-\u007f]/.test(presented)) return 'not-ascii';
  if (presented.length > 1 && presented.endsWith('.')) return 'trailing-dot';
  const labels = presented.split('.');
  const stars = presented.split('*').length - 1;
  if (stars > 0) {
    if (stars > 1 || !(labels[0] ?? '').includes('*')) return 'wildcard-misplaced';
    if (labels[0] !== '*') return 'wildcard-partial';
    if (labels.length < 3) return 'wildcard-too-broad';
    const below = readIdentifier(presented.slice(2));
    return typeof below === 'string' || below.kind === 'ip' ? 'malformed' : null;
  }
  return typeof readIdentifier(presented) === 'string' ? 'malformed' : null;
}

/** Whether a presented name would match if the trailing dot were not there; for the finding of that name. */
export function matchesWithoutDot(presented: string, reference: string): boolean {
  return presented.endsWith('.') && dnsNameMatches(presented.slice(0, -1), reference);
}
