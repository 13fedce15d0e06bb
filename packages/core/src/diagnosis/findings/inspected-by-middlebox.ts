import { printable } from '../../names/printable.ts';
import { trustIssuer } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

/** Issuers of certificates that inspection products and debugging proxies make on the fly. */
const inspectors =
  /\b(zscaler|netskope|fortinet|fortigate|palo alto networks|pan-?os|blue ?coat|symantec web security|forcepoint|websense|sophos|barracuda|cisco (?:umbrella|secure access|wsa)|umbrella|mcafee web gateway|skyhigh|check ?point|watchguard|sonicwall|untangle|lightspeed|securly|goguardian|iboss|menlo|cato networks|cloudflare (?:gateway|for teams)|kaspersky|avast|avg (?:technologies|web)|eset|bitdefender|dr\.? ?web|adguard|nordvpn|superfish|mitmproxy|fiddler|do_not_trust|charles proxy|burp|portswigger|proxyman|owasp|zap root|squid|httptoolkit|http toolkit)\b/i;

export const inspectedByMiddlebox: FindingRule = rule({
  code: 'inspected-by-middlebox',
  title: 'A proxy on the way made this certificate',
  find: ({ leaf, chain }) => {
    const member = chain.find(({ issuer }) => inspectors.test(issuer.text));
    const product = member === undefined ? undefined : inspectors.exec(member.issuer.text)?.[1];
    return leaf === null || member === undefined || product === undefined
      ? null
      : { issuer: member.issuer.text, product };
  },
  severity: (_data, { verdict }) => (verdict === 'refused' ? 'error' : 'note'),
  message: ({ issuer, product }) =>
    `The certificate was issued by ${printable(issuer, 100)}: a proxy on the way (${printable(product, 40)}) ends TLS and makes certificates of its own.`,
  fixes: (view, { product }) => [
    ...trustIssuer(
      view,
      'only if the proxy is your organisation’s: take its CA from your IT department, never from this connection',
    ),
    {
      who: 'server',
      sure: 'needs-your-values',
      title: `or exempt this host from inspection by ${printable(product, 40)}`,
    },
  ],
});
