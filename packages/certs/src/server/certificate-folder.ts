import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './server-problem.ts';

/** What a directory holds at one moment, as far as certificates and keys may be in it. */
export interface Listing {
  /** The files by path; the value changes when the file does. */
  readonly files: ReadonlyMap<string, FileState>;
  /** The directory and the folders in it, each with what tells it from another of the same name. */
  readonly folders: ReadonlyMap<string, string>;
  /** What could not be read, with the reason: nothing below it counts as gone. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Whether more files were there than are read. */
  readonly full: boolean;
}

export interface FileState {
  /** Another text when the file was written, or replaced by another (also through a symbolic link). */
  readonly signature: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** In octets. */
  readonly size: number;
}

/** No more files than these are read. */
export const mostFiles = 200_000;

/**
 * Lists a directory and the folders in it, one level deep. Symbolic links are followed (certbot, Kubernetes); what
 * begins with a dot is not looked at, such as `..data` of Kubernetes, whose files are linked from beside it.
 *
 * Synchronous, in steps: whoever runs it may do other things in between.
 */
export function* listFolder(directory: string): Generator<void, Listing> {
  const files = new Map<string, FileState>();
  const folders = new Map<string, string>();
  const unreadable = new Map<string, string>();
  const open = [directory];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    let entries: Dirent[];
    try {
      const state = statSync(folder);
      folders.set(folder, `${state.dev}:${state.ino}`);
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      unreadable.set(folder, (error as NodeJS.ErrnoException).code ?? messageOf(error));
      continue;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const named = extension.test(entry.name);
      const mayBeFolder = folder === directory && (entry.isDirectory() || entry.isSymbolicLink());
      if (!named && !mayBeFolder) continue;
      const path = join(folder, entry.name);
      try {
        const state = statSync(path, { throwIfNoEntry: false });
        if (state?.isDirectory() === true && mayBeFolder) open.push(path);
        else if (state?.isFile() === true && named) {
          if (files.size === mostFiles) return { files, folders, unreadable, full: true };
          const { dev, ino, size, mtimeMs, ctimeMs } = state;
          files.set(path, {
            signature: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`,
            modified: mtimeMs,
            size,
          });
        }
      } catch (error) {
        unreadable.set(path, (error as NodeJS.ErrnoException).code ?? messageOf(error));
      }
      yield;
    }
  }
  return { files, folders, unreadable, full: false };
}

const extension = /\.(?:pem|crt|cer|cert|key)$/i;
