import { matchName } from '../../names/match.ts';
import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const searchDomainAnswered: FindingRule = rule({
  code: 'search-domain-answered',
  title: 'A search domain answered for the name',
  find: ({ evidence, leaf, chainError }) => {
    const { host, searchDomain } = evidence.names.dialled;
    if (searchDomain === null) return null;
    const full = `${host}.${searchDomain}`;
    const isTheServer = leaf !== null && chainError === null && matchName(full, leaf.names).matches;
    return { host, domain: searchDomain, full, isTheServer };
  },
  severity: ({ isTheServer }, { verdict }) =>
    isTheServer ? 'note' : verdict === 'refused' ? 'error' : 'warning',
  message: ({ host, domain, full, isTheServer }) =>
    `${printable(host)} itself has no address: the search domain ${printable(domain)} was appended, and ${printable(full)} answered, ` +
    (isTheServer ? 'whose certificate has that whole name.' : "which may be somebody else's server."),
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
