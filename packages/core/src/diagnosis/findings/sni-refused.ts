import { printable } from '../../names/printable.ts';
import { expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { bringsTrusted, turnedAway } from '../view.ts';

export const sniRefused: FindingRule = rule({
  code: 'sni-refused',
  severity: 'error',
  title: 'The server refused the server name',
  find: (view) => {
    const { own, asked, evidence } = view;
    if (own.sent === null || !turnedAway(view)) return null;
    const alert = own.outcome.kind === 'alert' ? own.outcome.alert : null;
    const others = evidence.attempts.filter(
      (attempt) =>
        attempt.address === own.address && attempt.sent !== own.sent && attempt.outcome.kind === 'handshake',
    );
    if (alert?.number !== 112 && others.length === 0) return null;
    const fitting = others.find((attempt) => bringsTrusted(view, attempt, attempt.sent));
    return {
      sent: own.sent,
      how: alert === null ? 'closing the connection' : `alert ${alert.number} (${alert.name})`,
      accepts: fitting?.sent ?? null,
      withoutName: others.some(({ sent }) => sent === null),
      askedIsSent: asked?.value === own.sent,
    };
  },
  message: ({ sent, how, accepts, withoutName }) =>
    `The server answered the server name ${printable(sent)} by ${how}: it serves no such name` +
    (accepts !== null
      ? `, but it does serve ${printable(accepts)}.`
      : withoutName
        ? '; without a server name it answers.'
        : '.'),
  fixes: (view, { sent, accepts }) => [
    ...(accepts === null ? [] : expectName(view, accepts, 'certain')),
    {
      who: 'server',
      sure: 'likely',
      title: `configure a virtual host and certificate for ${printable(sent)} on the server`,
    },
  ],
});
