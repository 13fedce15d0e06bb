import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const refused: FindingRule = rule({
  code: 'refused',
  severity: 'error',
  title: 'Nothing can be reached on that port',
  find: ({ own, evidence }) => {
    const { host, port, addresses } = evidence.names.dialled;
    const { outcome } = own;
    if (addresses.length === 0 || (outcome.kind !== 'refused' && outcome.kind !== 'unreachable')) return null;
    return {
      where: `${host}:${port}`,
      addresses: addresses.slice(0, 4),
      reason: outcome.error.code,
      noRoute: outcome.kind === 'unreachable',
    };
  },
  message: ({ where, addresses, reason, noRoute }) =>
    `${printable(where)} (${addresses.join(', ')}) ${noRoute ? 'could not be reached' : 'refused the connection'}${reason === null ? '' : ` (${printable(reason)})`}.`,
  fixes: (_view, { noRoute }) => [
    {
      who: 'server',
      sure: 'likely',
      title: noRoute
        ? 'check the route, firewall and VPN on the way to it'
        : 'start the server, or check its port and the firewall',
    },
  ],
});
