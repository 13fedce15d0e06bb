import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** Octets of a file that is read for another: certificates, keys and configurations are small. */
const mostOctets = 1 << 20;
/** Entries of a folder that are looked at. */
const mostEntries = 512;
/** Files that are read in one run. */
const mostFiles = 5000;

/**
 * What lies below the working directory and the paths that were given, and what links there lead to. Nothing outside is
 * read, whatever a file of the tree says.
 */
export class ReachableFiles {
  readonly #cwd: string;
  readonly #roots: readonly string[];
  readonly #texts = new Map<string, Buffer | null>();

  constructor(cwd: string, paths: readonly string[]) {
    this.#cwd = cwd;
    this.#roots = [cwd, ...paths.map((path) => resolve(cwd, path))].flatMap((root) => realOf(root) ?? []);
  }

  /** The octets of a file; null for what is none, is too large, or lies outside. */
  read(absolute: string): Buffer | null {
    const real = this.#real(absolute);
    if (real === null) return null;
    const known = this.#texts.get(real);
    if (known !== undefined) return known;
    if (this.#texts.size >= mostFiles) return null;
    const octets = octetsOf(real);
    this.#texts.set(real, octets);
    return octets;
  }

  isFolder(absolute: string): boolean {
    const real = this.#real(absolute);
    return real !== null && statSync(real, { throwIfNoEntry: false })?.isDirectory() === true;
  }

  /** The files of a folder and of those in it, two levels down; in the order of their names. */
  filesIn(absolute: string, depth = 2): readonly string[] {
    if (!this.isFolder(absolute)) return [];
    let names: string[];
    try {
      names = readdirSync(absolute).sort().slice(0, mostEntries);
    } catch {
      return [];
    }
    return names
      .flatMap((name) => {
        const path = join(absolute, name);
        if (!this.isFolder(path)) return [path];
        return depth > 0 && !name.startsWith('.git') && name !== 'node_modules'
          ? this.filesIn(path, depth - 1)
          : [];
      })
      .slice(0, mostEntries);
  }

  /** As a path is shown: from the working directory on, with `/`. */
  shown(absolute: string): string {
    return relative(this.#cwd, absolute).split(sep).join('/');
  }

  absolute(path: string): string {
    return resolve(this.#cwd, path);
  }

  #real(absolute: string): string | null {
    const real = realOf(absolute);
    return real !== null && this.#roots.some((root) => isBelow(root, real)) ? real : null;
  }
}

/** Null for what is not there, and for links that lead in a circle. */
function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function octetsOf(path: string): Buffer | null {
  try {
    const stats = statSync(path);
    // A pipe would keep us waiting.
    return stats.isFile() && stats.size <= mostOctets ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
