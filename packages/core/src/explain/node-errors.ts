import type { FindingCode } from '../diagnosis/catalogue.ts';
import type { ExplanationCertainty, FailureFamily } from './explanation.ts';

/** An error code of Node or OpenSSL, what it means, and which findings it can be. */
export interface NodeError {
  readonly code: string;
  readonly family: FailureFamily;
  /** Words that stand for the code in messages. Compared without regard to ASCII case. */
  readonly texts: readonly string[];
  /** One sentence. */
  readonly meaning: string;
  /** The findings it can be, the most usual first. */
  readonly findings: readonly FindingCode[];
  /** How sure the first of them is by the code alone; the others are possible. */
  readonly sure: ExplanationCertainty;
}

/** The known error code, or null. `code` is compared without regard to case. */
export function findNodeError(code: string): NodeError | null {
  const upper = code.toUpperCase();
  const known = byCode.get(upper) ?? byCode.get(aliases[upper] ?? '');
  if (known !== undefined) return known;
  if (!/^ERR_SSL_[A-Z0-9_/]+$/.test(upper)) return null;
  const reason = upper.slice('ERR_SSL_'.length).replaceAll('_', ' ').toLowerCase();
  return {
    code: upper,
    family: 'handshake',
    texts: [],
    meaning: `The TLS handshake broke off; OpenSSL calls it "${reason}".`,
    findings: ['handshake-failed'],
    sure: 'likely',
  };
}

/** The code of an OpenSSL reason as it stands in `SSL routines:…:REASON:`, spelled as Node does. */
export function codeOfSslReason(reason: string): string {
  return `ERR_SSL_${reason.trim().toUpperCase().replaceAll(' ', '_')}`;
}

const clientCertificateMeaning = 'The server refused the certificate of the client, or missed one';

/** The closed table. Codes of certificate chains are those of X509_verify_cert(3), as Node spells them. */
export const nodeErrors: readonly NodeError[] = [
  {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    family: 'name',
    texts: ['does not match certificate', "doesn't match certificate"],
    meaning:
      'The chain was accepted, but no name on the certificate fits the name that the client checked. Node prints that name and the names on the certificate; it does not print the server name that was sent, which chose the certificate.',
    findings: [
      'name-mismatch',
      'default-certificate',
      'ip-not-on-certificate',
      'ip-as-dns-san',
      'wildcard-depth',
      'wildcard-apex',
      'www-or-apex',
      'checked-defaulted-to-localhost',
      'sni-from-host-header',
      'sni-not-sent',
      'no-names',
      'search-domain-answered',
      'asked-is-alias',
      'typo-suspected',
      'refused-only-by-this-node',
    ],
    sure: 'possible',
  },
  {
    code: 'ERR_TLS_CERT_ALTNAME_FORMAT',
    family: 'name',
    texts: ['Invalid subject alternative name string'],
    meaning:
      'The subjectAltName of the certificate has a text that Node cannot read safely, so the certificate is refused.',
    findings: ['san-malformed'],
    sure: 'certain',
  },
  {
    code: 'HOSTNAME_MISMATCH',
    family: 'name',
    texts: ['hostname mismatch'],
    meaning: 'OpenSSL itself compared the name, and no name on the certificate fits.',
    findings: ['name-mismatch', 'default-certificate', 'name-only-in-cn'],
    sure: 'possible',
  },
  {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    family: 'chain',
    texts: ['self-signed certificate', 'self signed certificate', 'DEPTH_ZERO_SELF_SIGNED'],
    meaning:
      'The certificate of the server is signed with its own key, and is not among the trusted ones. Often it is not the certificate that was meant, but the default certificate of a proxy that got no server name or one it does not know.',
    findings: [
      'self-signed',
      'default-certificate',
      'sni-not-sent',
      'sni-required',
      'inspected-by-middlebox',
    ],
    sure: 'certain',
  },
  {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
    family: 'chain',
    texts: ['self-signed certificate in certificate chain', 'self signed certificate in certificate chain'],
    meaning:
      'The chain ends in a root certificate that this Node does not trust: a private authority, or a box that inspects TLS on the way.',
    findings: ['issuer-unknown', 'inspected-by-middlebox', 'extra-ca-replaced', 'default-certificate'],
    sure: 'likely',
  },
  {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    family: 'chain',
    texts: ['unable to verify the first certificate'],
    meaning:
      'The server sent its own certificate and nothing above it that leads to a trusted root: an intermediate certificate is missing, or its issuer is a private authority.',
    findings: ['intermediate-missing', 'issuer-unknown', 'extra-ca-replaced', 'default-certificate'],
    sure: 'likely',
  },
  {
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    family: 'chain',
    texts: ['unable to get local issuer certificate'],
    meaning:
      'The issuer of a certificate is neither among those the server sent nor among the trusted roots: a private authority, a missing intermediate, or a box that inspects TLS on the way.',
    findings: ['issuer-unknown', 'intermediate-missing', 'inspected-by-middlebox', 'extra-ca-replaced'],
    sure: 'likely',
  },
  {
    code: 'UNABLE_TO_GET_ISSUER_CERT',
    family: 'chain',
    texts: ['unable to get issuer certificate'],
    meaning: 'The issuer of an intermediate certificate could not be found among the trusted roots.',
    findings: ['issuer-unknown', 'intermediate-missing', 'extra-ca-replaced'],
    sure: 'likely',
  },
  {
    code: 'CERT_HAS_EXPIRED',
    family: 'chain',
    texts: ['certificate has expired'],
    meaning: 'A certificate of the chain is past its last day, or the clock of this machine runs ahead.',
    findings: ['expired', 'clock-suspect', 'default-certificate'],
    sure: 'certain',
  },
  {
    code: 'CERT_NOT_YET_VALID',
    family: 'chain',
    texts: ['certificate is not yet valid'],
    meaning: 'A certificate of the chain begins later than now, or the clock of this machine is behind.',
    findings: ['not-yet-valid', 'clock-suspect'],
    sure: 'certain',
  },
  {
    code: 'PERMITTED_VIOLATION',
    family: 'chain',
    texts: ['permitted subtree violation'],
    meaning:
      'The authority may only issue for certain names, and a name on the certificate is not among them.',
    findings: ['name-forbidden-by-ca'],
    sure: 'certain',
  },
  {
    code: 'EXCLUDED_VIOLATION',
    family: 'chain',
    texts: ['excluded subtree violation'],
    meaning: 'The authority is forbidden to issue for a name that stands on the certificate.',
    findings: ['name-forbidden-by-ca'],
    sure: 'certain',
  },
  ...chainRest([
    [
      'CERT_SIGNATURE_FAILURE',
      'certificate signature failure',
      'The signature of a certificate does not fit its issuer.',
    ],
    ['CERT_CHAIN_TOO_LONG', 'certificate chain too long', 'The chain is longer than OpenSSL follows.'],
    ['CERT_REVOKED', 'certificate revoked', 'A certificate of the chain was revoked.'],
    [
      'INVALID_CA',
      'invalid CA certificate',
      'A certificate that issued another one is not marked as an authority.',
    ],
    [
      'PATH_LENGTH_EXCEEDED',
      'path length constraint exceeded',
      'An authority issued for more levels below it than it may.',
    ],
    [
      'INVALID_PURPOSE',
      'unsuitable certificate purpose|unsupported certificate purpose',
      'The certificate may not be used for a TLS server (extended key usage).',
    ],
    ['CERT_UNTRUSTED', 'certificate not trusted', 'The root is known, but not trusted for this purpose.'],
    [
      'CERT_REJECTED',
      'certificate rejected',
      'The root is known, and marked to be rejected for this purpose.',
    ],
    [
      'EE_KEY_TOO_SMALL',
      'EE certificate key too weak',
      'The key of the certificate is too short for this OpenSSL.',
    ],
    [
      'CA_KEY_TOO_SMALL',
      'CA certificate key too weak',
      'The key of an issuing certificate is too short for this OpenSSL.',
    ],
    [
      'CA_MD_TOO_WEAK',
      'CA signature digest algorithm too weak',
      'A certificate is signed with a hash that is too weak (SHA-1 or MD5).',
    ],
    [
      'UNABLE_TO_GET_CRL',
      'unable to get certificate CRL',
      'A revocation list was asked for and could not be found.',
    ],
  ]),
  {
    code: 'ERR_INVALID_ARG_VALUE',
    family: 'server-name',
    texts: ['Setting the TLS ServerName to an IP address is not permitted'],
    meaning:
      'An IP address was given as server name. RFC 6066 allows only DNS names there; Node 26 throws, older lines warn (DEP0123).',
    findings: ['sni-is-ip'],
    sure: 'certain',
  },
  {
    code: 'DEP0123',
    family: 'server-name',
    texts: [],
    meaning:
      'An IP address was given as server name. This Node only warns; Node 26 throws ERR_INVALID_ARG_VALUE in the same place.',
    findings: ['sni-is-ip'],
    sure: 'certain',
  },
  {
    code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    family: 'handshake',
    texts: ['unrecognized name'],
    meaning: 'The server answered with alert 112: it does not serve the server name that was sent.',
    findings: ['sni-refused', 'sni-not-normal', 'sni-from-host-header', 'sni-is-ip'],
    sure: 'certain',
  },
  {
    code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    family: 'handshake',
    texts: ['alert handshake failure'],
    meaning:
      'The server answered with alert 40. With many proxies that is the answer to a missing or unknown server name; it can also be a protocol version, a cipher or a client certificate.',
    findings: [
      'sni-required',
      'sni-refused',
      'client-certificate-required',
      'protocol-version',
      'handshake-failed',
    ],
    sure: 'possible',
  },
  {
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    family: 'handshake',
    texts: ['alert protocol version'],
    meaning: 'The server answered with alert 70: it does not speak the TLS versions that were offered.',
    findings: ['protocol-version'],
    sure: 'certain',
  },
  {
    code: 'ERR_SSL_UNSUPPORTED_PROTOCOL',
    family: 'handshake',
    texts: ['unsupported protocol'],
    meaning: 'The server chose a TLS version that this Node does not accept.',
    findings: ['protocol-version'],
    sure: 'certain',
  },
  {
    code: 'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
    family: 'handshake',
    texts: ['no protocols available'],
    meaning: 'No TLS version is left between minVersion and maxVersion.',
    findings: ['protocol-version'],
    sure: 'certain',
  },
  {
    code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    family: 'handshake',
    texts: ['wrong version number'],
    meaning:
      'What came back is no TLS: usually plain HTTP, or a protocol that wants STARTTLS first, or https:// spoken to the port of a plain proxy.',
    findings: ['not-tls', 'starttls-needed', 'protocol-version'],
    sure: 'likely',
  },
  {
    code: 'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    family: 'handshake',
    texts: ['packet length too long'],
    meaning: 'What came back is no TLS: its first bytes make no sense as a TLS record.',
    findings: ['not-tls', 'starttls-needed'],
    sure: 'likely',
  },
  {
    code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
    family: 'handshake',
    texts: ['unexpected eof while reading'],
    meaning: 'The other side closed the connection without the closing words of TLS.',
    findings: ['reset', 'sni-required'],
    sure: 'certain',
  },
  ...clientCertificate([
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'alert certificate required', 'none was sent (alert 116)'],
    [
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'alert bad certificate',
      'it could not be read or verified, or none was sent (alert 42)',
    ],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'alert unknown ca', 'its issuer is not known there (alert 48)'],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      'alert certificate unknown',
      'it was not acceptable (alert 46)',
    ],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'alert certificate expired',
      'it is past its last day (alert 45)',
    ],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', 'alert certificate revoked', 'it was revoked (alert 44)'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'alert access denied', 'it gives no access (alert 49)'],
  ]),
  {
    code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    family: 'handshake',
    texts: ['alert internal error'],
    meaning:
      'The server answered with alert 80, a fault of its own. Some servers say so when they have no certificate for the server name that was sent.',
    findings: ['sni-refused', 'sni-required', 'handshake-failed'],
    sure: 'possible',
  },
  {
    code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    family: 'handshake',
    texts: ['alert no application protocol'],
    meaning: 'The server answered with alert 120: none of the ALPN protocols that were offered suits it.',
    findings: ['handshake-failed'],
    sure: 'likely',
  },
  {
    code: 'EPROTO',
    family: 'handshake',
    texts: [],
    meaning:
      'OpenSSL broke off the handshake while data was being written or read; the words after "SSL routines:" and the alert number say why.',
    findings: ['not-tls', 'sni-refused', 'sni-required', 'protocol-version', 'handshake-failed'],
    sure: 'possible',
  },
  {
    code: 'ECONNRESET',
    family: 'handshake',
    texts: ['Client network socket disconnected before secure TLS connection was established'],
    meaning:
      'The other side closed the connection before TLS was established. Servers and filters do so when the server name is missing or not allowed, when the port speaks another protocol, or when they are overloaded.',
    findings: ['reset', 'sni-required', 'sni-refused', 'not-tls', 'protocol-version'],
    sure: 'certain',
  },
  {
    code: 'ERR_TLS_HANDSHAKE_TIMEOUT',
    family: 'handshake',
    texts: ['TLS handshake timeout'],
    meaning: 'The other side accepted the connection and did not finish the handshake in time.',
    findings: ['timeout', 'not-tls', 'starttls-needed'],
    sure: 'certain',
  },
  {
    code: 'ENOTFOUND',
    family: 'transport',
    texts: ['getaddrinfo ENOTFOUND'],
    meaning: 'The name has no address in DNS.',
    findings: ['dns-not-found'],
    sure: 'certain',
  },
  {
    code: 'EAI_AGAIN',
    family: 'transport',
    texts: ['getaddrinfo EAI_AGAIN'],
    meaning: 'The name server did not answer, or said to ask again later.',
    findings: ['dns-not-found'],
    sure: 'possible',
  },
  {
    code: 'ECONNREFUSED',
    family: 'transport',
    texts: ['connect ECONNREFUSED'],
    meaning: 'The address answered, but nothing listens on the port.',
    findings: ['refused'],
    sure: 'certain',
  },
  {
    code: 'ETIMEDOUT',
    family: 'transport',
    texts: ['connect ETIMEDOUT'],
    meaning: 'Nothing answered at the address and port in time.',
    findings: ['timeout'],
    sure: 'certain',
  },
  {
    code: 'UND_ERR_CONNECT_TIMEOUT',
    family: 'transport',
    texts: ['Connect Timeout Error'],
    meaning: 'undici, which fetch is made of, got no connection in time.',
    findings: ['timeout'],
    sure: 'certain',
  },
  {
    code: 'EHOSTUNREACH',
    family: 'transport',
    texts: ['connect EHOSTUNREACH'],
    meaning: 'There is no way to the address from this machine.',
    findings: ['refused', 'timeout'],
    sure: 'possible',
  },
  {
    code: 'NODE_TLS_REJECT_UNAUTHORIZED',
    family: 'unchecked',
    texts: ["environment variable to '0' makes TLS connections"],
    meaning:
      'This process verifies neither chain nor name, so that wrong certificates no longer show, and anybody on the way can read along.',
    findings: [],
    sure: 'likely',
  },
];

/** Codes that mean the same as another one, from other versions or other programs. */
const aliases: Readonly<Record<string, string>> = {
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN': 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED': 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED': 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED',
  ERR_SSL_TLSV13_ALERT_HANDSHAKE_FAILURE: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ERR_SSL_TLSV1_ALERT_HANDSHAKE_FAILURE: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  ERR_SSL_UNEXPECTED_EOF: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
  SELF_SIGNED_CERTIFICATE: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  SELF_SIGNED_CERTIFICATE_IN_CHAIN: 'SELF_SIGNED_CERT_IN_CHAIN',
  EHOSTDOWN: 'EHOSTUNREACH',
  ENETUNREACH: 'EHOSTUNREACH',
  ENODATA: 'ENOTFOUND',
};

const byCode: ReadonlyMap<string, NodeError> = new Map(nodeErrors.map((error) => [error.code, error]));

function chainRest(rows: readonly (readonly [code: string, texts: string, meaning: string])[]): NodeError[] {
  return rows.map(([code, texts, meaning]) => ({
    code,
    family: 'chain',
    texts: texts.split('|'),
    meaning,
    findings: ['chain-not-accepted'],
    sure: 'certain',
  }));
}

function clientCertificate(
  rows: readonly (readonly [code: string, text: string, why: string])[],
): NodeError[] {
  return rows.map(([code, text, why]) => ({
    code,
    family: 'handshake',
    texts: [text],
    meaning: `${clientCertificateMeaning}: ${why}.`,
    findings: ['client-certificate-required'],
    sure: 'likely',
  }));
}
