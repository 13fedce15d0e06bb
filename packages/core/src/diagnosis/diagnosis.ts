import type { AppFacts, Attempt, ClientName, ErrorFacts, SixNames, TrustStore } from './evidence.ts';
import type { FindingCode } from './catalogue.ts';

/** What a default Node client would do. `unreachable`: no certificate and no refusal, nobody could be asked. */
export type Verdict = 'accepted' | 'refused' | 'unreachable';

/** `error` alone makes `altname check` exit 1. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing that is true of the evidence. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One sentence, fit to be forwarded. Text from the network in it is escaped. */
  readonly message: string;
  /** The page of this code, from the root of the repository. */
  readonly docs: string;
  /** The values the message was made from. */
  readonly data: FindingData;
}

/** Plain values by name. */
export type FindingData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Who has to act. */
export type Actor = 'client' | 'server' | 'issuer' | 'dns';

/** How sure it is that the fix works: as shown by an attempt, likely, or only with values the user must fill in. */
export type Certainty = 'certain' | 'likely' | 'needs-your-values';

/** What to change, by whom, how sure. */
export interface Fix {
  readonly who: Actor;
  readonly sure: Certainty;
  /** One line. */
  readonly title: string;
  /** Code, configuration or a command, in the terms of the client at hand; null when the title says it all. */
  readonly code: string | null;
  /** When it holds, for a fix that rests on a stranger's word: "only if this is the server you mean". */
  readonly condition: string | null;
  /** The finding that it answers. */
  readonly for: FindingCode;
}

/** Verdict, cause, findings and fixes: the JSON contract of `altname check --json`. */
export interface Diagnosis {
  readonly version: 1;
  readonly target: string;
  readonly verdict: Verdict;
  readonly names: SixNames;
  /**
   * The one finding that explains the failure; null when no finding is an error. Beside the verdict `accepted` it says
   * what only this client, or only the first address, gets away with.
   */
  readonly cause: Finding | null;
  /** The cause first, then what keeps it from being seen, then by severity. */
  readonly findings: readonly Finding[];
  /** Best first. */
  readonly fixes: readonly Fix[];
  readonly attempts: readonly Attempt[];
  /** The leaf of the client's own attempt; null when none came. */
  readonly certificate: LeafSummary | null;
  /** The leaves that only other attempts got, by their SHA-256 fingerprint. */
  readonly otherLeaves?: Readonly<Record<string, OtherLeaf>>;
  readonly trust: TrustStore;
  readonly client: ClientName | null;
  /** For a connection seen inside the program that made it. */
  readonly app?: AppFacts;
  /** ISO 8601, UTC. */
  readonly clock: string;
  readonly node: { readonly version: string; readonly error: ErrorFacts | null };
}

/** What a person wants to know of the leaf certificate, apart from its names. Times are ISO 8601 in UTC. */
export interface LeafSummary {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Whole days from `clock` to `notAfter`; negative when it is past. */
  readonly daysLeft: number | null;
  /** SHA-256 fingerprint, lower-case hexadecimal. */
  readonly sha256: string;
  readonly key: string;
  /** The chain verified, whatever the name. */
  readonly trusted: boolean;
}

/** A leaf certificate that another attempt got. */
export interface OtherLeaf {
  readonly subject: string;
  /** The first names on it, DNS before IP, at most 3. */
  readonly names: readonly string[];
  /** How many names there are in all. */
  readonly count: number;
  /** Of the user's own names (asked, checked, sent in any attempt), those that it matches by RFC 9525. */
  readonly matches: readonly string[];
}
