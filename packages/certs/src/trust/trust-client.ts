import type { Call } from './proof-server.ts';
import type { StoreName } from './trust-store.ts';

/** A program that verifies servers, and takes its roots from a store. */
export interface TrustClient {
  readonly store: StoreName;
  /** The store to change for it: another one where that fills this. */
  readonly changedBy: StoreName;
  /** Its name, for people. */
  readonly client: string;
  /** The database or installation it is asked with; null where there is only one. */
  readonly where: string | null;
  /** Null when the program is not there; `lacks` may say what has it. */
  readonly call: Call | null;
  readonly lacks: string | null;
  /** Variables of the environment that choose its roots instead of the store. */
  readonly variables: readonly string[];
  /** False: it shows what a setting would do, and says nothing of how things are. */
  readonly counts: boolean;
}
