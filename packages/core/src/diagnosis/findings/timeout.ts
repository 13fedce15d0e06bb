import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

const phases = {
  dns: 'while the name was being resolved',
  connect: 'before the connection was there',
  starttls: 'in the exchange before TLS',
  handshake: 'in the middle of the handshake',
};

export const timeout: FindingRule = rule({
  code: 'timeout',
  severity: 'error',
  title: 'No answer in time',
  find: ({ own, evidence }) => {
    const { host, port, addresses } = evidence.names.dialled;
    if (own.outcome.kind !== 'timeout' || (own.outcome.during === 'dns' && addresses.length === 0))
      return null;
    return { where: `${host}:${port}`, during: own.outcome.during, ms: own.ms };
  },
  message: ({ where, during, ms }) =>
    `${printable(where)} gave no answer for ${(ms / 1000).toFixed(1)} s, ${phases[during]}.`,
  fixes: (_view, { during }) => [
    {
      who: 'server',
      sure: 'likely',
      title:
        during === 'handshake'
          ? 'check that the port speaks TLS at once, and that nothing on the way swallows large packets (MTU)'
          : 'check that the server runs, and the firewall on the way',
    },
  ],
});
