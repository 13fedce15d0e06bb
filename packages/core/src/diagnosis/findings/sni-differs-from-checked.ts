import { printable } from '../../names/printable.ts';
import { matchName } from '../../names/match.ts';
import { expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { bringsTrusted } from '../view.ts';

export const sniDiffersFromChecked: FindingRule = rule({
  code: 'sni-differs-from-checked',
  severity: 'error',
  title: 'One name is sent and another is checked',
  find: (view) => {
    const { own, leaf, reference, match, evidence } = view;
    if (leaf === null || reference === null || own.sent === null || match?.matches !== false) return null;
    if (
      own.sent.toLowerCase().replace(/\.$/, '') === reference.value ||
      !matchName(own.sent, leaf.names).matches
    ) {
      return null;
    }
    const again = evidence.attempts.find(({ sent }) => sent === reference.value);
    return {
      sent: own.sent,
      checked: reference.value,
      otherFits: again !== undefined && bringsTrusted(view, again, reference.value),
    };
  },
  message: ({ sent, checked, otherFits }) =>
    `The client sends ${printable(sent)} and gets a certificate for it, but checks ${printable(checked)}` +
    (otherFits ? `, for which the server presents another one.` : '.'),
  fixes: (view, { sent, checked, otherFits }) =>
    otherFits
      ? expectName(view, checked, 'certain')
      : expectName(view, sent, 'needs-your-values', `only if ${printable(sent)} is the server you mean`),
});
