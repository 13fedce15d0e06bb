import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';

/** Does something while no other process does it in the same directory under the same name. */
export async function locked<T>(dir: string, name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const release = await lockfile.lock(dir, {
    lockfilePath: join(dir, `${name}.lock`),
    realpath: false,
    // A process that died has left its lock: it is over when nobody has touched it for so long.
    stale: 10_000,
    retries: { retries: 200, factor: 1.2, minTimeout: 20, maxTimeout: 500 },
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
