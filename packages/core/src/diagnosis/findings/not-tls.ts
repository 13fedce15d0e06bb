import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { plainProtocol, protocolTitles, startTlsProtocols } from './plain-protocol.ts';

export const notTls: FindingRule = rule({
  code: 'not-tls',
  severity: 'error',
  title: 'The port does not speak TLS',
  find: (view) => {
    const plain = plainProtocol(view);
    if (plain === null || startTlsProtocols.has(plain.speaks)) return null;
    const { host, port } = view.evidence.names.dialled;
    return { where: `${host}:${port}`, speaks: plain.speaks, sample: plain.sample };
  },
  message: ({ where, speaks, sample }) =>
    `${printable(where)} speaks ${speaks === null ? 'something that is no TLS' : `plain ${protocolTitles[speaks]}`}${sample === '' ? '' : ` (“${printable(sample, 60)}”)`}.`,
  fixes: (_view, { speaks }) => [
    {
      who: 'client',
      sure: 'likely',
      title:
        speaks === 'http'
          ? 'use the port that speaks https (often 443 or 8443)'
          : 'use the port that speaks TLS',
    },
    { who: 'server', sure: 'likely', title: 'or switch TLS on for this port' },
  ],
});
