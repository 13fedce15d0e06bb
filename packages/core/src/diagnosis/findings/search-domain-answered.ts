import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const searchDomainAnswered: FindingRule = rule({
  code: 'search-domain-answered',
  title: 'A search domain answered for the name',
  find: ({ evidence }) => {
    const { host, searchDomain } = evidence.names.dialled;
    return searchDomain === null ? null : { host, domain: searchDomain, full: `${host}.${searchDomain}` };
  },
  severity: (_data, { verdict }) => (verdict === 'refused' ? 'error' : 'warning'),
  message: ({ host, domain, full }) =>
    `${printable(host)} itself has no address: the search domain ${printable(domain)} was appended, and ${printable(full)} answered, which may be somebody else's server.`,
  fixes: (_view, { host, full }) => [
    {
      who: 'dns',
      sure: 'likely',
      title: `give ${printable(host)} its own record, or correct the host: no record of that name was found`,
    },
    {
      who: 'client',
      sure: 'needs-your-values',
      title: `use the whole name ${printable(full)} as the host`,
      condition: 'only if that is the server you mean',
    },
    {
      who: 'client',
      sure: 'likely',
      title: 'keep search domains from answering: ndots:1 in resolv.conf (Kubernetes: dnsConfig.options)',
    },
  ],
});
