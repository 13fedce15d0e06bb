import type { NameInUse } from '../sources/name-in-use.ts';
import { chainChanges } from './chain-changes.ts';
import type { RotationChange } from './rotation-change.ts';
import { leafChanges } from './leaf-changes.ts';
import { nameChanges, presentedInUse, type NameChange } from './name-changes.ts';
import { readSide } from './side.ts';
import { validityChanges } from './validity-changes.ts';

/** What a rotation does to those who connect. */
export interface CertificateDiff {
  /** A name in use stops working, or a change makes clients refuse. */
  readonly breaks: boolean;
  /** What breaks comes first, then what begins, what is on neither, and what stays. */
  readonly names: readonly NameChange[];
  /** Entries of the names in use that no certificate can carry. */
  readonly leftOut: readonly NameInUse[];
  /** The worst first. */
  readonly changes: readonly RotationChange[];
}

export interface CertificateDiffOptions {
  /**
   * The names in use, as `namesFrom` gives them. When not given: those that the old certificate presents, each wildcard
   * standing for itself, and those that the new one adds.
   */
  readonly names?: readonly NameInUse[];
  /** Milliseconds since the epoch; the present when not given. */
  readonly now?: number;
}

/**
 * Compares two certificates before one takes the place of the other. Pure: asks nobody, and whether clients trust the
 * issuer is not known here.
 *
 * @param before the certificates of the file that is in use, in its order; the leaf is the first that is no authority
 * @param after those of the file that shall take its place
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when one of them has no certificate that can be read
 */
export function diffCertificates(
  before: readonly { readonly der: Uint8Array }[],
  after: readonly { readonly der: Uint8Array }[],
  options: CertificateDiffOptions = {},
): CertificateDiff {
  const { now = Date.now() } = options;
  const [old, fresh] = [readSide(before), readSide(after)];
  const inUse = options.names ?? presentedInUse(old, fresh);
  const names = nameChanges(old, fresh, inUse).sort((a, b) => nameOrder[a.change] - nameOrder[b.change]);
  const changes = [
    ...sameCertificate(old.leaf.fingerprints.sha256, fresh.leaf.fingerprints.sha256),
    ...chainChanges(old, fresh),
    ...leafChanges(old, fresh),
    ...validityChanges(old.leaf, fresh.leaf, now),
  ].sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity]);
  return {
    breaks:
      names.some(({ change }) => change === 'breaks') ||
      changes.some(({ severity }) => severity === 'breaks'),
    names,
    leftOut: inUse.filter(({ name }) => name === null),
    changes,
  };
}

const nameOrder = { breaks: 0, begins: 1, never: 2, stays: 3 } as const;
const severityOrder = { breaks: 0, risk: 1, note: 2 } as const;

function sameCertificate(before: string, after: string): RotationChange[] {
  if (before !== after) return [];
  return [
    {
      code: 'same-certificate',
      severity: 'note',
      before,
      after,
      message: 'the leaf is the very same certificate',
    },
  ];
}
