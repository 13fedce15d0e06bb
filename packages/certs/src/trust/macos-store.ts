import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { runProgram } from './program.ts';
import type { TrustRoot } from './trust-root.ts';
import type { TrustStore } from './trust-store.ts';

/**
 * The user's login keychain, which needs no root; macOS asks for the password in a window of its own. Trusted for TLS
 * servers alone. Not tested: the tests run on Linux.
 */
export function macosStore(machine: Machine): TrustStore {
  const keychain = join(machine.home, 'Library', 'Keychains', 'login.keychain-db');
  const isThere = async (root: TrustRoot): Promise<boolean> => {
    const listed = await runProgram(['security', 'find-certificate', '-a', '-Z', keychain], {
      timeout: 10_000,
    });
    return listed.stdout.includes(root.sha1);
  };
  return {
    kind: 'system',
    place: keychain,
    lacks: null,
    filledBy: null,
    state: async (root) => ((await isThere(root)) ? 'trusted' : 'not-trusted'),
    async install(root) {
      if (await isThere(root)) return [];
      const argv = [
        'security',
        'add-trusted-cert',
        '-r',
        'trustRoot',
        '-p',
        'ssl',
        '-k',
        keychain,
        root.file,
      ];
      return [{ argv, asRoot: false }];
    },
    async remove(root) {
      if (!(await isThere(root))) return [];
      // With -t its trust settings go too.
      return [{ argv: ['security', 'delete-certificate', '-t', '-Z', root.sha1, keychain], asRoot: false }];
    },
  };
}
