import type { FindingCode } from './catalogue.ts';

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

  'clock-suspect',
  'extra-ca-replaced',
  'name-forbidden-by-ca',
  'expired',
  'not-yet-valid',
  'self-signed',
  'intermediate-missing',
  'issuer-unknown',
  'chain-not-accepted',

  'san-malformed',
  'ip-as-dns-san',
  'dns-as-ip-san',
  'presented-not-ascii',
  'presented-trailing-dot',
  'name-only-in-cn',
  'no-names',
  'wildcard-partial',
  'wildcard-too-broad',
  'wildcard-depth',
  'wildcard-apex',
  'www-or-apex',
  'typo-suspected',
  'ip-not-on-certificate',
  'name-mismatch',
  'accepted-only-by-node',
];
