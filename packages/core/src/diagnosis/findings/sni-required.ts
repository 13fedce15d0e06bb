import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, bringsTrusted, turnedAway, turnedAwayByName } from '../view.ts';
import { silencedByHostHeader } from './sni-from-host-header.ts';

export const sniRequired: FindingRule = rule({
  code: 'sni-required',
  title: 'The server answers only to a server name, and none was sent',
  find: (view) => {
    const { own, asked, evidence, seenInside } = view;
    const { outcome } = own;
    if (own.sent !== null || asked === null || !turnedAway(view) || silencedByHostHeader(view)) return null;
    const withName = attemptsFor(view, 'asked-name')[0];
    const answered = withName?.outcome.kind === 'handshake';
    // An address has no server name to try; the alert alone says what is missing.
    const saysSo = outcome.kind === 'alert' && outcome.alert.number === 112;
    // Inside a program there is no second attempt: what is known is that a name could have been sent, and was not.
    const couldSay = seenInside && asked.kind === 'dns' && view.reference?.kind !== 'ip';
    if (!answered && !saysSo && !couldSay) return null;
    return {
      name: asked.value,
      how:
        outcome.kind === 'alert'
          ? `alert ${outcome.alert.number} (${outcome.alert.name})`
          : 'closing the connection',
      client: evidence.client === null ? null : clientOf(view).title,
      answered,
      couldSay,
      decisive: answered || saysSo || turnedAwayByName(view),
      trusted: withName !== undefined && bringsTrusted(view, withName, asked.value),
    };
  },
  severity: ({ decisive }) => (decisive ? 'error' : 'warning'),
  message: ({ name, how, client, answered }) =>
    `${client ?? 'The client'} sent no server name (SNI), which the server answers by ${how}` +
    (answered ? `; asked with ${printable(name)}, it presents a certificate.` : '.'),
  fixes: (view, { name, answered, couldSay, trusted }) =>
    answered || couldSay
      ? expectName(view, name, trusted ? 'certain' : 'likely')
      : [
          {
            who: 'client',
            sure: 'needs-your-values',
            title: `use the server's name as the host, or give it as servername beside ${printable(name)}`,
          },
        ],
});
