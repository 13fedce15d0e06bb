import { formProblem } from '../../names/mismatch.ts';
import { listedName, printable } from '../../names/printable.ts';
import { expectName, ifItIsTheServerYouMean, issueFor } from '../remedies.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted, sameLeaf, type View } from '../view.ts';
import { dnsAsIpSan } from './dns-as-ip-san.ts';
import { ipAsDnsSan } from './ip-as-dns-san.ts';
import { ipNotOnCertificate } from './ip-not-on-certificate.ts';
import { nameOnlyInCn } from './name-only-in-cn.ts';
import { noNames } from './no-names.ts';
import { presentedAsUrl } from './presented-as-url.ts';
import { presentedNotAscii } from './presented-not-ascii.ts';
import { presentedTrailingDot } from './presented-trailing-dot.ts';
import { shortName } from './short-name.ts';
import { sanMalformed } from './san-malformed.ts';
import { typoSuspected } from './typo-suspected.ts';
import { wildcardApex } from './wildcard-apex.ts';
import { wildcardDepth } from './wildcard-depth.ts';
import { wildcardPartial } from './wildcard-partial.ts';
import { wildcardTooBroad } from './wildcard-too-broad.ts';
import { wwwOrApex } from './www-or-apex.ts';

/** Every way in which a name can be nearly right; without any of them it is simply another. */
export const specificNameRules: readonly FindingRule[] = [
  dnsAsIpSan,
  ipAsDnsSan,
  ipNotOnCertificate,
  nameOnlyInCn,
  noNames,
  presentedAsUrl,
  presentedNotAscii,
  presentedTrailingDot,
  sanMalformed,
  shortName,
  typoSuspected,
  wildcardApex,
  wildcardDepth,
  wildcardPartial,
  wildcardTooBroad,
  wwwOrApex,
];

export const nameMismatch: FindingRule = rule({
  code: 'name-mismatch',
  severity: 'error',
  title: 'The name is not on the certificate',
  find: (view) => {
    const { leaf, match, evidence } = view;
    if (leaf === null || match?.matches !== false) return null;
    if (specificNameRules.some((other) => other.find(view) !== null)) return null;
    const { dns, ip } = leaf.names;
    return {
      name: evidence.names.checked.value ?? '',
      presented: [...dns, ...ip].slice(0, 3),
      count: dns.length + ip.length,
      sameWithoutServerName: attemptsFor(view, 'no-server-name').some((other) =>
        sameLeaf(view, view.own, other),
      ),
    };
  },
  message: ({ name, presented, count, sameWithoutServerName }) =>
    `${printable(name)} is not ${count === 1 ? 'the one name' : `among the ${count} names`} on the certificate (${presented
      .map((each) => listedName(each, 60))
      .join(', ')}${count > presented.length ? ', …' : ''})` +
    (sameWithoutServerName ? '; the server presents the same one when no server name is sent.' : '.'),
  fixes: (view, { name }) => {
    const asked = asAsked(view);
    if (asked.length > 0) return asked;
    return [...throughTunnel(view), ...certificateOrHost(view, name)];
  },
});

/** The certificate lacks the name: then it is to be issued or presented, or another server was meant. */
export function certificateOrHost(view: View, name: string): FixDraft[] {
  return [
    issueFor([name], 'likely'),
    {
      who: 'server',
      sure: 'likely',
      title: `if a certificate for ${printable(name)} exists, configure the server to present it for that server name`,
    },
    ...correctName(view),
  ];
}

/** A server name that the program set, and a certificate that has the name it asked for: the option is wrong. */
function asAsked(view: View): FixDraft[] {
  const { asked, own } = view;
  if (!wasSet(view) || asked === null || !brings(view, own, asked.value)) return [];
  const sure = bringsTrusted(view, own, asked.value) ? 'certain' : 'likely';
  const fixes = expectName(view, asked.value, sure);
  return fixes.length > 0
    ? fixes
    : [{ who: 'client', sure, title: 'leave servername out: the certificate has what was asked for' }];
}

/** The host, or the server name that the program set in its place. */
function correctName(view: View): FixDraft[] {
  const { asked, reference } = view;
  if (wasSet(view) && asked !== null && asked.value !== 'localhost' && asked.value !== reference?.value) {
    const fixes = expectName(view, asked.value, 'likely');
    if (fixes.length > 0)
      return fixes.map((fix) => ({ ...fix, title: `or ${fix.title}, as it was asked for` }));
  }
  return [
    { who: 'client', sure: 'needs-your-values', title: 'or correct the host, if another server was meant' },
  ];
}

/** The program itself set the server name, and so the name that is checked. */
function wasSet({ seenInside, evidence }: View): boolean {
  return seenInside && evidence.names.checked.from === 'option-servername';
}

/** Behind localhost there is often a tunnel or a forwarded port: then the server is right, and the name checked is not. */
export function throughTunnel(view: View): FixDraft[] {
  const { reference, chainError, leaf } = view;
  if (reference?.value !== 'localhost' || chainError !== null || leaf === null) return [];
  const name = leaf.names.dns.find((each) => formProblem(each) === null && !each.startsWith('*.'));
  return name === undefined ? [] : expectName(view, name, 'needs-your-values', ifItIsTheServerYouMean);
}
