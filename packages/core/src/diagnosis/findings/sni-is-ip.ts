import { readIdentifier } from '../../names/identifier.ts';
import { clientOf } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings } from '../view.ts';

export const sniIsIp: FindingRule = rule({
  code: 'sni-is-ip',
  title: 'The server name is an IP address',
  find: (view) => {
    const { own, evidence } = view;
    const read = own.sent === null ? 'empty' : readIdentifier(own.sent.replace(/^\[|\]$/g, ''));
    if (typeof read === 'string' || read.kind !== 'ip') return null;
    const without = attemptsFor(view, 'no-server-name')[0];
    const checked = evidence.names.checked.value;
    const refused = own.outcome.kind === 'client-refused' || own.outcome.kind === 'alert';
    return {
      address: read.value,
      refusedByNode: own.outcome.kind === 'client-refused',
      decisive:
        refused || (without !== undefined && brings(view, without, checked) && !brings(view, own, checked)),
      client: evidence.client === null ? null : clientOf(view).title,
    };
  },
  severity: ({ decisive }) => (decisive ? 'error' : 'warning'),
  message: ({ address, refusedByNode, client }) =>
    `${client === null ? 'The server name' : `${client}'s server name`} is the address ${address}, which RFC 6066 §3 does not allow` +
    (refusedByNode ? '; this Node throws before it connects.' : '; Node 26 and newer throw for it.'),
  fixes: (_view, { address }) => [
    {
      who: 'client',
      sure: 'certain',
      title: `set servername only where the host is no address (net.isIP(host) === 0), never to ${address}`,
    },
  ],
});
