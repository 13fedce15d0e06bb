import type { Step } from './step.ts';
import type { TrustRoot } from './trust-root.ts';

/** The kinds of store. `node` is none that is written to: Node is told by its environment. */
export const storeNames = ['system', 'nss', 'java', 'node'] as const;
export type StoreName = (typeof storeNames)[number];

/**
 * A place that clients take their roots from. It says what to run and runs nothing that changes it.
 *
 * `state` is what is found by looking; what clients make of it, only a handshake tells.
 */
export interface TrustStore {
  readonly kind: Exclude<StoreName, 'node'>;
  /** What it is, for people: a path, or the name of a keychain. */
  readonly place: string;
  /** What is missing to change it, and which package has it; null when nothing is. */
  readonly lacks: string | null;
  /** The store that fills this one, which is the one to change; null for one that is changed itself. */
  readonly filledBy: 'system' | null;
  state(root: TrustRoot): Promise<'trusted' | 'not-trusted'>;
  /** What puts the root in; nothing when it is in already. */
  install(root: TrustRoot): Promise<readonly Step[]>;
  /** What takes out every trace of the root; nothing when there is none. */
  remove(root: TrustRoot): Promise<readonly Step[]>;
}
