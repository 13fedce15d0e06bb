import { readFileSync } from 'node:fs';
import { holds, type TrustRoot } from './trust-root.ts';

/**
 * What NODE_EXTRA_CA_CERTS names, of which there is one for a process:
 *
 * | state    | meaning                                                        |
 * |----------|----------------------------------------------------------------|
 * | `unset`  | nothing                                                        |
 * | `this`   | a file with the root, perhaps among others                     |
 * | `other`  | a file without it: naming another would take that one away     |
 * | `unread` | a file that cannot be read; Node warns of it, and goes on      |
 */
export interface NodeExtraRoots {
  readonly state: 'unset' | 'this' | 'other' | 'unread';
  readonly file: string | null;
}

export function nodeExtraRoots(
  root: TrustRoot,
  env: Readonly<Record<string, string | undefined>> = process.env,
): NodeExtraRoots {
  const file = env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (file === '') return { state: 'unset', file: null };
  try {
    return { state: holds(readFileSync(file, 'latin1'), root) ? 'this' : 'other', file };
  } catch {
    return { state: 'unread', file };
  }
}
