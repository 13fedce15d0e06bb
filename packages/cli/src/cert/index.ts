import type { Command } from '../commands/index.ts';

/** What follows `altname cert`; names make a certificate. Each is loaded only when it is called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  csr: () => import('./csr.ts'),
  diff: () => import('./diff.ts'),
  renew: () => import('./renew.ts'),
  trust: () => import('./trust.ts'),
  untrust: () => import('./untrust.ts'),
  status: () => import('./status.ts'),
};

export async function loadCertCommand(name: string): Promise<Command | null> {
  return Object.hasOwn(commands, name) ? ((await commands[name]?.()) ?? null) : null;
}
