import type { WantedName } from '../names/wanted-name.ts';
import { openAuthority } from './authority.ts';
import { outside, permitOptions } from './may-sign.ts';
import { developmentSubtrees, type Subtree } from './subtree.ts';

/** What the CA of a directory may not sign for. */
export interface OutsideAuthority {
  /** As they would stand on a certificate. */
  readonly names: readonly string[];
  /** The options of `altname cert` with which another CA may; null when there is none to be permitted. */
  readonly options: string | null;
}

/**
 * Which of the names the CA of a directory may not sign for, or the one that would be made there. Nothing is made.
 *
 * @throws {AltnameError} as {@link openAuthority}
 */
export async function outsideAuthority(
  dir: string,
  names: readonly WantedName[],
  permit: readonly Subtree[] = [],
): Promise<OutsideAuthority> {
  const there = await openAuthority(dir, { create: false, permit });
  const { newAuthority } = await import('./new-authority.ts');
  const signer =
    there === null
      ? await newAuthority([...developmentSubtrees, ...permit], new Date())
      : { root: there.certificate, issuer: there.issuer };
  const found = outside(signer, names);
  if (found.length === 0) return { names: [], options: null };
  // What a CA may sign for is part of it: it takes another one, be there one here or not.
  return { names: found, options: `--ca-dir DIR ${permitOptions(found)}` };
}
