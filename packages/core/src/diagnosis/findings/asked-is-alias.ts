import { matchName } from '../../names/match.ts';
import { printable } from '../../names/printable.ts';
import { expectName, ifItIsTheServerYouMean, issueFor, useHost } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { bringsTrusted } from '../view.ts';

export const askedIsAlias: FindingRule = rule({
  code: 'asked-is-alias',
  severity: 'error',
  title: 'The name asked is an alias; the certificate is for what it stands for',
  find: (view) => {
    const { evidence, match, leaf, own } = view;
    if (match?.matches !== false || leaf === null) return null;
    for (const alias of evidence.names.dialled.cnames) {
      const again = evidence.attempts.find(({ sent }) => sent === alias);
      const trusted = bringsTrusted(view, again ?? own, alias) || bringsTrusted(view, own, alias);
      if (trusted || matchName(alias, leaf.names).matches) {
        return { name: evidence.names.checked.value ?? '', alias, trusted };
      }
    }
    return null;
  },
  message: ({ name, alias, trusted }) =>
    `${printable(name)} is an alias (CNAME) of ${printable(alias)}, and the certificate is for ${printable(alias)}${trusted ? '' : ', though not from a CA that is trusted here'}.`,
  fixes: (view, { name, alias, trusted }) => {
    const sure = trusted ? 'certain' : 'likely';
    const condition = trusted ? undefined : ifItIsTheServerYouMean;
    return [
      useHost(alias, sure, condition),
      ...expectName(view, alias, sure, condition),
      issueFor([name], 'likely'),
    ];
  },
});
