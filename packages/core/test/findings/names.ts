import { certificate, evidence, shown } from '../evidence.ts';
import type { Evidence } from '../../src/diagnosis/evidence.ts';
import type { FindingCase } from './finding-case.ts';

const self = 'itself';

/** A name asked, and a trusted certificate with these DNS names that Node refuses for it. */
function refusedFor(asked: string, ...dns: readonly string[]): Evidence {
  const list = dns.map((name) => `DNS:${name}`).join(', ');
  return evidence({
    asked,
    own: shown(certificate({ dns }), {
      nameError: `Host: ${asked}. is not in the cert's altnames: ${list}`,
    }),
  });
}

/** A name asked, and a trusted certificate with these DNS names that Node accepts for it. */
function acceptedFor(asked: string, ...dns: readonly string[]): Evidence {
  return evidence({ asked, own: shown(certificate({ dns })) });
}

/** An address asked, and a trusted certificate that Node refuses for it. */
function addressRefused(asked: string, spec: Parameters<typeof certificate>[0]): Evidence {
  const list = (spec?.ip ?? []).join(', ');
  return evidence({
    asked,
    own: shown(certificate(spec), { nameError: `IP: ${asked} is not in the cert's list: ${list}` }),
  });
}

const billing = certificate({ dns: ['catalogue.shop.test', 'search.shop.test'] });
const billingRefused = shown(billing, {
  nameError:
    "Host: billing.shop.test. is not in the cert's altnames: DNS:catalogue.shop.test, DNS:search.shop.test",
});

export const names: readonly FindingCase[] = [
  {
    code: 'name-mismatch',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'billing.shop.test',
      own: billingRefused,
      further: [{ purpose: 'no-server-name', sent: null, outcome: billingRefused }],
    }),
    near: {
      'something more particular is wrong': refusedFor('api.eu.shop.test', '*.shop.test'),
      'the name is on the certificate': acceptedFor('billing.shop.test', 'billing.shop.test'),
    },
  },
  {
    code: 'wildcard-depth',
    severity: 'error',
    cause: true,
    found: refusedFor('api.eu.shop.test', '*.shop.test', 'shop.test'),
    near: {
      'one level below': acceptedFor('api.shop.test', '*.shop.test'),
      'the wildcard of another domain': refusedFor('api.eu.shop.test', '*.store.test'),
    },
  },
  {
    code: 'wildcard-apex',
    severity: 'error',
    cause: true,
    found: refusedFor('shop.test', '*.shop.test'),
    near: {
      'the domain is there itself': acceptedFor('shop.test', '*.shop.test', 'shop.test'),
      'the wildcard of another domain': refusedFor('shop.test', '*.store.test'),
    },
  },
  {
    code: 'wildcard-partial',
    severity: 'error',
    cause: true,
    found: refusedFor('xn--bcher-kva.shop.test', 'shop.test', 'xn--bcher-*.shop.test'),
    near: {
      'a whole label': acceptedFor('api-1.shop.test', '*.shop.test'),
      'a part that would not cover the name': refusedFor('api-1.shop.test', 'web-*.shop.test'),
    },
  },
  {
    code: 'wildcard-too-broad',
    severity: 'error',
    cause: true,
    found: refusedFor('shop.test', '*.test'),
    near: {
      'two labels after the star': acceptedFor('api.shop.test', '*.shop.test'),
      'another top level': refusedFor('shop.test', '*.example'),
    },
  },
  {
    code: 'www-or-apex',
    severity: 'error',
    cause: true,
    found: refusedFor('www.shop.test', 'shop.test'),
    near: {
      'another first label': refusedFor('api.shop.test', 'shop.test'),
      'both are there': acceptedFor('www.shop.test', 'shop.test', 'www.shop.test'),
    },
  },
  {
    code: 'short-name',
    severity: 'error',
    cause: true,
    found: refusedFor('api', 'api.prod.svc'),
    near: {
      'another country is no search domain': refusedFor('example.com', 'example.com.au'),
      'both are there': acceptedFor('api', 'api', 'api.prod.svc'),
    },
  },
  {
    code: 'typo-suspected',
    severity: 'error',
    cause: true,
    found: refusedFor('api.exmaple.test', 'api.example.test', 'www.example.test'),
    near: {
      'two servers, told apart by a number': refusedFor('web1.shop.test', 'web2.shop.test'),
      'two labels differ': refusedFor('apu.exmaple.test', 'api.example.test'),
      'a short label': refusedFor('db.shop.test', 'dc.shop.test'),
      'a star is no letter': evidence({
        asked: 'api-1.shop.test',
        own: shown(certificate({ dns: ['api-*.shop.test'] })),
      }),
    },
  },
  {
    code: 'ip-not-on-certificate',
    severity: 'error',
    cause: true,
    found: addressRefused('10.0.1.6', { dns: ['db.shop.test', 'db-replica.shop.test'] }),
    near: {
      'it is there, as a DNS name': addressRefused('10.0.1.6', { dns: ['10.0.1.6'] }),
      'it is there': evidence({ asked: '10.0.1.6', own: shown(certificate({ ip: ['10.0.1.6'] })) }),
      'a name was checked': refusedFor('db.shop.test', 'other.shop.test'),
    },
  },
  {
    code: 'ip-as-dns-san',
    severity: 'error',
    cause: true,
    found: addressRefused('127.0.0.1', { dns: ['localhost', '127.0.0.1'], by: self }),
    near: {
      'it is there in both ways': evidence({
        asked: '127.0.0.1',
        own: shown(certificate({ dns: ['localhost', '127.0.0.1'], ip: ['127.0.0.1'] })),
      }),
      'another address stands there as a DNS name': addressRefused('127.0.0.1', { dns: ['127.0.0.2'] }),
    },
  },
  {
    code: 'dns-as-ip-san',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'database.shop.test',
      own: shown(certificate({ ip: [`hex:${Buffer.from('database.shop.test').toString('hex')}`] }), {
        nameError: 'Cert does not contain a DNS name',
      }),
    }),
    near: {
      'the octets of another name': evidence({
        asked: 'database.shop.test',
        own: shown(certificate({ ip: [`hex:${Buffer.from('cache.shop.test').toString('hex')}`] }), {
          nameError: 'Cert does not contain a DNS name',
        }),
      }),
      'an address': refusedFor('database.shop.test', 'other.shop.test'),
    },
  },
  {
    code: 'name-only-in-cn',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'legacy.shop.test',
      own: shown(certificate({ dns: ['orders.shop.test'], subject: { CN: 'legacy.shop.test' } }), {
        nameError: "Host: legacy.shop.test. is not in the cert's altnames: DNS:orders.shop.test",
      }),
    }),
    near: {
      'another common name': evidence({
        asked: 'legacy.shop.test',
        own: shown(certificate({ subject: { CN: 'orders.shop.test' } }), {
          nameError: "Host: legacy.shop.test. is not cert's CN: orders.shop.test",
        }),
      }),
      'it stands in the subjectAltName too': evidence({
        asked: 'legacy.shop.test',
        own: shown(certificate({ dns: ['legacy.shop.test'], subject: { CN: 'legacy.shop.test' } })),
      }),
    },
  },
  {
    code: 'no-names',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'app.shop.test',
      own: shown(certificate(), { nameError: 'Cert does not contain a DNS name' }),
    }),
    near: {
      'it has an address': evidence({
        asked: 'app.shop.test',
        own: shown(certificate({ ip: ['10.0.1.6'] }), { nameError: 'Cert does not contain a DNS name' }),
      }),
      'its names cannot be read': evidence({
        asked: 'app.shop.test',
        own: shown(certificate({ san: 'malformed' }), { nameError: 'Cert does not contain a DNS name' }),
      }),
    },
  },
  {
    code: 'san-malformed',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'app.shop.test',
      own: shown(certificate({ san: 'malformed' }), {
        chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        nameError: 'Cert does not contain a DNS name',
      }),
    }),
    near: {
      'there is none': evidence({
        asked: 'app.shop.test',
        own: shown(certificate(), { nameError: 'Cert does not contain a DNS name' }),
      }),
      'only of other kinds': evidence({
        asked: 'app.shop.test',
        own: shown(certificate({ others: [{ type: 'email', value: 'root@shop.test' }] }), {
          nameError: 'Cert does not contain a DNS name',
        }),
      }),
    },
  },
  {
    code: 'presented-trailing-dot',
    severity: 'error',
    cause: true,
    found: refusedFor('api.shop.test', 'api.shop.test.'),
    near: {
      'a dot on another name': refusedFor('api.shop.test', 'web.shop.test.'),
      'the dot is on the name asked': evidence({
        asked: 'api.shop.test.',
        own: shown(certificate({ dns: ['api.shop.test'] })),
      }),
    },
  },
  {
    code: 'presented-not-ascii',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'bücher.test',
      // As the reader gives it: one character for each octet.
      own: shown(certificate({ dns: [Buffer.from('bücher.test').toString('latin1')] }), {
        nameError: `Host: xn--bcher-kva.test. is not in the cert's altnames: DNS:"b\\u00c3\\u00bccher.test"`,
      }),
    }),
    near: {
      'another name': evidence({
        asked: 'bücher.test',
        own: shown(certificate({ dns: [Buffer.from('bäcker.test').toString('latin1')] }), {
          nameError: "Host: xn--bcher-kva.test. is not in the cert's altnames",
        }),
      }),
      'in its ASCII form': acceptedFor('bücher.test', 'xn--bcher-kva.test'),
    },
  },
  {
    code: 'presented-as-url',
    severity: 'error',
    cause: true,
    found: refusedFor('api.shop.test', 'https://api.shop.test'),
    near: {
      'the URL of another host': refusedFor('api.shop.test', 'https://web.shop.test'),
      'the bare name is there too': acceptedFor('api.shop.test', 'https://api.shop.test', 'api.shop.test'),
    },
  },
  {
    code: 'underscore',
    severity: 'error',
    cause: true,
    found: refusedFor('order_api.shop.test', 'order-api.shop.test'),
    near: {
      'a hyphen': acceptedFor('order-api.shop.test', 'order-api.shop.test'),
    },
  },
];
