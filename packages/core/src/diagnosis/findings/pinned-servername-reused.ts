import { printable } from '../../names/printable.ts';
import { expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted } from '../view.ts';

export const pinnedServernameReused: FindingRule = rule({
  code: 'pinned-servername-reused',
  severity: 'error',
  title: 'One pinned server name is used for several hosts',
  find: (view) => {
    const { evidence, asked, own, match, seenInside } = view;
    const others = evidence.servernameAlsoFor.filter((host) => host !== asked?.value);
    if (others.length === 0 || evidence.names.sent.from !== 'option-servername') return null;
    if (match?.matches !== false || own.sent === null || asked === null || own.sent === asked.value)
      return null;
    // One name for several addresses is right where they are one service: not where a certificate has the address.
    if (asked.kind === 'ip' && !(seenInside && brings(view, own, asked.value))) return null;
    const again = attemptsFor(view, 'asked-name')[0];
    return {
      sent: own.sent,
      asked: asked.value,
      others: others.slice(0, 5),
      proven: again !== undefined && bringsTrusted(view, again, asked.value),
    };
  },
  message: ({ sent, asked, others, proven }) =>
    `The server name ${printable(sent)} is pinned for several hosts (${[asked, ...others].map((name) => printable(name)).join(', ')}), and each has its own certificate` +
    (proven ? `; asked by its own name, ${printable(asked)} presents one that fits.` : '.'),
  fixes: (view, { asked, proven }) => [
    ...expectName(view, asked, proven ? 'certain' : 'likely'),
    {
      who: 'client',
      sure: 'likely',
      title: 'set the server name per host, not once for an agent, pool or cluster',
    },
  ],
});
