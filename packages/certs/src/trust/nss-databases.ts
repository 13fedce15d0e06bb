import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { Machine } from './machine.ts';

/** A directory with the certificates of one program, or of one of its profiles. */
export interface NssDatabase {
  /** Whose it is, for people. */
  readonly of: 'Chromium' | 'Firefox';
  readonly dir: string;
  /** It is not there, and may be made: a Chromium is, which would read it. */
  readonly made: boolean;
}

/** Browsers of the Chromium family on Linux; on other systems they read the system's own store. */
const chromiums: readonly string[] = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'brave-browser',
  'microsoft-edge',
  'vivaldi',
];

/** The folders of Firefox's profiles below the home: of the package, of the snap, of the flatpak, of macOS. */
const firefoxFolders: readonly (readonly string[])[] = [
  ['.mozilla', 'firefox'],
  ['snap', 'firefox', 'common', '.mozilla', 'firefox'],
  ['.var', 'app', 'org.mozilla.firefox', '.mozilla', 'firefox'],
  ['Library', 'Application Support', 'Firefox', 'Profiles'],
];

/**
 * The databases of this user.
 *
 * Chromium reads `~/.pki/nssdb` where that is there, and `$XDG_DATA_HOME/pki/nssdb` otherwise (before, it knew the first
 * alone). So where neither is, the first is made; where the second is, the first is not, as it would hide the second.
 */
export function nssDatabases(machine: Machine): NssDatabase[] {
  if (machine.platform === 'win32') return [];
  const { home } = machine;
  const own = join(home, '.pki', 'nssdb');
  const data = machine.env['XDG_DATA_HOME'] ?? '';
  const shared = [
    own,
    join(data.startsWith('/') ? data : join(home, '.local', 'share'), 'pki', 'nssdb'),
    join(home, 'snap', 'chromium', 'current', '.pki', 'nssdb'),
  ];
  const found = shared.filter((dir) => isDatabase(machine, dir)).map((dir) => ofChromium(dir, false));
  const lacking = machine.platform === 'linux' && !found.some(({ dir }) => dir !== shared[2]);
  if (lacking && chromiumOf(machine) !== null) found.push(ofChromium(own, true));
  const profiles = firefoxFolders
    .map((folders) => join(home, ...folders))
    .flatMap((folder) => foldersIn(folder).map((name) => join(folder, name)))
    .filter((dir) => isDatabase(machine, dir));
  return [...found, ...profiles.map((dir): NssDatabase => ({ of: 'Firefox', dir, made: false }))];
}

/** The first browser of the Chromium family on PATH. */
export function chromiumOf(machine: Machine): string | null {
  for (const program of chromiums) {
    const file = machine.find(program);
    if (file !== null) return file;
  }
  return null;
}

function ofChromium(dir: string, made: boolean): NssDatabase {
  return { of: 'Chromium', dir, made };
}

function isDatabase(machine: Machine, dir: string): boolean {
  return machine.exists(join(dir, 'cert9.db'));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
