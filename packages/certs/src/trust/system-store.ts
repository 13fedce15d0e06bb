import { linuxStore } from './linux-store.ts';
import { macosStore } from './macos-store.ts';
import type { Machine } from './machine.ts';
import type { TrustStore } from './trust-store.ts';
import { windowsStore } from './windows-store.ts';

/** What OpenSSL, GnuTLS, curl and most programs of the system trust; null where it is not known how to change it. */
export function systemStore(machine: Machine): TrustStore | null {
  if (machine.platform === 'darwin') return macosStore(machine);
  if (machine.platform === 'win32') return windowsStore(machine);
  return linuxStore(machine);
}
