import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { AltnameError, printable } from '@altname/core';
import ignore, { type Ignore } from 'ignore';

/** A file that is there to be read. */
export interface WalkedFile {
  /** From the working directory on, with `/` on every system. */
  readonly path: string;
  readonly absolute: string;
  /** Octets; null for what cannot be read, a folder too. */
  readonly size: number | null;
  /** Whether it was named itself, and not found in a folder. */
  readonly isGiven: boolean;
}

/** What git has, and what was installed. */
const never: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules']);

/** Git ignores them for what they hold, and that is why they are read. */
const alwaysRead = /^\.env(?:\.|$)/;

/** Rules of a folder: patterns count from there on. */
interface Rules {
  readonly folder: string;
  readonly patterns: Ignore;
}

/**
 * The files below the paths, in the order of their names; none twice. What `.gitignore` and `exclude` name is left out,
 * but for files that are given themselves; links are not followed.
 *
 * @param exclude patterns as in `.gitignore`, from the working directory on
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for a path that is neither a file nor a folder that can be read
 */
export function* walk(
  paths: readonly string[],
  cwd: string,
  exclude: readonly string[],
): Generator<WalkedFile> {
  const seen = new Set<string>();
  const excluded: Rules = { folder: cwd, patterns: ignore().add([...exclude]) };
  for (const given of paths) {
    if (given === '')
      throw new AltnameError('ALTNAME_BAD_OPTION', 'a path is empty: a file or a folder is expected');
    const absolute = resolve(cwd, given);
    const stats = statsOf(absolute, given);
    if (stats.isFile()) {
      if (!seen.has(absolute))
        yield { path: pathFrom(cwd, absolute), absolute, size: stats.size, isGiven: true };
      seen.add(absolute);
    } else {
      for (const file of filesIn(absolute, [excluded, ...rulesAbove(absolute)], given)) {
        if (seen.has(file.absolute)) continue;
        seen.add(file.absolute);
        yield { ...file, path: pathFrom(cwd, file.absolute), isGiven: false };
      }
    }
  }
}

function statsOf(absolute: string, given: string): Stats {
  const shown = `"${printable(given)}"`;
  const stats = statsIfThere(absolute, shown);
  if (stats === undefined) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `${shown} is not there: a file or a folder is expected`);
  }
  if (!stats.isFile() && !stats.isDirectory()) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `${shown} is neither a file nor a folder`);
  }
  try {
    accessSync(absolute, constants.R_OK);
  } catch (error) {
    throw unreadable(shown, error);
  }
  return stats;
}

function unreadable(shown: string, error: unknown): AltnameError {
  const { code } = error as NodeJS.ErrnoException;
  return new AltnameError('ALTNAME_BAD_OPTION', `${shown} cannot be read: ${code ?? String(error)}`);
}

function statsIfThere(absolute: string, shown: string): Stats | undefined {
  try {
    return statSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw unreadable(shown, error);
  }
}

function* filesIn(
  folder: string,
  above: readonly Rules[],
  given?: string,
): Generator<Omit<WalkedFile, 'path' | 'isGiven'>> {
  const entries = entriesOf(folder, given);
  if (entries === null) {
    yield { absolute: folder, size: null };
    return;
  }
  const rules = entries.some(({ name }) => name === '.gitignore') ? [...above, ...rulesOf(folder)] : above;
  for (const entry of entries) {
    const absolute = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!never.has(entry.name) && !isIgnored(absolute, true, rules)) yield* filesIn(absolute, rules);
    } else if (entry.isFile() && (alwaysRead.test(entry.name) || !isIgnored(absolute, false, rules))) {
      yield { absolute, size: sizeOf(absolute) };
    }
  }
}

/** Null where it went while we looked, and where its name is not in UTF-8. */
function sizeOf(absolute: string): number | null {
  return statSync(absolute, { throwIfNoEntry: false })?.size ?? null;
}

/** Null for a folder below the given one that may not be read. */
function entriesOf(folder: string, given?: string): readonly Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
      one.name < other.name ? -1 : 1,
    );
  } catch (error) {
    if (given === undefined) return null;
    throw unreadable(`"${printable(given)}"`, error);
  }
}

/** The rules of the folders above one, up to the one that git knows; none where git knows none. */
function rulesAbove(folder: string): readonly Rules[] {
  const rules: Rules[] = [];
  for (let at = folder; ;) {
    if (at !== folder) rules.unshift(...rulesOf(at));
    if (existsSync(join(at, '.git'))) return rules;
    const above = resolve(at, '..');
    if (above === at) return [];
    at = above;
  }
}

function rulesOf(folder: string): readonly Rules[] {
  try {
    return [{ folder, patterns: ignore().add(readFileSync(join(folder, '.gitignore'), 'utf8')) }];
  } catch {
    return [];
  }
}

/** The last rule that says something holds, as in git. */
function isIgnored(absolute: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, patterns } of rules) {
    const path = pathFrom(folder, absolute);
    if (path.startsWith('../')) continue;
    const answer = patterns.test(isFolder ? `${path}/` : path);
    if (answer.ignored) ignored = true;
    if (answer.unignored) ignored = false;
  }
  return ignored;
}

function pathFrom(folder: string, absolute: string): string {
  return relative(folder, absolute).split(sep).join('/');
}
