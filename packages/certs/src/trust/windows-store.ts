import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { runProgram } from './program.ts';
import type { TrustRoot } from './trust-root.ts';
import type { TrustStore } from './trust-store.ts';

/**
 * The user's `Root` store, which needs no administrator; Windows asks in a window of its own. Not tested: the tests run
 * on Linux.
 */
export function windowsStore(machine: Machine): TrustStore {
  // By its path: certutil of NSS has the same name.
  const certutil = join(machine.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'certutil.exe');
  const isThere = async (root: TrustRoot): Promise<boolean> =>
    (await runProgram([certutil, '-user', '-verifystore', 'Root', root.sha1], { timeout: 10_000 }))
      .exitCode === 0;
  return {
    kind: 'system',
    place: 'Cert:\\CurrentUser\\Root',
    lacks: null,
    filledBy: null,
    state: async (root) => ((await isThere(root)) ? 'trusted' : 'not-trusted'),
    install: async (root) =>
      (await isThere(root))
        ? []
        : [{ argv: [certutil, '-user', '-addstore', 'Root', root.file], asRoot: false }],
    remove: async (root) =>
      (await isThere(root))
        ? [{ argv: [certutil, '-user', '-delstore', 'Root', root.sha1], asRoot: false }]
        : [],
  };
}
