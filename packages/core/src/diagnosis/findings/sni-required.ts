import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, bringsTrusted, turnedAway } from '../view.ts';

export const sniRequired: FindingRule = rule({
  code: 'sni-required',
  severity: 'error',
  title: 'The server answers only to a server name, and none was sent',
  find: (view) => {
    const { own, asked, evidence } = view;
    if (own.sent !== null || asked?.kind !== 'dns' || !turnedAway(view)) return null;
    const withName = attemptsFor(view, 'asked-name')[0];
    if (withName?.outcome.kind !== 'handshake') return null;
    const { outcome } = own;
    return {
      name: asked.value,
      how:
        outcome.kind === 'alert'
          ? `alert ${outcome.alert.number} (${outcome.alert.name})`
          : 'closing the connection',
      client: evidence.client === null ? null : clientOf(view).title,
      trusted: bringsTrusted(view, withName, asked.value),
    };
  },
  message: ({ name, how, client }) =>
    `${client ?? 'The client'} sent no server name (SNI), which the server answers by ${how}; asked with ${printable(name)}, it presents a certificate.`,
  fixes: (view, { name, trusted }) => expectName(view, name, trusted ? 'certain' : 'likely'),
});
