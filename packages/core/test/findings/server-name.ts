import { alert, certificate, closed, evidence, shown } from '../evidence.ts';
import type { EvidenceSpec } from '../evidence.ts';
import type { FindingCase } from './finding-case.ts';

const nothingSent = { value: null, from: 'not-sent-by-client' } as const;
const redis = certificate({ dns: ['redis.shop.test'] });
const api = certificate({ dns: ['api.shop.test'] });
const app = certificate({ dns: ['app.shop.test'] });
const provider = certificate({ dns: ['*.webhost.test', 'webhost.test'] });
const traefik = certificate({ subject: { CN: 'TRAEFIK DEFAULT CERT' }, by: 'itself' });

const altNames = "is not in the cert's altnames:";
const providerFor = (host: string): ReturnType<typeof shown> =>
  shown(provider, { nameError: `Host: ${host}. ${altNames} DNS:*.webhost.test, DNS:webhost.test` });

const ioredis: EvidenceSpec = {
  asked: 'redis.shop.test',
  target: 'rediss://redis.shop.test',
  client: 'ioredis',
  dialled: { port: 6379 },
  sent: nothingSent,
  host: { value: null, from: 'url' },
  own: providerFor('redis.shop.test'),
  further: [{ purpose: 'asked-name', sent: 'redis.shop.test', outcome: shown(redis) }],
};

const hostHeader: EvidenceSpec = {
  asked: 'api.shop.test',
  sent: { value: 'localhost', from: 'host-header' },
  host: { value: 'localhost:3000', from: 'host-header' },
  own: shown(api, { nameError: `Host: localhost. ${altNames} DNS:api.shop.test` }),
  further: [
    { purpose: 'asked-name', sent: 'api.shop.test', outcome: shown(api) },
    { purpose: 'no-server-name', sent: null, outcome: shown(api) },
  ],
};

const withDot: EvidenceSpec = {
  asked: 'api.shop.test.',
  own: providerFor('api.shop.test'),
  further: [
    { purpose: 'normal-name', sent: 'api.shop.test', outcome: shown(api) },
    { purpose: 'no-server-name', sent: null, outcome: providerFor('api.shop.test') },
  ],
};

const twoAddresses: EvidenceSpec = {
  asked: 'app.shop.test',
  dialled: { addresses: ['192.0.2.10', '192.0.2.11'] },
  own: shown(certificate({ dns: ['old.shop.test'] }), {
    nameError: `Host: app.shop.test. ${altNames} DNS:old.shop.test`,
  }),
  further: [{ purpose: 'other-address', sent: 'app.shop.test', address: '192.0.2.11', outcome: shown(app) }],
};

const managed = certificate({ dns: ['*.cabc123.eu.dbhost.test'] });
const managedRefused = shown(managed, {
  nameError: `Host: db.shop.test. ${altNames} DNS:*.cabc123.eu.dbhost.test`,
});
const alias: EvidenceSpec = {
  asked: 'db.shop.test',
  dialled: { cnames: ['shop-1.cabc123.eu.dbhost.test'] },
  own: managedRefused,
  further: [{ purpose: 'alias-name', sent: 'shop-1.cabc123.eu.dbhost.test', outcome: shown(managed) }],
};

const searched: EvidenceSpec = {
  asked: 'baidu.prod',
  dialled: { searchDomain: 'corp.test' },
  own: shown(certificate({ dns: ['*.corp.test', 'corp.test'] }), {
    nameError: `Host: baidu.prod. ${altNames} DNS:*.corp.test, DNS:corp.test`,
  }),
};

const node2 = certificate({ dns: ['node-2.cache.test'] });
const pinned: EvidenceSpec = {
  asked: 'node-2.cache.test',
  client: 'ioredis',
  sent: { value: 'node-1.cache.test', from: 'option-servername' },
  servernameAlsoFor: ['node-1.cache.test', 'node-3.cache.test'],
  own: shown(node2, { nameError: `Host: node-1.cache.test. ${altNames} DNS:node-2.cache.test` }),
  further: [{ purpose: 'asked-name', sent: 'node-2.cache.test', outcome: shown(node2) }],
};

export const serverName: readonly FindingCase[] = [
  {
    code: 'sni-not-sent',
    severity: 'error',
    cause: true,
    found: evidence(ioredis),
    near: {
      'an address was asked, for which none may be sent': evidence({
        asked: '10.0.1.6',
        own: shown(redis, { nameError: "IP: 10.0.1.6 is not in the cert's list: " }),
      }),
      'the server had the right one all the same': evidence({ ...ioredis, own: shown(redis), further: [] }),
    },
  },
  {
    code: 'sni-from-host-header',
    severity: 'error',
    cause: true,
    found: evidence(hostHeader),
    near: {
      'servername was set beside the header': evidence({
        ...hostHeader,
        sent: { value: 'web.shop.test', from: 'option-servername' },
      }),
      'the header has the name asked': evidence({
        ...hostHeader,
        sent: { value: 'api.shop.test', from: 'host-header' },
        own: providerFor('api.shop.test'),
      }),
      'the certificate has the name of the header': evidence({
        ...hostHeader,
        own: shown(certificate({ dns: ['localhost', 'api.shop.test'] })),
      }),
    },
  },
  {
    code: 'sni-is-ip',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: '10.0.1.6',
      client: 'grpc-js',
      sent: { value: '10.0.1.6', from: 'url' },
      own: alert(112),
      further: [
        {
          purpose: 'no-server-name',
          sent: null,
          outcome: shown(certificate({ ip: ['10.0.1.6'] })),
        },
      ],
    }),
    near: {
      'a name that begins like an address': evidence({
        asked: '10.0.1.6.shop.test',
        own: alert(112),
      }),
      'none is sent for an address': evidence({
        asked: '10.0.1.6',
        own: shown(certificate({ ip: ['10.0.1.6'] })),
      }),
    },
  },
  {
    code: 'sni-not-normal',
    severity: 'error',
    cause: true,
    found: evidence(withDot),
    near: {
      'it is normal': evidence({ ...withDot, asked: 'api.shop.test' }),
      'an address has no normal form as a server name': evidence({
        asked: '10.0.1.6',
        sent: { value: '10.0.1.6', from: 'option-servername' },
        own: alert(112),
      }),
    },
  },
  {
    code: 'sni-differs-from-checked',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'api.shop.test',
      sent: { value: 'api.shop.test', from: 'option-servername' },
      checked: { value: 'app.shop.test', from: 'option-name' },
      own: shown(api, { nameError: `Host: app.shop.test. ${altNames} DNS:api.shop.test` }),
    }),
    near: {
      'they differ by case and a dot': evidence({
        asked: 'api.shop.test',
        sent: { value: 'API.shop.test.', from: 'option-servername' },
        checked: { value: 'api.shop.test', from: 'option-name' },
        own: providerFor('api.shop.test'),
      }),
      'the certificate has neither': evidence({
        asked: 'api.shop.test',
        sent: { value: 'api.shop.test', from: 'option-servername' },
        checked: { value: 'app.shop.test', from: 'option-name' },
        own: providerFor('app.shop.test'),
      }),
    },
  },
  {
    code: 'checked-defaulted-to-localhost',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: '10.0.1.6',
      target: 'postgres://10.0.1.6/shop',
      client: 'pg',
      dialled: { port: 5432 },
      checked: { value: 'localhost', from: 'default-localhost' },
      host: { value: null, from: 'url' },
      own: shown(certificate({ dns: ['db.shop.test'] }), {
        nameError: `Host: localhost. ${altNames} DNS:db.shop.test`,
      }),
    }),
    near: {
      'localhost was asked': evidence({
        asked: 'localhost',
        checked: { value: 'localhost', from: 'default-localhost' },
        own: shown(certificate({ dns: ['db.shop.test'] }), {
          nameError: `Host: localhost. ${altNames} DNS:db.shop.test`,
        }),
      }),
      'localhost came from a Host header': evidence(hostHeader),
    },
  },
  {
    code: 'default-certificate',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'new.shop.test',
      own: shown(traefik, {
        chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        nameError: "Host: new.shop.test. is not cert's CN: TRAEFIK DEFAULT CERT",
      }),
      further: [
        {
          purpose: 'no-server-name',
          sent: null,
          outcome: shown(traefik, { chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
        },
      ],
    }),
    near: {
      'a certificate of the same domain': evidence({
        asked: 'new.shop.test',
        own: shown(app, { nameError: `Host: new.shop.test. ${altNames} DNS:app.shop.test` }),
        further: [{ purpose: 'no-server-name', sent: null, outcome: shown(app) }],
      }),
      'another one without a server name, and no sign of a default': evidence({
        asked: 'new.shop.test',
        own: shown(certificate({ dns: ['www.store.test', 'store.test'] }), {
          nameError: `Host: new.shop.test. ${altNames} DNS:www.store.test, DNS:store.test`,
        }),
        further: [{ purpose: 'no-server-name', sent: null, outcome: shown(app) }],
      }),
    },
  },
  {
    code: 'sni-refused',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'new.shop.test',
      own: alert(112),
      further: [{ purpose: 'no-server-name', sent: null, outcome: alert(112) }],
    }),
    near: {
      'alert 40, and without a name as well': evidence({
        asked: 'new.shop.test',
        own: alert(40),
        further: [{ purpose: 'no-server-name', sent: null, outcome: alert(40) }],
      }),
      'no name was sent': evidence({ ...ioredis, own: alert(112) }),
    },
  },
  {
    code: 'sni-required',
    severity: 'error',
    cause: true,
    found: evidence({ ...ioredis, own: alert(112) }),
    near: {
      'it hangs up on the name as well': evidence({
        ...ioredis,
        own: closed,
        further: [{ purpose: 'asked-name', sent: 'redis.shop.test', outcome: closed }],
      }),
      'it presents a certificate without one': evidence(ioredis),
    },
  },
  {
    code: 'sni-ignored',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'app.shop.test',
      sent: { value: 'tenant.shop.test', from: 'option-servername' },
      own: providerFor('tenant.shop.test'),
      further: [
        { purpose: 'asked-name', sent: 'app.shop.test', outcome: providerFor('tenant.shop.test') },
        { purpose: 'no-server-name', sent: null, outcome: providerFor('tenant.shop.test') },
      ],
    }),
    near: {
      'only one name was tried': evidence({
        asked: 'app.shop.test',
        own: providerFor('app.shop.test'),
        further: [{ purpose: 'no-server-name', sent: null, outcome: providerFor('app.shop.test') }],
      }),
      'another name brings another certificate': evidence({
        asked: 'app.shop.test',
        sent: { value: 'tenant.shop.test', from: 'option-servername' },
        own: providerFor('tenant.shop.test'),
        further: [
          { purpose: 'asked-name', sent: 'app.shop.test', outcome: shown(app) },
          { purpose: 'no-server-name', sent: null, outcome: providerFor('tenant.shop.test') },
        ],
      }),
    },
  },
  {
    code: 'certificates-differ-by-address',
    severity: 'error',
    cause: true,
    found: evidence(twoAddresses),
    near: {
      'the same at both addresses': evidence({
        ...twoAddresses,
        own: shown(app),
      }),
      'none of them fits': evidence({
        ...twoAddresses,
        further: [
          {
            purpose: 'other-address',
            sent: 'app.shop.test',
            address: '192.0.2.11',
            outcome: providerFor('app.shop.test'),
          },
        ],
      }),
    },
  },
  {
    code: 'asked-is-alias',
    severity: 'error',
    cause: true,
    found: evidence(alias),
    near: {
      'the certificate has the alias itself': evidence({
        ...alias,
        own: shown(certificate({ dns: ['db.shop.test'] })),
        further: [],
      }),
      'the certificate has neither': evidence({ ...alias, own: providerFor('db.shop.test'), further: [] }),
    },
  },
  {
    code: 'search-domain-answered',
    severity: 'error',
    cause: true,
    found: evidence(searched),
    near: { 'the name answered itself': evidence({ ...searched, dialled: {} }) },
  },
  {
    code: 'pinned-servername-reused',
    severity: 'error',
    cause: true,
    found: evidence(pinned),
    near: {
      'for one host': evidence({ ...pinned, servernameAlsoFor: ['node-2.cache.test'] }),
      'the certificate has the pinned name': evidence({
        ...pinned,
        own: shown(certificate({ dns: ['node-1.cache.test', 'node-2.cache.test'] })),
      }),
    },
  },
];
