import type { Terminal } from '../terminal.ts';
import { changeTrust } from './trust-change.ts';

export function run(words: readonly string[], terminal: Terminal): Promise<number> {
  return changeTrust('trust', words, terminal);
}

export const help = `Makes this machine trust the CA: the system, browsers, Java; and says how
Node is told.

Usage:
    altname cert trust
    altname cert trust --dry-run
    altname cert trust --sudo
    altname cert trust --store node
    altname cert trust --store nss --store java

What needs root is not run but shown, unless you are root or say --sudo; a
password is asked for at a terminal alone. Only a CA with name constraints is
trusted. Nothing is done twice.

Options:
    --store NAME   system, nss (Chromium, Firefox), java or node; repeatable;
                   all that are here when not given
    --dry-run      show the commands, and run none
    --sudo         run what needs root by sudo
    --ca-dir DIR   another CA (also ALTNAME_CA_DIR)
    --json         one object

Exit codes: 0 trusted, 1 something is left to do, 2 usage.
`;
