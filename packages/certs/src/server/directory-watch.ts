import { watch, type FSWatcher } from 'node:fs';
import { messageOf } from './server-problem.ts';

/** What a watch is made with. */
export interface WatchOptions {
  /** Something may have changed. */
  readonly onChange: () => void;
  /** The directory cannot be watched, with the reason. */
  readonly onFailure: (reason: string) => void;
}

/** More folders than these are not watched: they are looked at now and then. */
const mostFolders = 1000;

/** Where one watch sees the whole tree. On Linux Node would make one for every file of it instead. */
const recursive = process.platform === 'darwin' || process.platform === 'win32';

/**
 * One watch for the directory and one for each folder in it, whatever the number of files. All of them share one
 * inotify instance on Linux; none keeps the process alive.
 *
 * A watch that cannot be had (`EMFILE`, `ENOSPC`) or fails later gives all of them up: half a watch would look like a
 * whole one.
 */
export class DirectoryWatch {
  readonly #options: WatchOptions;
  readonly #watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();
  #failed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Whether changes are noticed at all. */
  get working(): boolean {
    return !this.#failed && this.#watchers.size > 0;
  }

  /**
   * Watches exactly these folders. One that was replaced by another of the same name is watched anew.
   *
   * @returns whether a watch began: what changed just before it is seen by nobody
   */
  follow(folders: ReadonlyMap<string, string>): boolean {
    if (this.#failed) return false;
    if (folders.size > mostFolders && !recursive) {
      this.#fail(`over ${mostFolders} folders`);
      return false;
    }
    let began = false;
    const wanted = recursive ? new Map([...folders].slice(0, 1)) : folders;
    for (const [folder, { identity, watcher }] of this.#watchers) {
      if (wanted.get(folder) === identity) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const [folder, identity] of wanted) {
      if (this.#watchers.has(folder) || this.#failed) continue;
      this.#open(folder, identity);
      began = true;
    }
    return began;
  }

  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #open(folder: string, identity: string): void {
    try {
      const watcher = watch(folder, { persistent: false, recursive }, this.#options.onChange);
      watcher.on('error', (error) => this.#fail(reasonOf(error)));
      this.#watchers.set(folder, { identity, watcher });
    } catch (error) {
      // A folder that went away since it was listed will be missed in the next look.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#fail(reasonOf(error));
    }
  }

  #fail(reason: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.close();
    this.#options.onFailure(reason);
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? messageOf(error);
}
