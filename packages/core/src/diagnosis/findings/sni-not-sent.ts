import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted } from '../view.ts';

export const sniNotSent: FindingRule = rule({
  code: 'sni-not-sent',
  title: 'The client sends no server name',
  find: (view) => {
    const { asked, own, leaf, verdict, evidence } = view;
    if (asked?.kind !== 'dns' || own.sent !== null || leaf === null || verdict === 'accepted') return null;
    const withName = attemptsFor(view, 'asked-name')[0];
    const checked = evidence.names.checked.value;
    return {
      name: asked.value,
      client: evidence.client === null ? null : clientOf(view).title,
      proven: withName !== undefined && brings(view, withName, checked) && !brings(view, own, checked),
      trusted: withName !== undefined && bringsTrusted(view, withName, checked),
    };
  },
  severity: ({ proven }) => (proven ? 'error' : 'warning'),
  message: ({ name, client, proven }) =>
    `${client ?? 'The client'} sent no server name (SNI), so the server presented its default certificate` +
    (proven ? `; asked again with ${printable(name)}, it presents one that fits.` : '.'),
  fixes: (view, { name, trusted }) => expectName(view, name, trusted ? 'certain' : 'likely'),
});
