import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What the stores need to know of a computer, and of the user. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Root, or a system where nobody is. */
  readonly mayAll: boolean;
  exists(path: string): boolean;
  /** Where a program is, absolute; null when there is none. */
  find(program: string): string | null;
}

/** This computer. HOME is asked each time, so that a test can give another. */
export function thisMachine(): Machine {
  const { platform, env } = process;
  return {
    platform,
    env,
    home: homedir(),
    mayAll: process.getuid === undefined || process.getuid() === 0,
    exists: existsSync,
    find: (program) => findProgram(program, env['PATH'] ?? '', platform),
  };
}

/** Programs that only an administrator is thought to need are in no user's PATH on Debian. */
const administratorPath: readonly string[] = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function findProgram(program: string, path: string, platform: NodeJS.Platform): string | null {
  const windows = platform === 'win32';
  const folders = [...path.split(delimiter), ...(windows ? [] : administratorPath)];
  for (const folder of folders) {
    if (folder === '') continue;
    const file = join(folder, windows ? `${program}.exe` : program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  return null;
}
