import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file whole or not at all. What is written first has a name that nobody can know, and is opened only when
 * nothing is there (O_EXCL): in a directory of others, a link that lies in wait is never followed. A link in the place
 * of the file is replaced, and what it leads to stays.
 *
 * @param mode from the first moment on
 */
export async function writeFileWhole(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const written = join(dirname(file), `.${basename(file).slice(0, 60)}.${randomBytes(12).toString('hex')}`);
  try {
    const handle = await open(written, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}
