import { CertificateNames } from './certificate-names.ts';
import { readIdentifier, type Identifier } from './identifier.ts';
import { explainMismatch, unreadableReference, type Mismatch } from './mismatch.ts';
import { dnsNameMatches, type PresentedIdentifier, type PresentedNames } from './presented.ts';

/** The answer of {@link matchName}: which presented identifier matched, or why each of them did not. */
export type NameMatch =
  | { readonly matches: true; readonly by: PresentedIdentifier }
  | { readonly matches: false; readonly mismatches: readonly Mismatch[] };

/**
 * Whether a name that a client wants to reach is one of the names on a certificate, by RFC 9525 §6.
 *
 * Fails closed: a reference that is no DNS name or IP address matches nothing (each mismatch then says
 * `reference-invalid`), the subject CN never counts, and a malformed or duplicate subjectAltName has no names.
 *
 * @param reference the name as text, or the result of `parseIdentifier`
 * @param presented `readCertificate(…).names`, or the same as plain data
 * @returns never throws. `by` is the first entry of its kind that matches; `mismatches` is worked out when it is
 *   first read.
 */
export function matchName(reference: string | Identifier, presented: PresentedNames): NameMatch {
  const kind = typeof reference === 'string' ? null : reference?.kind;
  // An Identifier is plain data that anyone can write: it is read again.
  const identifier = readIdentifier(kind === null ? reference : (reference as Identifier | undefined)?.value);
  if (typeof identifier === 'string' || (kind !== null && kind !== identifier.kind)) {
    return refusal(() => unreadableReference(presented));
  }
  const by = find(identifier, presented);
  return by === null ? refusal(() => explainMismatch(identifier, presented)) : { matches: true, by };
}

function find({ kind, value }: Identifier, presented: PresentedNames): PresentedIdentifier | null {
  if (presented.san !== 'present') return null;
  if (presented instanceof CertificateNames) {
    return kind === 'dns' ? presented.findDns(value) : presented.findIp(value);
  }
  const index =
    kind === 'dns'
      ? presented.dns.findIndex((name) => dnsNameMatches(name, value))
      : presented.ip.indexOf(value);
  const found = presented[kind][index];
  return found === undefined ? null : { kind, value: found, index };
}

/** The mismatches of 10,000 names cost a thousand times the answer: they are made only for who reads them. */
function refusal(explain: () => readonly Mismatch[]): NameMatch {
  let mismatches: readonly Mismatch[] | undefined;
  return {
    matches: false,
    get mismatches() {
      return (mismatches ??= explain());
    },
  };
}
