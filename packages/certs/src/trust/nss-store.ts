import { dirname, join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { Machine } from './machine.ts';
import { nssDatabases, type NssDatabase } from './nss-databases.ts';
import { runProgram } from './program.ts';
import type { Step } from './step.ts';
import { holds, type StoredRoot } from './trust-root.ts';
import type { TrustStore } from './trust-store.ts';

/** In a database that was made here: it goes again when nothing else has come into it. */
const mark = '.made-by-altname';

/** Which package has `certutil`, by what is there of the system. */
const packages: readonly (readonly [marker: string, name: string])[] = [
  ['/etc/debian_version', 'libnss3-tools'],
  ['/etc/alpine-release', 'nss-tools'],
  ['/etc/fedora-release', 'nss-tools'],
  ['/etc/redhat-release', 'nss-tools'],
  ['/etc/arch-release', 'nss'],
  ['/etc/SUSE-brand', 'mozilla-nss-tools'],
  ['/System/Library', 'nss, by Homebrew'],
];

/** One store for each database: of Chromium and its relatives, and of each profile of Firefox. */
export function nssStores(machine: Machine): TrustStore[] {
  return nssDatabases(machine).map((database) => nssStore(machine, database));
}

/** What has a tool of NSS, for people: `certutil, of the package libnss3-tools`. */
export function nssPackage(machine: Machine, tool: string): string {
  const name = packages.find(([marker]) => machine.exists(marker))?.[1] ?? 'nss-tools';
  return `${tool}, of the package ${name}`;
}

function nssStore(machine: Machine, { dir }: NssDatabase): TrustStore {
  const at = ['-d', `sql:${dir}`];
  const ask = async (...words: string[]): Promise<string> =>
    (await runProgram(['certutil', ...words, ...at], { timeout: 10_000 })).stdout;
  const isThere = (): boolean => machine.exists(join(dir, 'cert9.db'));
  const isTrusted = async (root: StoredRoot): Promise<boolean> => {
    if (!isThere() || !holds(await ask('-L', '-n', root.name, '-a'), root)) return false;
    return (
      flagsOf(await ask('-L'), root.name)
        ?.split(',')[0]
        ?.includes('C') === true
    );
  };
  return {
    kind: 'nss',
    place: dir,
    lacks: machine.find('certutil') === null ? nssPackage(machine, 'certutil') : null,
    filledBy: null,
    state: async ({ browser }) => ((await isTrusted(browser)) ? 'trusted' : 'not-trusted'),
    async install({ browser: root }) {
      if (await isTrusted(root)) return [];
      const add = user('certutil', '-A', ...at, '-n', root.name, '-t', 'C,,', '-i', root.file);
      if (isThere()) return [add];
      return [
        user('mkdir', '-p', '-m', '700', dir),
        user('certutil', '-N', ...at, '--empty-password'),
        user('touch', join(dir, mark)),
        add,
      ];
    },
    async remove({ browser: root }) {
      const listed = isThere() ? await ask('-L') : '';
      if (flagsOf(listed, root.name) === null) return [];
      const remove = user('certutil', '-D', ...at, '-n', root.name);
      const alone = nicknames(listed).length === 1 && machine.exists(join(dir, mark));
      if (!alone || /^<\s*\d+>/m.test(await ask('-K'))) return [remove];
      return [remove, ...removeDatabase(dir)];
    },
  };
}

/** The files that were made, by their names, and the directories when nothing else is in them. */
function removeDatabase(dir: string): Step[] {
  const files = ['cert9.db', 'key4.db', 'pkcs11.txt', mark];
  const above = dirname(dir);
  const list = (folder: string): string[] => readdirSync(folder).filter((name) => !files.includes(name));
  return [
    user('rm', '-f', ...files.map((file) => join(dir, file))),
    ...(list(dir).length === 0 ? [user('rmdir', dir)] : []),
    ...(list(dir).length === 0 && list(above).length === 1 ? [user('rmdir', above)] : []),
  ];
}

/** The trust of a certificate as `certutil -L` lists it, such as `C,,`; null when it is not there. */
function flagsOf(listed: string, nickname: string): string | null {
  const line = listed.split('\n').find((each) => each.startsWith(`${nickname} `));
  return line === undefined ? null : (/\s(\S*,\S*,\S*)\s*$/.exec(line)?.[1] ?? null);
}

/** Every certificate of a database has its line with its trust. */
function nicknames(listed: string): string[] {
  return listed
    .split('\n')
    .filter((line) => /\s[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*\s*$/.test(line) && !/SSL,S/.test(line));
}

function user(...argv: string[]): Step {
  return { argv, asRoot: false };
}
