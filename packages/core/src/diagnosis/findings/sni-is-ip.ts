import { readIdentifier } from '../../names/identifier.ts';
import { clientOf, isProxyLeg } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings, type View } from '../view.ts';

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
  fixes: (view, { address }) => {
    const { title, nameOption, proxyNameOption } = clientOf(view);
    const toProxy = isProxyLeg(view);
    const option = toProxy ? (proxyNameOption ?? nameOption) : nameOption;
    return [
      isDoneByTheLibrary(view)
        ? {
            who: 'client',
            sure: 'needs-your-values',
            title: `give ${title} the name to expect in ${option}, or connect${toProxy ? ' to the proxy' : ''} by name instead of ${address}`,
          }
        : {
            who: 'client',
            sure: 'certain',
            title: `set servername only where the host is no address (net.isIP(host) === 0), never to ${address}`,
          },
    ];
  },
});

/** The program set no server name; the library made one of the address. */
function isDoneByTheLibrary(view: View): boolean {
  const { client, names } = view.evidence;
  if (client === null || names.sent.from === 'option-servername') return false;
  const { sentForIp, proxySentForIp } = clientOf(view);
  return (isProxyLeg(view) ? proxySentForIp : sentForIp) === 'address';
}
