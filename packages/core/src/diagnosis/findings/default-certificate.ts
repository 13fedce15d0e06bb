import type { CertificateFacts } from '../../certificate/certificate.ts';
import { attributeValues } from '../../certificate/distinguished-name.ts';
import { formProblem } from '../../names/mismatch.ts';
import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, leafOf, sameLeaf, type View } from '../view.ts';
import { related } from './unrelated-leaf.ts';

/** Certificates that servers present when they have none for the name. */
const wellKnown: readonly (readonly [RegExp, string])[] = [
  [/^TRAEFIK DEFAULT CERT$/i, 'Traefik'],
  [/^Kubernetes Ingress Controller Fake Certificate$/i, 'ingress-nginx'],
  [/^ingress\.local$/i, 'ingress-nginx'],
  [/\.traefik\.default$/i, 'Traefik'],
  [/\.webhostbox\.net$/i, 'the hosting provider'],
  [/\.dreamhost\.com$/i, 'the hosting provider'],
  [/\.azurewebsites\.net$/i, 'Azure App Service'],
  [/^sni\.cloudflaressl\.com$/i, 'Cloudflare'],
  [/\.plesk\.page$|^Plesk$/i, 'Plesk'],
  [/^(?:Parallels Panel|cPanel)/i, 'the hosting panel'],
  [/^(?:ssl-cert-)?snakeoil|^debian$|^ubuntu$/i, "the distribution's snakeoil certificate"],
];

/** Labels that say “for lack of a better one”. */
const placeholder =
  /(?:^|[.-])(?:default|default-server|fallback|placeholder|dummy|fake|catch-?all|invalid|unknown)(?:[.-]|$)/i;

/** What nobody trusts anywhere else is a placeholder too: trusted, it is somebody's development certificate. */
const untrustedPlaceholder = /(?:^|[.-])(?:localhost|localdomain)(?:[.-]|$)/i;

export const defaultCertificate: FindingRule = rule({
  code: 'default-certificate',
  severity: 'error',
  title: 'The server presented its default certificate',
  find: (view) => {
    const { leaf, own, reference, match, verdict } = view;
    if (leaf === null || reference === null || match?.matches !== false || verdict === 'accepted')
      return null;
    const names = [...leaf.names.dns, ...leaf.names.commonNames];
    if (reference.kind === 'dns' && names.some((name) => related(name, reference.value))) return null;
    const known = wellKnown.find(([pattern]) => names.some((name) => pattern.test(name)));
    const without = attemptsFor(view, 'no-server-name')[0];
    const isDefault = own.sent === null || (without !== undefined && sameLeaf(view, own, without));
    if (known === undefined && !(reference.kind === 'dns' && isDefault && hasSign(view, leaf, names)))
      return null;
    return {
      name: reference.value,
      subject: names[0] ?? leaf.subject.text,
      by: known?.[1] ?? null,
      picksByName: anotherLeafHere(view),
    };
  },
  message: ({ name, subject, by, picksByName }) =>
    `The server has no certificate for ${printable(name)} and fell back to its default one (${printable(subject, 80)}` +
    (by === null ? ')' : `, known from ${by})`) +
    (picksByName ? '; for another server name it presents another certificate.' : '.'),
  fixes: (_view, { name }) => [
    {
      who: 'server',
      sure: 'likely',
      title: `configure a certificate for ${name} (virtual host, ingress rule or secret), then reload`,
    },
    { who: 'dns', sure: 'likely', title: `or point ${name} at the server that has it` },
  ],
});

/** Something beside its being unrelated that says the certificate was nobody's choice for this name. */
function hasSign(view: View, leaf: CertificateFacts, names: readonly string[]): boolean {
  if (anotherLeafHere(view) || names.some((name) => placeholder.test(name))) return true;
  if (attributeValues(leaf.subject, 'O').some((value) => /default|fake|acme co/i.test(value))) return true;
  if (view.chainError !== null)
    return leaf.selfSigned || names.some((name) => untrustedPlaceholder.test(name));
  // Behind localhost is a tunnel, and at its other end the right server.
  return view.reference?.value !== 'localhost' && isWholeDomain(leaf.names.dns);
}

/** `*.provider.example`, alone or with `provider.example`: what a hosting provider puts on every machine. */
function isWholeDomain(dns: readonly string[]): boolean {
  const wildcard = dns.find((name) => name.startsWith('*.') && formProblem(name) === null);
  return wildcard !== undefined && dns.every((name) => name === wildcard || name === wildcard.slice(2));
}

/** The server presents another leaf for another server name at the same address: it picks by name. */
function anotherLeafHere(view: View): boolean {
  const { own } = view;
  return view.evidence.attempts.some(
    (attempt) =>
      attempt.address === own.address &&
      attempt.sent !== own.sent &&
      leafOf(view, attempt) !== null &&
      !sameLeaf(view, attempt, own),
  );
}
