import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AltnameError, addressText, printable, readCertificate, type Certificate } from '@altname/core';
import { writeFileWhole } from '../files/whole-file.ts';
import type { WantedName } from '../names/wanted-name.ts';
import { assertMaySign } from './may-sign.ts';
import { developmentSubtrees, subtreeText, type Subtree } from './subtree.ts';

/** A CA of this machine. Made by {@link openAuthority}. */
export interface Authority {
  /** The directory it lives in. */
  readonly dir: string;
  /** The file of the root: what clients trust. */
  readonly certificateFile: string;
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
}

export interface OpenAuthorityOptions {
  /** What it may sign for beyond {@link developmentSubtrees}. One that is there and may not is an error. */
  readonly permit?: readonly Subtree[];
  /** What it shall sign for at once: a new one that may not is not made. */
  readonly names?: readonly WantedName[];
  /** False: one that is not there is not made, and the answer is null. */
  readonly create?: boolean;
}

const files = { root: 'ca.pem', issuer: 'issuer.pem', key: 'issuer-key.pem' };

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
  const { root, issuer, issuerKey } = await newAuthority(permitted, new Date());
  assertMaySign({ root, issuer, permitted: permitted.map(subtreeText), exists: false }, names);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw bad(
      dir,
      `it cannot be made (${(error as NodeJS.ErrnoException).code}); a directory is expected`,
      error,
    );
  }
  const built = await mkdtemp(join(dir, '.new-'));
  try {
    await writeFileWhole(join(built, files.key), issuerKey, 0o600);
    await writeFileWhole(join(built, files.issuer), issuer, 0o644);
    await writeFileWhole(join(built, files.root), root, 0o644);
    await chmod(built, 0o700);
    // A directory that is not empty is never replaced by a rename: the first one stays.
    await rename(built, join(dir, 'ca'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
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
  if (there === null) return null;
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch (error) {
      throw bad(dir, `ca/${name} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
    }
  };
  const [root, issuer, issuerKey] = [await read(files.root), await read(files.issuer), await read(files.key)];
  const issuerFacts = readPart(dir, files.issuer, issuer);
  const rootFacts = readPart(dir, files.root, root);
  if (!belongTogether(root, issuer, issuerKey))
    throw bad(dir, 'its certificates and its key do not belong together');
  const { nameConstraints, notAfter } = issuerFacts;
  if (nameConstraints === null || nameConstraints === 'malformed' || nameConstraints.permitted.length === 0) {
    throw bad(dir, 'its issuer may sign for any name; one with name constraints is expected');
  }
  const end = new Date(Math.min(notAfter?.getTime() ?? 0, rootFacts.notAfter?.getTime() ?? 0));
  if (end.getTime() < Date.now()) {
    throw bad(
      dir,
      `it ended on ${end.toISOString().slice(0, 10)}; take it from the trust stores (altname cert untrust), move the directory away, and make a new one`,
    );
  }
  return Object.freeze({
    dir,
    certificateFile: join(folder, files.root),
    keyFile: join(folder, files.key),
    certificate: root,
    issuer,
    issuerKey,
    permitted: nameConstraints.permitted.map(permittedText),
    notAfter: end,
    made,
  });
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

/** `dns` as it stands; `ip` is an address and a mask of the same length, in hexadecimal. */
function permittedText({ kind, value }: { readonly kind: string; readonly value: string }): string {
  if (kind !== 'ip') return kind === 'dns' ? value : `${kind}:${value}`;
  const octets = Buffer.from(value, 'hex');
  const [base, mask] = [octets.subarray(0, octets.length / 2), octets.subarray(octets.length / 2)];
  const prefix = [...mask].reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0);
  return `${addressText(base) ?? value}/${prefix}`;
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
