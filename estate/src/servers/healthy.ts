import { startTlsProtocols } from '@altname/core';
import { accepted, always, behindStartTls, tls, type ServerGroup } from '../server.ts';
import type { CertificateSpec } from '../world.ts';
import { forgetsIpv6 } from './runtime.ts';

const mail: CertificateSpec = { by: 'issuing', names: ['mail.shop.test'] };

/** Nothing is wrong. A tool that finds something here is wrong itself. */
export const healthy: ServerGroup = {
  group: 'healthy',
  servers: [
    {
      name: 'healthy',
      title: 'the right certificate',
      ask: 'https://www.shop.test',
      serve: always({ by: 'issuing', names: ['www.shop.test', 'shop.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:vhost',
      title: 'the right certificate among several, chosen by name',
      ask: 'https://b.shop.test',
      serve: tls({
        hosts: {
          'a.shop.test': { by: 'issuing', names: ['a.shop.test'] },
          'b.shop.test': { by: 'issuing', names: ['b.shop.test'], key: 'RSA-2048' },
        },
        unknown: 'unrecognized_name',
      }),
      expected: accepted(),
    },
    {
      name: 'healthy:wildcard',
      title: 'a name one level below a wildcard',
      ask: 'https://api.shop.test',
      serve: always({ by: 'issuing', names: ['*.shop.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:constrained',
      title: 'a name that a constrained CA may issue for',
      ask: 'https://wiki.corp.test',
      serve: always({ by: 'constrained', names: ['wiki.corp.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:address',
      title: 'an address asked, and the address on the certificate',
      ask: 'https://127.0.0.1:{port}',
      reach: 'direct',
      serve: always({ names: ['127.0.0.1', 'localhost'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:v6',
      title: 'an IPv6 address asked, and the address on the certificate',
      ask: 'https://[::1]:{port}',
      reach: 'direct',
      serve: always({ names: ['::1', 'localhost'] }),
      expected: accepted(),
      unavailable: (node) => (forgetsIpv6(node) ? `Node ${node} never matches an IPv6 address` : null),
    },
    {
      name: 'healthy:alias',
      title: 'an alias whose own name is on the certificate',
      ask: 'https://shop-alias.test:{port}',
      reach: 'dns',
      zone: { 'shop-alias.test': 'cdn.host.test', 'cdn.host.test': ['127.0.0.1'] },
      serve: always({ by: 'issuing', names: ['shop-alias.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:idn',
      title: 'a name with an umlaut, as its A-label on the certificate',
      ask: 'https://bücher.shop.test',
      serve: always({ by: 'issuing', names: ['bücher.shop.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:one-address',
      title: 'two addresses, of which only the second answers',
      ask: 'https://dual.shop.test:{port}',
      reach: 'dns',
      zone: { 'dual.shop.test': ['127.0.0.3', '127.0.0.1'] },
      serve: always({ by: 'issuing', names: ['dual.shop.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:search',
      title: 'a short name that the search domain completes, and that is on the certificate',
      ask: 'https://wiki:{port}',
      reach: 'dns',
      zone: { 'wiki.office.test': ['127.0.0.1'] },
      options: { searchDomains: ['office.test'] },
      serve: always({ names: ['wiki', 'wiki.office.test'] }),
      expected: accepted(),
    },
    {
      name: 'healthy:pinned',
      title: 'an address dialled, a name of one’s own sent and checked',
      ask: 'https://127.0.0.1:{port}',
      reach: 'direct',
      options: { servername: 'db.shop.test' },
      serve: tls({ hosts: { 'db.shop.test': { by: 'issuing', names: ['db.shop.test'] } }, unknown: 'close' }),
      expected: accepted(),
    },
    ...startTlsProtocols.map((protocol) => ({
      name: `healthy:${protocol}`,
      title: `${protocol} with STARTTLS and the right certificate`,
      ask: 'mail.shop.test:1234',
      options: { starttls: protocol },
      serve: behindStartTls(protocol, always(mail)),
      expected: accepted(),
    })),
  ],
};
