import type { CertificateFacts } from '../../certificate/certificate.ts';
import { attributeValues } from '../../certificate/distinguished-name.ts';
import { printable } from '../../names/printable.ts';
import type { View } from '../view.ts';

const issuerErrors = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
]);

/** A certificate whose issuer was not found, and what it looks like. */
export interface MissingIssuer {
  /** The last certificate of the chain that could be built. */
  readonly last: CertificateFacts;
  /** Why the issuer is likely to be an intermediate that the server should send; null when it is not. */
  readonly looksIntermediate: string | null;
  /** A root of the issuer's very name was given, but its key did not sign: the CA was made anew. */
  readonly sameNameGiven: boolean;
}

/** The gap in the chain, when it is what Node refuses. */
export function missingIssuer(view: View): MissingIssuer | null {
  const { chainError, leaf, chain } = view;
  if (leaf === null || chainError === null || leaf.selfSigned || !issuerErrors.has(chainError.code ?? ''))
    return null;
  const last = endOfChain(leaf, chain);
  const issuer = last.issuer.text;
  // Subjects of given roots are kept escaped. With this one code the issuer was found, and its own issuer was not.
  const sameNameGiven =
    chainError.code !== 'UNABLE_TO_GET_ISSUER_CERT' && view.evidence.trust.given.includes(printable(issuer));
  const isRoot = last.selfIssued || sameNameGiven;
  return { last, looksIntermediate: isRoot ? null : signOfIntermediate(view, last), sameNameGiven };
}

/** From the leaf, issuer after issuer, as far as the certificates sent lead. */
function endOfChain(leaf: CertificateFacts, sent: readonly CertificateFacts[]): CertificateFacts {
  let last = leaf;
  for (let steps = 0; steps < sent.length && !last.selfIssued; steps++) {
    const next = sent.find(
      ({ subject, selfIssued }) =>
        subject.text === last.issuer.text && (!selfIssued || subject.text !== last.subject.text),
    );
    if (next === undefined || next === last) break;
    last = next;
  }
  return last;
}

const intermediateName =
  /\b(?:intermediate|inter|int|ica|issuing|subordinate|sub[ -]?ca|signing ca|tls ca|(?:r|e|ye|yr|we|wr)\d{1,2}|dv|ov|ev)\b/i;

function signOfIntermediate(view: View, last: CertificateFacts): string | null {
  const { evidence } = view;
  // What stands in Node's path without being sent came from the trust store.
  const elsewhere = Object.values(evidence.certificates).some(
    (other) => other.subject.text === last.issuer.text && !other.selfIssued && !view.path.includes(other),
  );
  if (elsewhere) return 'another attempt brought it';
  const issuer = attributeValues(last.issuer, 'CN').join(' ');
  // A private root can share an owner or a word with a public one, as that of Amazon RDS does.
  if (/\broot\b/i.test(issuer) && !/\bintermediate\b/i.test(issuer)) return null;
  if (evidence.trust.relatedRoot !== null)
    return `a root of the same owner is trusted (${evidence.trust.relatedRoot})`;
  if (last.caIssuers.length > 0) return 'the certificate says where to download it';
  return intermediateName.test(issuer) ? 'its name is that of an intermediate' : null;
}
