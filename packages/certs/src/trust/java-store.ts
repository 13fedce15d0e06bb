import { accessSync, constants, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from './machine.ts';
import { runProgram } from './program.ts';
import type { Step } from './step.ts';
import type { TrustRoot } from './trust-root.ts';
import type { TrustStore } from './trust-store.ts';

/** A Java that is installed. */
export interface Java {
  readonly home: string;
  readonly keytool: string;
  /** Its `cacerts`, behind any links. */
  readonly cacerts: string;
}

/** Stores that the tools of the system fill: on Debian, Alpine and Arch; on Fedora; on openSUSE. */
const filledBySystem: readonly string[] = [
  '/etc/ssl/certs/java/cacerts',
  '/etc/pki/ca-trust/extracted/java/cacerts',
  '/etc/pki/java/cacerts',
  '/var/lib/ca-certificates/java-cacerts',
];

/** The password that every Java comes with. The file holds nothing that is secret. */
const password = 'changeit';

/** One store for each `cacerts` of JAVA_HOME and of the `java` on PATH. */
export function javaStores(machine: Machine): TrustStore[] {
  const stores = new Map(javas(machine).map((java) => [java.cacerts, javaStore(machine, java)]));
  return [...stores.values()];
}

export function javas(machine: Machine): Java[] {
  const found = machine.find('java');
  const homes = [machine.env['JAVA_HOME'] ?? '', found === null ? '' : dirname(dirname(realpathSync(found)))];
  return [...new Set(homes)].flatMap((home) => (home === '' ? [] : javaAt(machine, home)));
}

/** The store whose tools write a `cacerts`; null for one that keytool writes. */
export function javaFilledBy(cacerts: string): 'system' | null {
  return filledBySystem.includes(cacerts) ? 'system' : null;
}

function javaAt(machine: Machine, home: string): Java[] {
  const keytool = join(home, 'bin', machine.platform === 'win32' ? 'keytool.exe' : 'keytool');
  // Java 8 has it below jre.
  const cacerts = [
    join(home, 'lib', 'security', 'cacerts'),
    join(home, 'jre', 'lib', 'security', 'cacerts'),
  ].find((file) => machine.exists(file));
  if (cacerts === undefined || !machine.exists(keytool)) return [];
  return [{ home, keytool, cacerts: realpathSync(cacerts) }];
}

function javaStore(machine: Machine, { keytool, cacerts }: Java): TrustStore {
  const at = ['-keystore', cacerts, '-storepass', password];
  const isThere = async (root: TrustRoot): Promise<boolean> => {
    const listed = await runProgram([keytool, '-list', ...at], { timeout: 20_000 });
    return listed.stdout.replaceAll(':', '').toLowerCase().includes(root.sha256);
  };
  const step = (...words: string[]): Step => ({
    argv: [keytool, ...words, ...at],
    asRoot: !machine.mayAll && !isWritable(cacerts),
  });
  const filledBy = javaFilledBy(cacerts);
  return {
    kind: 'java',
    place: cacerts,
    lacks: null,
    filledBy,
    state: async (root) => ((await isThere(root)) ? 'trusted' : 'not-trusted'),
    install: async (root) =>
      filledBy !== null || (await isThere(root))
        ? []
        : [step('-importcert', '-noprompt', '-trustcacerts', '-alias', root.name, '-file', root.file)],
    remove: async (root) =>
      filledBy !== null || !(await isThere(root)) ? [] : [step('-delete', '-alias', root.name)],
  };
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
