import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const dnsNotFound: FindingRule = rule({
  code: 'dns-not-found',
  severity: 'error',
  title: 'The host has no address',
  find: ({ own, evidence }) => {
    const { host, addresses } = evidence.names.dialled;
    const { outcome } = own;
    const isOfDns =
      outcome.kind === 'unreachable' || (outcome.kind === 'timeout' && outcome.during === 'dns');
    if (addresses.length > 0 || !isOfDns) return null;
    return {
      host,
      reason: outcome.kind === 'unreachable' ? outcome.error.code : 'no answer from DNS in time',
    };
  },
  message: ({ host, reason }) =>
    `${printable(host)} could not be resolved (${printable(reason ?? 'no address')}).`,
  fixes: (_view, { host }) => [
    {
      who: 'client',
      sure: 'likely',
      title: `check the spelling of ${printable(host)}, and that this machine's DNS knows it`,
    },
    { who: 'dns', sure: 'likely', title: `or give ${printable(host)} an address record` },
  ],
});
