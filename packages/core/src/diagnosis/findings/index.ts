import type { FindingCode } from '../catalogue.ts';
import type { FindingRule } from '../rule.ts';
import { nameMismatch } from './name-mismatch.ts';
import { wildcardDepth } from './wildcard-depth.ts';
import { wildcardApex } from './wildcard-apex.ts';
import { wildcardPartial } from './wildcard-partial.ts';
import { wildcardTooBroad } from './wildcard-too-broad.ts';
import { wwwOrApex } from './www-or-apex.ts';
import { shortName } from './short-name.ts';
import { typoSuspected } from './typo-suspected.ts';
import { ipNotOnCertificate } from './ip-not-on-certificate.ts';
import { ipAsDnsSan } from './ip-as-dns-san.ts';
import { dnsAsIpSan } from './dns-as-ip-san.ts';
import { nameOnlyInCn } from './name-only-in-cn.ts';
import { noNames } from './no-names.ts';
import { sanMalformed } from './san-malformed.ts';
import { presentedTrailingDot } from './presented-trailing-dot.ts';
import { presentedAsUrl } from './presented-as-url.ts';
import { presentedNotAscii } from './presented-not-ascii.ts';
import { underscore } from './underscore.ts';
import { sniNotSent } from './sni-not-sent.ts';
import { sniFromHostHeader } from './sni-from-host-header.ts';
import { sniIsIp } from './sni-is-ip.ts';
import { sniNotNormal } from './sni-not-normal.ts';
import { sniDiffersFromChecked } from './sni-differs-from-checked.ts';
import { checkedDefaultedToLocalhost } from './checked-defaulted-to-localhost.ts';
import { defaultCertificate } from './default-certificate.ts';
import { sniRefused } from './sni-refused.ts';
import { sniRequired } from './sni-required.ts';
import { sniIgnored } from './sni-ignored.ts';
import { certificatesDifferByAddress } from './certificates-differ-by-address.ts';
import { askedIsAlias } from './asked-is-alias.ts';
import { searchDomainAnswered } from './search-domain-answered.ts';
import { pinnedServernameReused } from './pinned-servername-reused.ts';
import { selfSigned } from './self-signed.ts';
import { issuerUnknown } from './issuer-unknown.ts';
import { intermediateMissing } from './intermediate-missing.ts';
import { expired } from './expired.ts';
import { notYetValid } from './not-yet-valid.ts';
import { expiresSoon } from './expires-soon.ts';
import { nameForbiddenByCa } from './name-forbidden-by-ca.ts';
import { clockSuspect } from './clock-suspect.ts';
import { inspectedByMiddlebox } from './inspected-by-middlebox.ts';
import { chainNotAccepted } from './chain-not-accepted.ts';
import { dnsNotFound } from './dns-not-found.ts';
import { refused } from './refused.ts';
import { timeout } from './timeout.ts';
import { reset } from './reset.ts';
import { notTls } from './not-tls.ts';
import { starttlsNeeded } from './starttls-needed.ts';
import { protocolVersion } from './protocol-version.ts';
import { clientCertificateRequired } from './client-certificate-required.ts';
import { handshakeFailed } from './handshake-failed.ts';
import { verificationDisabled } from './verification-disabled.ts';
import { identityCheckDisabled } from './identity-check-disabled.ts';
import { verificationDisabledHides } from './verification-disabled-hides.ts';
import { nodeVersionHazard } from './node-version-hazard.ts';
import { acceptedOnlyByNode } from './accepted-only-by-node.ts';
import { refusedOnlyByThisNode } from './refused-only-by-this-node.ts';
import { extraCaReplaced } from './extra-ca-replaced.ts';

/** Every entry of the catalogue by its code. */
export const findingRules: Readonly<Record<FindingCode, FindingRule>> = {
  'name-mismatch': nameMismatch,
  'wildcard-depth': wildcardDepth,
  'wildcard-apex': wildcardApex,
  'wildcard-partial': wildcardPartial,
  'wildcard-too-broad': wildcardTooBroad,
  'www-or-apex': wwwOrApex,
  'short-name': shortName,
  'typo-suspected': typoSuspected,
  'ip-not-on-certificate': ipNotOnCertificate,
  'ip-as-dns-san': ipAsDnsSan,
  'dns-as-ip-san': dnsAsIpSan,
  'name-only-in-cn': nameOnlyInCn,
  'no-names': noNames,
  'san-malformed': sanMalformed,
  'presented-trailing-dot': presentedTrailingDot,
  'presented-not-ascii': presentedNotAscii,
  'presented-as-url': presentedAsUrl,
  underscore: underscore,
  'sni-not-sent': sniNotSent,
  'sni-from-host-header': sniFromHostHeader,
  'sni-is-ip': sniIsIp,
  'sni-not-normal': sniNotNormal,
  'sni-differs-from-checked': sniDiffersFromChecked,
  'checked-defaulted-to-localhost': checkedDefaultedToLocalhost,
  'default-certificate': defaultCertificate,
  'sni-refused': sniRefused,
  'sni-required': sniRequired,
  'sni-ignored': sniIgnored,
  'certificates-differ-by-address': certificatesDifferByAddress,
  'asked-is-alias': askedIsAlias,
  'search-domain-answered': searchDomainAnswered,
  'pinned-servername-reused': pinnedServernameReused,
  'self-signed': selfSigned,
  'issuer-unknown': issuerUnknown,
  'intermediate-missing': intermediateMissing,
  expired: expired,
  'not-yet-valid': notYetValid,
  'expires-soon': expiresSoon,
  'name-forbidden-by-ca': nameForbiddenByCa,
  'clock-suspect': clockSuspect,
  'inspected-by-middlebox': inspectedByMiddlebox,
  'chain-not-accepted': chainNotAccepted,
  'dns-not-found': dnsNotFound,
  refused: refused,
  timeout: timeout,
  reset: reset,
  'not-tls': notTls,
  'starttls-needed': starttlsNeeded,
  'protocol-version': protocolVersion,
  'client-certificate-required': clientCertificateRequired,
  'handshake-failed': handshakeFailed,
  'verification-disabled': verificationDisabled,
  'identity-check-disabled': identityCheckDisabled,
  'verification-disabled-hides': verificationDisabledHides,
  'node-version-hazard': nodeVersionHazard,
  'accepted-only-by-node': acceptedOnlyByNode,
  'refused-only-by-this-node': refusedOnlyByThisNode,
  'extra-ca-replaced': extraCaReplaced,
};
