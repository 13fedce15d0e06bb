import type { FindingCode } from '../diagnosis/catalogue.ts';
import type { Fix } from '../diagnosis/diagnosis.ts';
import type { Alert } from '../diagnosis/evidence.ts';
import type { PresentedNames } from '../names/presented.ts';

/**
 * The kind of a failure that was recognised in a text.
 *
 * | family        | what the text says                                                        |
 * |---------------|---------------------------------------------------------------------------|
 * | `name`        | the certificate does not fit the name that was checked                     |
 * | `chain`       | the certificate chain was not accepted; nothing is said about the name     |
 * | `server-name` | the server name itself was not acceptable to this Node                     |
 * | `handshake`   | TLS began and broke off: an alert, another protocol, a closed connection   |
 * | `transport`   | there was no TLS yet: no such name, nobody listening, no answer            |
 * | `unchecked`   | verification is switched off, so that failures no longer show              |
 * | `hidden`      | a client library failed and left the reason out                            |
 */
export type FailureFamily =
  'name' | 'chain' | 'server-name' | 'handshake' | 'transport' | 'unchecked' | 'hidden';

/** How far a text alone can carry: `certain` follows from its words, `likely` and `possible` need a look. */
export type ExplanationCertainty = 'certain' | 'likely' | 'possible';

/** A finding that the failure can be. */
export interface PossibleCause {
  readonly code: FindingCode;
  readonly sure: ExplanationCertainty;
  /** One sentence: what in the text speaks for it. Text from the network in it is escaped. */
  readonly why: string;
}

/** One TLS failure that was found in a text, with equal ones counted together. */
export interface Explanation {
  readonly family: FailureFamily;
  /** The error code, as Node or OpenSSL spells it, given in the text or implied by its words; null when neither. */
  readonly errorCode: string | null;
  /** One sentence: what went wrong. Text from the network in it is escaped. */
  readonly message: string;
  /** The most likely cause first. Empty when the text does not carry that far. */
  readonly causes: readonly PossibleCause[];
  /** What to change by the surest cause, where the names in the text say so; best first. */
  readonly fixes: readonly Fix[];
  /** Remarks on the wording and on what to look at next, one sentence each. */
  readonly notes: readonly string[];
  /** The name the client compared, without the dot that Node prints behind it. */
  readonly checked: string | null;
  /** The host of a URL or option that stands with the error: what was probably asked for. */
  readonly asked: string | null;
  /** The server name sent, when the text shows it. */
  readonly sent: string | null;
  /** The names on the certificate, as far as the text shows them. */
  readonly presented: PresentedNames | null;
  /** False when the text shows only some of the presented names: a list of addresses alone, or one cut short. */
  readonly presentedComplete: boolean;
  readonly alert: Alert | null;
  /** The client library, as its package is called; null when the text does not show it. */
  readonly client: string | null;
  /** The version of Node in the text, without the `v`. */
  readonly nodeVersion: string | null;
  /** The line of the first place, counted from 1. */
  readonly line: number;
  /** The line of the last place. */
  readonly lastLine: number;
  /** How often it stands in the text. */
  readonly count: number;
  /** The words it was recognised by, escaped and cut. */
  readonly excerpt: string;
}
