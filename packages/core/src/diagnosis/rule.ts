import type { FindingCode } from './catalogue.ts';
import type { Actor, Certainty, FindingData, Severity } from './diagnosis.ts';
import type { View } from './view.ts';

/** A fix before it is bound to its finding. */
export interface FixDraft {
  readonly who: Actor;
  readonly sure: Certainty;
  readonly title: string;
  readonly code?: string | null;
  readonly condition?: string;
}

/** One entry of the catalogue: when it holds, how it is said, and what to change. */
export interface FindingRule<D extends FindingData = FindingData> {
  readonly code: FindingCode;
  readonly severity: Severity | ((data: D, view: View) => Severity);
  /** A heading of a few words, without a full stop. */
  readonly title: string;
  /** The values when it is true of the evidence, else null. */
  readonly find: (view: View) => D | null;
  /** One sentence. Every value is escaped when it comes from the network. */
  readonly message: (data: D) => string;
  /** Best first; empty when the cause has better ones. */
  readonly fixes: (view: View, data: D) => readonly FixDraft[];
}

/** A rule whose values keep their types inside its own file. */
export function rule<D extends FindingData>(entry: FindingRule<D>): FindingRule {
  return entry as unknown as FindingRule;
}
