import { normalServerName } from '../../names/server-name.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { brings, sameLeaf } from '../view.ts';

export const sniIgnored: FindingRule = rule({
  code: 'sni-ignored',
  severity: 'error',
  title: 'The server presents the same certificate for every name',
  find: (view) => {
    const { own, evidence, leaf, match } = view;
    if (leaf === null || match?.matches !== false) return null;
    const here = evidence.attempts.filter(
      (attempt) =>
        attempt.address === own.address &&
        attempt.purpose !== 'as-sent' &&
        attempt.outcome.kind === 'handshake',
    );
    const names = [
      ...new Set(here.flatMap(({ sent }) => (sent === null ? [] : (normalServerName(sent) ?? [])))),
    ];
    if (names.length < 2 || !here.some(({ sent }) => sent === null)) return null;
    if (
      here.some(
        (attempt) => !sameLeaf(view, own, attempt) || names.some((name) => brings(view, attempt, name)),
      )
    ) {
      return null;
    }
    return { names, presented: leaf.names.dns[0] ?? leaf.names.ip[0] ?? '' };
  },
  message: ({ names, presented }) =>
    `The server presents the same certificate (${printable(presented, 80)}) for ${names.map((name) => printable(name)).join(', for ')} and for no server name: it does not choose by server name.`,
  fixes: (_view, { names }) => [
    {
      who: 'server',
      sure: 'likely',
      title: 'let the server choose its certificate by server name (SNI), or end TLS at one that does',
    },
    issueFor(names, 'likely'),
  ],
});
