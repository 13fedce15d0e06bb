import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { plainProtocol } from './plain-protocol.ts';
import { sniRefused } from './sni-refused.ts';
import { sniRequired } from './sni-required.ts';

export const reset: FindingRule = rule({
  code: 'reset',
  severity: 'error',
  title: 'The server closed the connection during the handshake',
  find: (view) => {
    const { own, evidence } = view;
    if (own.outcome.kind !== 'reset' || plainProtocol(view) !== null) return null;
    if (sniRefused.find(view) !== null || sniRequired.find(view)?.['decisive'] === true) return null;
    const { host, port } = evidence.names.dialled;
    return { where: `${host}:${port}`, reason: own.outcome.error.code };
  },
  message: ({ where, reason }) =>
    `${printable(where)} closed the connection before the handshake was done${reason === null ? '' : ` (${printable(reason)})`}, without an alert that says why.`,
  fixes: () => [
    {
      who: 'server',
      sure: 'likely',
      title:
        'read the server’s own log: an unknown server name, a TLS version, or an access list ends it there',
    },
  ],
});
