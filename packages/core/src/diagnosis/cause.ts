import { findingGroups, type FindingCode } from './catalogue.ts';

/**
 * What explains a failure best, first. The cause is the first finding of severity `error` in this order:
 *
 * 1. nobody answered, or not in TLS;
 * 2. the client sent or checked the wrong name, or went to the wrong place, and an attempt shows it;
 * 3. the server turned the handshake away;
 * 4. the answer is a default certificate: whether it is also self-signed or expired does not matter then;
 * 5. the chain, which Node judges before the name;
 * 6. the names on the certificate, the most telling first.
 */
export const causeOrder: readonly FindingCode[] = [
  'dns-not-found',
  'refused',
  'starttls-needed',
  'not-tls',

  'refused-only-by-this-node',
  'checked-defaulted-to-localhost',
  'sni-is-ip',
  'sni-required',
  'sni-from-host-header',
  'pinned-servername-reused',
  'sni-not-normal',
  'sni-not-sent',
  'sni-differs-from-checked',
  'search-domain-answered',
  'certificates-differ-by-address',
  'sni-refused',
  'client-certificate-required',
  'protocol-version',
  'timeout',
  'reset',
  'handshake-failed',

  'asked-is-alias',
  'sni-ignored',
  'inspected-by-middlebox',
  'default-certificate',

  // OpenSSL finds no issuer for a certificate whose subjectAltName it cannot read.
  'san-malformed',
  'clock-suspect',
  'extra-ca-replaced',
  'name-forbidden-by-ca',
  'expired',
  'not-yet-valid',
  'self-signed',
  'intermediate-missing',
  'issuer-unknown',
  'chain-not-accepted',

  'ip-as-dns-san',
  'dns-as-ip-san',
  'presented-not-ascii',
  'presented-as-url',
  'presented-trailing-dot',
  'name-only-in-cn',
  'no-names',
  'wildcard-partial',
  'wildcard-too-broad',
  'wildcard-depth',
  'wildcard-apex',
  'www-or-apex',
  'short-name',
  'underscore',
  'typo-suspected',
  'ip-not-on-certificate',
  'name-mismatch',
  'accepted-only-by-node',
];

/**
 * Errors that no failure comes of: they say what keeps a fault from being seen. They stand right behind its cause, which
 * is what has to be mended, and are never a cause themselves.
 */
export const besideCause: readonly FindingCode[] = ['verification-disabled-hides'];

/** Causes that say the certificate is the answer to the wrong question: that its names do not fit follows from them. */
const wrongQuestion: ReadonlySet<FindingCode> = new Set([
  'checked-defaulted-to-localhost',
  'sni-is-ip',
  'sni-from-host-header',
  'pinned-servername-reused',
  'sni-not-normal',
  'sni-not-sent',
  'sni-differs-from-checked',
  'search-domain-answered',
  'certificates-differ-by-address',
  'asked-is-alias',
]);

const aboutTheAnswer: ReadonlySet<FindingCode> = new Set([
  ...findingGroups.names,
  'default-certificate',
  'sni-ignored',
  'sni-refused',
  'sni-differs-from-checked',
]);

const missingIssuer: ReadonlySet<FindingCode> = new Set([
  'intermediate-missing',
  'issuer-unknown',
  'chain-not-accepted',
]);

const aboutTrust: ReadonlySet<FindingCode> = new Set(findingGroups['trust and time']);

/** Whether a finding is but a consequence of the cause: true, but not worth a line of its own. */
export function isConsequence(code: FindingCode, cause: FindingCode): boolean {
  if (code === cause) return false;
  if (wrongQuestion.has(cause)) return aboutTheAnswer.has(code);
  if (cause === 'san-malformed' || cause === 'extra-ca-replaced') return missingIssuer.has(code);
  return cause === 'default-certificate' && (code === 'name-mismatch' || code === 'sni-ignored');
}

/**
 * Whether a finding's fixes may stand beside those of the cause. What is wrong with a certificate that answers the
 * wrong question is nothing to mend: least of all by trusting its issuer.
 *
 * @param proven whether the right question was asked, too, and got another answer
 */
export function mayAdvise(code: FindingCode, cause: FindingCode | null, proven = true): boolean {
  if (cause === null || code === cause) return true;
  if (isConsequence(code, cause)) return false;
  // Where nobody has asked with a server name, the certificate may be the right one, of a CA of the user's own.
  if (cause === 'sni-not-sent' && !proven && code === 'issuer-unknown') return true;
  return !((wrongQuestion.has(cause) || cause === 'default-certificate') && aboutTrust.has(code));
}
