import type { CertificateFacts } from '../certificate/certificate.ts';
import { readIdentifier, type Identifier } from '../names/identifier.ts';
import { matchName, type NameMatch } from '../names/match.ts';
import { explainMismatch, type Mismatch } from '../names/mismatch.ts';
import type { Verdict } from './diagnosis.ts';
import type { Attempt, ErrorFacts, Evidence, Outcome, Purpose } from './evidence.ts';

/** An attempt that brought a certificate. */
type Shown = Extract<Outcome, { kind: 'handshake' }>;

/** Evidence as the findings read it: everything that follows from it and that more than one of them needs. */
export interface View {
  readonly evidence: Evidence;
  /** The client's own attempt. */
  readonly own: Attempt;
  /** What the own attempt brought, when it brought a certificate; the chain as sent where that was seen. */
  readonly shown: Shown | null;
  /** The chain of the own attempt, leaf first. */
  readonly chain: readonly CertificateFacts[];
  /** The path that Node built from it, which ends in the trust store where it could; leaf first. */
  readonly path: readonly CertificateFacts[];
  readonly leaf: CertificateFacts | null;
  /** *asked* as an identifier; null when it is none. */
  readonly asked: Identifier | null;
  /** *checked* as an identifier; null when it is none. */
  readonly reference: Identifier | null;
  /** What RFC 9525 says of *checked* and the leaf; null without a leaf. */
  readonly match: NameMatch | null;
  /** Why each name of the leaf does not match; empty when one does. */
  readonly mismatches: readonly Mismatch[];
  /** Node's verdict on the chain alone. */
  readonly chainError: ErrorFacts | null;
  /** Node's verdict on the name alone. */
  readonly nameError: ErrorFacts | null;
  /** A leaf came, and RFC 9525 or Node refuses its names. */
  readonly nameRefused: boolean;
  readonly verdict: Verdict;
  /**
   * The names were seen inside the program that made the connection: what chose them is known, not guessed. False, too,
   * for evidence from an error that leaves a name open.
   */
  readonly seenInside: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Works out what follows from the evidence. Pure. */
export function viewOf(evidence: Evidence): View {
  const own = evidence.attempts[0] as Attempt;
  const wire = evidence.attempts.find(({ purpose }) => purpose === 'as-sent')?.outcome;
  const first = own.outcome.kind === 'handshake' ? own.outcome : null;
  const shown =
    first !== null && wire?.kind === 'handshake' && wire.chain[0] === first.chain[0] ? wire : first;
  const chain = (shown?.chain ?? []).flatMap((print) => evidence.certificates[print] ?? []);
  const leaf = chain[0] ?? null;
  const checked = evidence.names.checked.value ?? '';
  const reference = identifierOf(checked);
  const match = leaf === null ? null : matchName(checked, leaf.names);
  const nameError = shown?.nameError ?? null;
  return {
    evidence,
    own,
    shown,
    chain,
    path: (first?.chain ?? []).flatMap((print) => evidence.certificates[print] ?? []),
    leaf,
    asked: identifierOf(evidence.names.asked.value),
    reference,
    match,
    mismatches:
      leaf === null || reference === null || match?.matches === true
        ? []
        : explainMismatch(reference, leaf.names),
    chainError: shown?.chainError ?? null,
    nameError,
    nameRefused: leaf !== null && (match?.matches === false || nameError !== null),
    verdict: verdictOf(own.outcome),
    seenInside:
      evidence.app !== undefined &&
      [evidence.names.sent, evidence.names.checked].every(({ from }) => from !== 'unknown'),
    now: Date.parse(evidence.clock),
  };
}

/** What a default Node client does with the outcome of its own attempt. */
function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case 'handshake':
      return outcome.chainError === null && outcome.nameError === null && outcome.alertAfter === null
        ? 'accepted'
        : 'refused';
    case 'refused':
    case 'unreachable':
    case 'timeout':
      return 'unreachable';
    default:
      return 'refused';
  }
}

/** The attempts of one purpose. */
export function attemptsFor(view: View, purpose: Purpose): readonly Attempt[] {
  return view.evidence.attempts.filter((attempt) => attempt.purpose === purpose);
}

/** The leaf an attempt brought. */
export function leafOf(view: View, attempt: Attempt): CertificateFacts | null {
  const print = attempt.outcome.kind === 'handshake' ? attempt.outcome.chain[0] : undefined;
  return print === undefined ? null : (view.evidence.certificates[print] ?? null);
}

/** Whether an attempt brought a trusted certificate that carries the name. */
export function bringsTrusted(view: View, attempt: Attempt, name: string | null): boolean {
  const leaf = leafOf(view, attempt);
  return (
    leaf !== null &&
    name !== null &&
    attempt.outcome.kind === 'handshake' &&
    attempt.outcome.chainError === null &&
    matchName(name, leaf.names).matches
  );
}

/** Whether an attempt brought a certificate that carries the name, trusted or not. */
export function brings(view: View, attempt: Attempt, name: string | null): boolean {
  const leaf = leafOf(view, attempt);
  return leaf !== null && name !== null && matchName(name, leaf.names).matches;
}

/** Whether two attempts brought the same leaf; false when one brought none. */
export function sameLeaf(view: View, one: Attempt, other: Attempt): boolean {
  const leaf = leafOf(view, one);
  return leaf !== null && leaf === leafOf(view, other);
}

/** The own attempt ended without a certificate, by an alert or a close of the server. */
export function turnedAway(view: View): boolean {
  return view.own.outcome.kind === 'alert' || view.own.outcome.kind === 'reset';
}

/** Turned away by an alert that servers answer with when they have nothing for a server name, or for none. */
export function turnedAwayByName({ own: { outcome } }: View): boolean {
  return outcome.kind === 'alert' && noSuchName.has(outcome.alert.number);
}

/** `unrecognized_name` (RFC 6066 §3), and what is sent in its place: `handshake_failure`, and by Caddy `internal_error`. */
const noSuchName: ReadonlySet<number> = new Set([112, 40, 80]);

/** How many labels two names share, counted from the right. */
export function sharedLabels(one: string, other: string): number {
  const a = one.toLowerCase().split('.').reverse();
  const b = other.toLowerCase().split('.').reverse();
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}

function identifierOf(text: string | null): Identifier | null {
  const read = text === null ? 'empty' : readIdentifier(text);
  return typeof read === 'string' ? null : read;
}
