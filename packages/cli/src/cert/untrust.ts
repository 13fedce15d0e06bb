import type { Terminal } from '../terminal.ts';
import { changeTrust } from './trust-change.ts';

export function run(words: readonly string[], terminal: Terminal): Promise<number> {
  return changeTrust('untrust', words, terminal);
}

export const help = `Takes the CA out of every store, and leaves nothing behind. The CA itself and
its certificates stay.

Usage:
    altname cert untrust
    altname cert untrust --dry-run
    altname cert untrust --store system --sudo

Options:
    --store NAME   system, nss (Chromium, Firefox), java or node; repeatable;
                   all that are here when not given
    --dry-run      show the commands, and run none
    --sudo         run what needs root by sudo
    --ca-dir DIR   another CA (also ALTNAME_CA_DIR)
    --json         one object

Exit codes: 0 it is in no store, 1 something is left to do, 2 usage.
`;
