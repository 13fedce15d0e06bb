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
    const { outcome } = own;
    if (own.sent !== null || asked === null || !turnedAway(view)) return null;
    const withName = attemptsFor(view, 'asked-name')[0];
    const answered = withName?.outcome.kind === 'handshake';
    // An address has no server name to try; the alert alone says what is missing.
    const saysSo = outcome.kind === 'alert' && outcome.alert.number === 112;
    if (!answered && !saysSo) return null;
    return {
      name: asked.value,
      how:
        outcome.kind === 'alert'
          ? `alert ${outcome.alert.number} (${outcome.alert.name})`
          : 'closing the connection',
      client: evidence.client === null ? null : clientOf(view).title,
      answered,
      trusted: withName !== undefined && bringsTrusted(view, withName, asked.value),
    };
  },
  message: ({ name, how, client, answered }) =>
    `${client ?? 'The client'} sent no server name (SNI), which the server answers by ${how}` +
    (answered ? `; asked with ${printable(name)}, it presents a certificate.` : '.'),
  fixes: (view, { name, answered, trusted }) =>
    answered
      ? expectName(view, name, trusted ? 'certain' : 'likely')
      : [
          {
            who: 'client',
            sure: 'needs-your-values',
            title: `use the server's name as the host, or give it as servername beside ${printable(name)}`,
          },
        ],
});
