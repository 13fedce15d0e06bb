import { AltnameError, forbiddenInChain, printable, readCertificate } from '@altname/core';
import type { WantedName } from '../names/wanted-name.ts';

/** The certificates of a CA, and whether it is there already. */
interface Signer {
  /** PEM. */
  readonly root: string;
  readonly issuer: string;
  readonly permitted: readonly string[];
  readonly exists: boolean;
}

/**
 * Refuses names that a CA may not sign for, as verifiers would (RFC 5280 §6.1.3 (b)), before anything is made.
 *
 * @throws {AltnameError} `ALTNAME_BAD_AUTHORITY`, in one line that names them and says how to get them
 */
export function assertMaySign(
  { root, issuer, permitted, exists }: Signer,
  names: readonly WantedName[],
): void {
  const of = (kind: WantedName['kind']): string[] =>
    names.filter((name) => name.kind === kind).map(({ value }) => value);
  const [above, top] = [readCertificate(issuer), readCertificate(root)];
  const leaf = {
    names: { san: 'present', dns: of('dns'), ip: of('ip'), others: [], commonNames: [] },
    subject: { attributes: [], text: '' },
    selfIssued: false,
    nameConstraints: null,
  } as const;
  const forbidden = [...new Set(forbiddenInChain([leaf, above, top]).map(({ value }) => value))];
  if (forbidden.length === 0) return;
  const bases = [...new Set(forbidden.map((name) => name.replace(/^\*\./, '')))];
  // A domain has all below it.
  const needed = bases.filter((name) => !bases.some((other) => name.endsWith(`.${other}`)));
  const permits = needed.map((name) => `--permit ${name}`).join(' ');
  throw new AltnameError(
    'ALTNAME_BAD_AUTHORITY',
    `${listed(forbidden)}: outside what the CA may sign for (${permitted.join(', ')}); ask for a name below .test or, for a domain of your own, ${
      exists ? `make another CA: --ca-dir DIR ${permits}` : `let the CA that is to be made: ${permits}`
    }`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => printable(name, 100));
  return shown.join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}
