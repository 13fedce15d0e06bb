import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it, one by one: a recursive `mkdir` of Node does not end where a file system takes
 * none and says that nothing is there, as `/proc` does.
 *
 * @param mode of those that are made; the umask of the process can only take from it
 */
export async function makeDirectory(dir: string, mode = 0o755): Promise<void> {
  const missing: string[] = [];
  for (let each = dir; !(await isThere(each)); each = dirname(each)) missing.unshift(each);
  for (const each of missing) {
    await mkdir(each, { mode }).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (error.code !== 'EEXIST') throw error;
    });
  }
  if (!(await stat(dir)).isDirectory()) throw Object.assign(new Error('no directory'), { code: 'ENOTDIR' });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}
