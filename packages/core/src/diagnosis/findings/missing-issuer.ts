import type { CertificateFacts } from '../../certificate/certificate.ts';
import { attributeValues } from '../../certificate/distinguished-name.ts';
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
}

/** The gap in the chain, when it is what Node refuses. */
export function missingIssuer(view: View): MissingIssuer | null {
  const { chainError, leaf, chain } = view;
  if (leaf === null || chainError === null || leaf.selfSigned || !issuerErrors.has(chainError.code ?? ''))
    return null;
  const last = endOfChain(leaf, chain);
  return { last, looksIntermediate: last.selfIssued ? null : signOfIntermediate(view, last) };
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
  /\b(?:intermediate|inter|int|ica|issuing|subordinate|sub[ -]?ca|signing ca|server ca|tls ca|(?:r|e|ye|yr|we|wr)\d{1,2}|dv|ov|ev)\b/i;

function signOfIntermediate(view: View, last: CertificateFacts): string | null {
  const { evidence } = view;
  const elsewhere = Object.values(evidence.certificates).some(
    (other) => other.subject.text === last.issuer.text && !other.selfIssued,
  );
  if (elsewhere) return 'another attempt brought it';
  if (evidence.trust.relatedRoot !== null)
    return `a root of the same owner is trusted (${evidence.trust.relatedRoot})`;
  if (last.caIssuers.length > 0) return 'the certificate says where to download it';
  const issuer = attributeValues(last.issuer, 'CN').join(' ');
  if (/\broot\b/i.test(issuer)) return null;
  return intermediateName.test(issuer) ? 'its name is that of an intermediate' : null;
}
