import { acceptedInError, always, refused, tls, type ServerGroup } from '../server.ts';
import type { CertificateSpec } from '../world.ts';

/** What Traefik presents when no router fits: self-signed, with a made-up name. */
const traefikDefault: CertificateSpec = {
  by: 'self',
  subject: { CN: 'TRAEFIK DEFAULT CERT' },
  names: ['0f3b1c2d4e5f60718293a4b5c6d7e8f9.5a1b2c3d4e5f60718293a4b5c6d7e8f9.traefik.default'],
};

/** What the Kubernetes ingress controller presents when no secret fits. */
const ingressDefault: CertificateSpec = {
  by: 'self',
  subject: { CN: 'Kubernetes Ingress Controller Fake Certificate', O: 'Acme Co' },
  names: ['ingress.local'],
};

/** The certificate of a hosting provider, which every unknown customer gets. */
const provider: CertificateSpec = { by: 'issuing', names: ['*.webhost.test', 'webhost.test'] };

const redis: CertificateSpec = { by: 'issuing', names: ['redis.shop.test'] };
const api: CertificateSpec = { by: 'issuing', names: ['api.shop.test'] };
const app: CertificateSpec = { by: 'issuing', names: ['app.shop.test'] };
const onAddress: CertificateSpec = { names: ['127.0.0.1'] };

/** The server name that was sent, or the one that was checked, is not the one that was asked. */
export const serverName: ServerGroup = {
  group: 'server name',
  servers: [
    {
      name: 'sni-not-sent',
      title: 'ioredis sends no server name, and gets the default certificate',
      ask: 'rediss://redis.shop.test',
      options: { client: 'ioredis' },
      serve: tls({ hosts: { 'redis.shop.test': redis }, unknown: provider }),
      expected: refused('sni-not-sent'),
    },
    {
      name: 'sni-not-sent:off',
      title: 'the server name is switched off',
      ask: 'https://app.shop.test',
      options: { servername: false },
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: traefikDefault }),
      expected: refused('sni-not-sent'),
    },
    {
      name: 'sni-from-host-header',
      title: 'a proxy passes the browser’s Host header on, and it became the server name',
      ask: 'https://api.shop.test',
      options: { hostHeader: 'localhost:3000' },
      serve: always(api),
      expected: refused('sni-from-host-header'),
    },
    {
      name: 'sni-from-host-header:vhost',
      title: 'the Host header of a front became the server name, and chose another certificate',
      ask: 'https://api.shop.test',
      options: { hostHeader: 'www.front.test' },
      serve: tls({ hosts: { 'api.shop.test': api }, unknown: provider }),
      expected: refused('sni-from-host-header'),
    },
    {
      name: 'sni-is-ip',
      title: 'an address is sent as server name, and the server knows no such host',
      ask: 'https://127.0.0.1:{port}',
      reach: 'direct',
      options: { servername: '127.0.0.1' },
      serve: tls({ unknown: 'unrecognized_name', none: onAddress }),
      expected: refused('sni-is-ip'),
    },
    {
      name: 'sni-is-ip:grpc',
      title: 'grpc-js sends the address it dials as server name',
      ask: 'grpcs://127.0.0.1:{port}',
      reach: 'direct',
      options: { client: 'grpc-js' },
      serve: tls({ unknown: 'unrecognized_name', none: onAddress }),
      expected: refused('sni-is-ip'),
    },
    {
      name: 'sni-not-normal',
      title: 'a dot at the end of the host is sent along, and the server compares literally',
      ask: 'https://api.shop.test.',
      serve: tls({ hosts: { 'api.shop.test': api }, unknown: provider, compare: 'exact' }),
      expected: refused('sni-not-normal'),
    },
    {
      name: 'sni-not-normal:case',
      title: 'a server name in capitals, and a server that compares literally',
      ask: 'https://api.shop.test',
      options: { servername: 'API.shop.test' },
      serve: tls({ hosts: { 'api.shop.test': api }, unknown: provider, compare: 'exact' }),
      expected: refused('sni-not-normal'),
    },
    {
      name: 'sni-not-normal:port',
      title: 'host and port given as the server name',
      ask: 'https://api.shop.test',
      options: { servername: 'api.shop.test:443' },
      serve: tls({ hosts: { 'api.shop.test': api }, unknown: provider, compare: 'exact' }),
      expected: refused('sni-not-normal'),
    },
    {
      name: 'sni-differs-from-checked',
      title: 'one name is sent, another one is checked',
      ask: 'https://api.shop.test',
      options: { servername: 'api.shop.test', name: 'app.shop.test' },
      serve: tls({ hosts: { 'api.shop.test': api, 'app.shop.test': app }, unknown: provider }),
      expected: refused('sni-differs-from-checked'),
    },
    {
      name: 'default-certificate',
      title: 'Traefik has no router for the name',
      ask: 'https://new.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: traefikDefault }),
      expected: refused('default-certificate'),
    },
    {
      name: 'default-certificate:ingress',
      title: 'the ingress controller has no certificate for the name',
      ask: 'https://new.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: ingressDefault }),
      expected: refused('default-certificate'),
    },
    {
      name: 'default-certificate:provider',
      title: 'the hosting provider’s own certificate, trusted and unrelated',
      ask: 'https://mail.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: provider }),
      expected: refused('default-certificate'),
    },
    {
      name: 'sni-refused',
      title: 'the server knows no host of that name and says so (alert 112)',
      ask: 'https://new.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: 'unrecognized_name' }),
      expected: refused('sni-refused'),
    },
    {
      name: 'sni-refused:40',
      title: 'the server refuses that name with alert 40, and answers without one',
      ask: 'https://new.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: 'handshake_failure', none: provider }),
      expected: refused('sni-refused'),
    },
    {
      name: 'sni-refused:close',
      title: 'a firewall hangs up at that name, and answers without one',
      ask: 'https://new.shop.test',
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: 'close', none: provider }),
      expected: refused('sni-refused'),
    },
    {
      name: 'sni-required',
      title: 'no server name is sent, and the server demands one (alert 112)',
      ask: 'rediss://redis.shop.test',
      options: { client: 'ioredis' },
      serve: tls({ hosts: { 'redis.shop.test': redis }, unknown: 'unrecognized_name' }),
      expected: refused('sni-required'),
    },
    {
      name: 'sni-required:40',
      title: 'no server name is sent, and the server demands one (alert 40)',
      ask: 'rediss://redis.shop.test',
      options: { client: 'redis' },
      serve: tls({ hosts: { 'redis.shop.test': redis }, unknown: 'handshake_failure' }),
      expected: refused('sni-required'),
    },
    {
      name: 'sni-required:close',
      title: 'no server name is sent, and the server hangs up',
      ask: 'https://app.shop.test',
      options: { servername: false },
      serve: tls({ hosts: { 'app.shop.test': app }, unknown: 'close' }),
      expected: refused('sni-required'),
    },
    {
      name: 'sni-ignored',
      title: 'two names of one’s own are sent, and the server answers both with a third',
      ask: 'https://app.shop.test',
      options: { servername: 'tenant.shop.test' },
      serve: always(provider),
      expected: refused('sni-ignored'),
    },
    {
      name: 'certificates-differ-by-address',
      title: 'one of two addresses still has the old certificate',
      ask: 'https://app.shop.test:{port}',
      reach: 'dns',
      zone: { 'app.shop.test': ['127.0.0.1', '127.0.0.2'] },
      serve: always({ by: 'issuing', names: ['old.shop.test'] }),
      elsewhere: { '127.0.0.2': always(app) },
      expected: refused('certificates-differ-by-address'),
    },
    {
      name: 'certificates-differ-by-address:later',
      title: 'the second of two addresses still has the old certificate',
      ask: 'https://web.shop.test:{port}',
      reach: 'dns',
      zone: { 'web.shop.test': ['127.0.0.1', '127.0.0.2'] },
      serve: always({ by: 'issuing', names: ['web.shop.test'] }),
      elsewhere: { '127.0.0.2': always({ by: 'issuing', names: ['old.shop.test'] }) },
      expected: acceptedInError('certificates-differ-by-address'),
    },
    {
      name: 'asked-is-alias',
      title: 'an alias in front of a managed database',
      ask: 'https://db.shop.test:{port}',
      reach: 'dns',
      zone: {
        'db.shop.test': 'shop-1.cabc123.eu.dbhost.test',
        'shop-1.cabc123.eu.dbhost.test': ['127.0.0.1'],
      },
      serve: always({ by: 'issuing', names: ['*.cabc123.eu.dbhost.test'] }),
      expected: refused('asked-is-alias'),
    },
    {
      name: 'search-domain-answered',
      title: 'a wildcard record of the search domain answers for another company',
      ask: 'https://baidu.prod:{port}',
      reach: 'dns',
      zone: { '*.corp.test': ['127.0.0.1'] },
      options: { searchDomains: ['corp.test'] },
      serve: always({ by: 'issuing', names: ['*.corp.test', 'corp.test'] }),
      expected: refused('search-domain-answered'),
    },
    {
      name: 'pinned-servername-reused',
      title: 'one server name pinned for every node of a cluster',
      ask: 'rediss://node-2.cache.test',
      options: {
        client: 'ioredis',
        servername: 'node-1.cache.test',
        servernameAlsoFor: ['node-1.cache.test', 'node-3.cache.test'],
      },
      serve: always({ by: 'issuing', names: ['node-2.cache.test'] }),
      expected: refused('pinned-servername-reused'),
    },
  ],
};
