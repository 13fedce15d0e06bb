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

/** The names that a CA may not sign for, as verifiers would find (RFC 5280 §6.1.3 (b)). */
export function outside(
  { root, issuer }: Pick<Signer, 'root' | 'issuer'>,
  names: readonly WantedName[],
): string[] {
  const of = (kind: WantedName['kind']): string[] =>
    names.filter((name) => name.kind === kind).map(({ value }) => value);
  const leaf = {
    names: { san: 'present', dns: of('dns'), ip: of('ip'), others: [], commonNames: [] },
    subject: { attributes: [], text: '' },
    selfIssued: false,
    nameConstraints: null,
  } as const;
  const found = forbiddenInChain([leaf, readCertificate(issuer), readCertificate(root)]);
  return [...new Set(found.map(({ value }) => value))];
}

/** The options that would let a new CA sign for names: a domain has all below it. */
export function permitOptions(names: readonly string[]): string {
  const bases = [...new Set(names.map((name) => name.replace(/^\*\./, '')))];
  const needed = bases.filter((name) => !bases.some((other) => name.endsWith(`.${other}`)));
  return needed.map((name) => `--permit ${name}`).join(' ');
}

/**
 * Refuses names that a CA may not sign for, before anything is made.
 *
 * @throws {AltnameError} `ALTNAME_BAD_AUTHORITY`, in one line that names them and says how to get them
 */
export function assertMaySign(signer: Signer, names: readonly WantedName[]): void {
  const forbidden = outside(signer, names);
  if (forbidden.length === 0) return;
  const domains = signer.permitted.filter((text) => !text.includes('/'));
  const permits = permitOptions(forbidden);
  throw new AltnameError(
    'ALTNAME_BAD_AUTHORITY',
    `${listed(forbidden)}: outside what the CA may sign for (${domains.join(', ')}, private addresses); ask for a name below .test or, for a domain of your own, ${
      signer.exists ? `make another CA: --ca-dir DIR ${permits}` : `let the CA that is to be made: ${permits}`
    }`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => printable(name, 100));
  return shown.join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}
