import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AltnameError, printable, readCertificate, type Certificate } from '@altname/core';
import { makeDirectory } from '../files/directory.ts';
import { writeFileWhole } from '../files/whole-file.ts';
import type { WantedName } from '../names/wanted-name.ts';
import { forbidsSubjects, limitsOf } from './limits.ts';
import { assertMaySign } from './may-sign.ts';
import { developmentSubtrees, subtreeText, type Subtree } from './subtree.ts';

/** A CA of this machine. Made by {@link openAuthority}. */
export interface Authority {
  /** The directory it lives in. */
  readonly dir: string;
  /** The file of the root: what clients trust. */
  readonly certificateFile: string;
  /** The file of what Firefox and NSS, and Chromium on Linux, trust in its place. */
  readonly browserFile: string;
  /** The file of the issuer's key. */
  readonly keyFile: string;
  /** The root, PEM. */
  readonly certificate: string;
  /** The issuer below the root, PEM: what servers send after their own certificate. */
  readonly issuer: string;
  /** The issuer's key, PKCS #8 in PEM. */
  readonly issuerKey: string;
  /** The domains and address ranges it may sign for. */
  readonly permitted: readonly string[];
  readonly notAfter: Date;
  /** It was not there, and was made. */
  readonly made: boolean;
  /** Others could read the key; they cannot any more. */
  readonly exposed: boolean;
}

export interface OpenAuthorityOptions {
  /** What it may sign for beyond {@link developmentSubtrees}. One that is there and may not is an error. */
  readonly permit?: readonly Subtree[];
  /** What it shall sign for at once: a new one that may not is not made. */
  readonly names?: readonly WantedName[];
  /** False: one that is not there is not made, and the answer is null. */
  readonly create?: boolean;
}

const files = { root: 'ca.pem', issuer: 'issuer.pem', key: 'issuer-key.pem', browser: 'browser-ca.pem' };

/**
 * Opens the CA of a directory, or makes one there: whole or not at all, whoever else makes one at the same moment.
 *
 * @throws {AltnameError} `ALTNAME_BAD_AUTHORITY`, in one line that names the directory, when what is there is no CA of
 *   altname, is damaged or past its end, or may not sign for what `permit` says.
 */
export async function openAuthority(
  dir: string,
  options: OpenAuthorityOptions & { create: false },
): Promise<Authority | null>;
export async function openAuthority(dir: string, options?: OpenAuthorityOptions): Promise<Authority>;
export async function openAuthority(
  dir: string,
  options: OpenAuthorityOptions = {},
): Promise<Authority | null> {
  const { permit = [], names = [], create = true } = options;
  const found = await load(dir, false);
  if (found !== null) return asWide(found, permit);
  if (!create) return null;
  const made = await make(dir, [...developmentSubtrees, ...permit], names);
  const authority = await load(dir, made);
  if (authority === null) throw bad(dir, 'it was there a moment ago, and is gone');
  return asWide(authority, permit);
}

/** @returns whether it is ours: another process may have been faster */
async function make(
  dir: string,
  permitted: readonly Subtree[],
  names: readonly WantedName[],
): Promise<boolean> {
  const { newAuthority } = await import('./new-authority.ts');
  const { root, issuer, issuerKey, browserRoot } = await newAuthority(permitted, new Date());
  assertMaySign({ root, issuer, permitted: permitted.map(subtreeText), exists: false }, names);
  let built;
  try {
    await makeDirectory(dir, 0o700);
    built = await mkdtemp(join(dir, '.new-'));
  } catch (error) {
    throw bad(
      dir,
      `nothing can be made there (${(error as NodeJS.ErrnoException).code}); a directory that can be written is expected`,
      error,
    );
  }
  try {
    await writeFileWhole(join(built, files.key), issuerKey, 0o600);
    await writeFileWhole(join(built, files.issuer), issuer, 0o644);
    await writeFileWhole(join(built, files.root), root, 0o644);
    await writeFileWhole(join(built, files.browser), browserRoot, 0o644);
    await chmod(built, 0o700);
    // A directory that is not empty is never replaced by a rename: the first one stays.
    await rename(built, join(dir, 'ca'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') {
      throw bad(dir, `nothing can be written there (${code})`, error);
    }
    return false;
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}

async function load(dir: string, made: boolean): Promise<Authority | null> {
  const folder = join(dir, 'ca');
  const there = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw bad(dir, `it cannot be read (${error.code})`, error);
  });
  if (there === null || (await readdir(folder)).length === 0) return null;
  const exposed = await closeToOthers(join(folder, files.key));
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch (error) {
      throw bad(
        dir,
        `ca/${name} cannot be read (${(error as NodeJS.ErrnoException).code}); put it back, or move the directory away for a new CA`,
        error,
      );
    }
  };
  const [root, issuer, issuerKey] = [await read(files.root), await read(files.issuer), await read(files.key)];
  const browserRoot = await read(files.browser);
  const issuerFacts = readPart(dir, files.issuer, issuer);
  readPart(dir, files.browser, browserRoot);
  const rootFacts = readPart(dir, files.root, root);
  if (!belongTogether(root, issuer, issuerKey) || !belongTogether(browserRoot, browserRoot, issuerKey))
    throw bad(dir, 'its certificates and its key do not belong together');
  const { permitted, problem } = limitsOf(issuerFacts);
  if (problem !== null) throw bad(dir, `${problem}; one that altname made is expected`);
  if (!forbidsSubjects(issuerFacts)) {
    throw bad(dir, 'its issuer may sign for a common name; one that altname made is expected');
  }
  const begin = Math.max(
    ...[issuerFacts, rootFacts].map(({ notBefore }) => notBefore?.getTime() ?? Infinity),
  );
  if (begin > Date.now()) {
    throw bad(dir, 'it has not begun yet: the clock of this machine is wrong, or was when it was made');
  }
  const end = new Date(Math.min(...[issuerFacts, rootFacts].map(({ notAfter }) => notAfter?.getTime() ?? 0)));
  if (end.getTime() < Date.now()) {
    throw bad(
      dir,
      `it ended on ${end.toISOString().slice(0, 10)}; take it from the trust stores (altname cert untrust), move the directory away, and make a new one`,
    );
  }
  return Object.freeze({
    dir,
    certificateFile: join(folder, files.root),
    browserFile: join(folder, files.browser),
    keyFile: join(folder, files.key),
    certificate: root,
    issuer,
    issuerKey,
    permitted,
    notAfter: end,
    made,
    exposed,
  });
}

/** @returns whether others could read it */
async function closeToOthers(file: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const mode = await stat(file).then(
    (entry) => entry.mode,
    () => 0,
  );
  if ((mode & 0o077) === 0) return false;
  // Some file systems have no modes: then there is nothing to close.
  await chmod(file, 0o600).catch(() => undefined);
  return ((await stat(file)).mode & 0o077) === 0;
}

function readPart(dir: string, name: string, pem: string): Certificate {
  try {
    return readCertificate(pem);
  } catch (error) {
    throw bad(dir, `ca/${name} is no certificate that can be read`, error);
  }
}

function belongTogether(root: string, issuer: string, issuerKey: string): boolean {
  try {
    const [above, below] = [new X509Certificate(root), new X509Certificate(issuer)];
    return (
      below.checkIssued(above) &&
      below.verify(above.publicKey) &&
      below.checkPrivateKey(createPrivateKey(issuerKey))
    );
  } catch {
    return false;
  }
}

function asWide(authority: Authority, permit: readonly Subtree[]): Authority {
  const lacking = permit.map(subtreeText).filter((text) => !authority.permitted.includes(text));
  if (lacking.length === 0) return authority;
  throw bad(
    authority.dir,
    `it may not sign for ${lacking.join(', ')}, and what it may is part of it; make another one with --ca-dir DIR`,
  );
}

function bad(dir: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_AUTHORITY',
    `the CA in ${printable(dir, 300)}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
