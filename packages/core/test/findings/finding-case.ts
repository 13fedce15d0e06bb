import type { FindingCode } from '../../src/diagnosis/catalogue.ts';
import type { Severity } from '../../src/diagnosis/diagnosis.ts';
import type { Evidence } from '../../src/diagnosis/evidence.ts';

/** One code of the catalogue: evidence of which it is true, and evidence that comes near. */
export interface FindingCase {
  readonly code: FindingCode;
  /** It is found here; its page in `docs/findings/` quotes the sentence that comes of it. */
  readonly found: Evidence;
  readonly severity: Severity;
  /** Whether it is the cause of `found`, or stands beside another finding or none. */
  readonly cause: boolean;
  /** Evidence of which it is not true, by what makes the difference. */
  readonly near: Readonly<Record<string, Evidence>>;
}
