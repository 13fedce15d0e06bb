import { normalServerName } from '../../names/server-name.ts';
import { printable } from '../../names/printable.ts';
import { expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { brings, bringsTrusted, turnedAwayByName } from '../view.ts';
import { hasUnrelatedLeaf } from './unrelated-leaf.ts';

export const sniNotNormal: FindingRule = rule({
  code: 'sni-not-normal',
  title: 'The server name is not in its normal form',
  find: (view) => {
    const { own } = view;
    const normal = own.sent === null ? null : normalServerName(own.sent);
    if (own.sent === null || normal === null || normal === own.sent) return null;
    const again =
      view.evidence.attempts.find(({ sent }) => sent === normal) ?? (view.seenInside ? own : undefined);
    const fits = again !== undefined && brings(view, again, normal);
    // From inside a program only this one attempt is seen.
    const misunderstood = again === own && !fits && (turnedAwayByName(view) || hasUnrelatedLeaf(view));
    const better =
      again === own ? view.nameRefused : view.verdict === 'refused' || !brings(view, own, normal);
    return {
      sent: own.sent,
      normal,
      what: oddity(own.sent),
      decisive: (fits && better) || misunderstood,
      misunderstood,
      trusted: fits && again !== undefined && bringsTrusted(view, again, normal),
    };
  },
  severity: ({ decisive }) => (decisive ? 'error' : 'warning'),
  message: ({ sent, normal, what, decisive, misunderstood }) =>
    `The server name goes out as “${printable(sent)}”, with ${what}, which no server has to understand (RFC 6066 §3)` +
    (misunderstood
      ? `, and this one did not; ${normal} is its normal form.`
      : decisive
        ? `; as ${normal} it brings a certificate that fits.`
        : `; ${normal} is its normal form.`),
  fixes: (view, { normal, decisive, trusted }) =>
    expectName(view, normal, decisive && trusted ? 'certain' : 'likely'),
});

function oddity(sent: string): string {
  if (/:\d+$/.test(sent)) return 'a port';
  if (sent.endsWith('.')) return 'a dot at the end';
  if (/[A-Z]/.test(sent)) return 'capital letters';
  return sent.startsWith('[') ? 'brackets' : 'characters that are not ASCII';
}
