import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { AltnameError, printable } from '@altname/core';
import { makeDirectory } from './directory.ts';

/** Milliseconds after which a lock that nobody has touched belongs to a process that died. */
const stale = 5000;
/** Milliseconds until whoever waits is told that another one has not ended. */
const longest = 30_000;

/**
 * Does something while no other process does it in the same directory under the same name.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line, when the directory cannot be written, or another process
 *   has the lock for half a minute
 */
export async function locked<T>(dir: string, name: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(dir, name);
  try {
    return await work();
  } finally {
    // A process that stood still for longer than `stale` has lost it meanwhile; what it wrote is whole all the same.
    await release().catch(() => undefined);
  }
}

async function acquire(dir: string, name: string): Promise<() => Promise<void>> {
  const began = Date.now();
  // It listens to signals from when it is loaded on (signal-exit), and ends a process whose own listeners have gone:
  // servers that only read certificates are spared that.
  const { default: lockfile } = await import('proper-lockfile');
  for (;;) {
    try {
      await makeDirectory(dir, 0o700);
      return await lockfile.lock(dir, {
        lockfilePath: join(dir, `${name}.lock`),
        realpath: false,
        stale,
        onCompromised: () => undefined,
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ELOCKED')
        throw bad(dir, `cannot be written (${code}); a directory that can is expected`, error);
      if (Date.now() - began > longest)
        throw bad(dir, `has been locked by another process for ${longest / 1000} s`, error);
      await delay(20 + Math.random() * 80);
    }
  }
}

function bad(dir: string, why: string, cause: unknown): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', `"${printable(dir, 300)}" ${why}`, { cause });
}
