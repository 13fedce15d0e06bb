import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority, type Authority } from '../src/authority/authority.ts';
import { thisMachine, type Machine } from '../src/trust/machine.ts';
import { readTrustRoot, type TrustRoot } from '../src/trust/trust-root.ts';

/** A directory for a test, and for a CA in it. */
export interface Place {
  readonly dir: string;
  readonly authority: Authority;
  readonly root: TrustRoot;
  remove(): void;
}

/** Variables that choose roots, of which a test wants none. */
const choosing = [
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'XDG_DATA_HOME', 'JAVA_HOME', 'JAVA_TOOL_OPTIONS'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_OPTIONS', 'ALTNAME_CA_DIR'],
];

export async function makePlace(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'altname trust '));
  const authority = await openAuthority(join(dir, 'own CA'));
  const root = await readTrustRoot(authority.dir);
  if (root === null) throw new Error('the CA was made a moment ago');
  return { dir, authority, root, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The environment of this process with nothing that chooses roots, and what is given. */
export function cleanEnv(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env = Object.entries(process.env).filter(([name]) => !choosing.includes(name));
  return { ...(Object.fromEntries(env) as Record<string, string>), ...given };
}

/** This computer with another home and nothing that chooses roots. */
export function machineAt(home: string, given: Readonly<Record<string, string>> = {}): Machine {
  return { ...thisMachine(), home, env: cleanEnv({ HOME: home, ...given }) };
}

/**
 * Why a test is skipped: a program that is not there, and the Debian package that has it.
 *
 * @throws {Error} with CI=true, where every program is to be there
 */
export function lacking(programs: Readonly<Record<string, string>>): string | false {
  const machine = thisMachine();
  const [missing] = Object.entries(programs).filter(([program]) => machine.find(program) === null);
  if (missing === undefined) return false;
  const reason = `${missing[0]} is not here: apt-get install ${missing[1]}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}
