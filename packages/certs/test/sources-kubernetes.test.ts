import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { namesFrom, type NamesFromOptions } from '@altname/certs';

function names(text: string, options: NamesFromOptions = {}): string[] {
  return [...new Set(namesFrom(text, 'k8s.yaml', options).flatMap(({ name }) => name?.value ?? []))];
}

function object(kind: string, spec: string, metadata = 'name: x, namespace: shop'): string {
  return `apiVersion: v1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: ${spec}\n`;
}

const fourWays = (name: string, namespace = 'shop', domain = 'cluster.local'): string[] => [
  name,
  `${name}.${namespace}`,
  `${name}.${namespace}.svc`,
  `${name}.${namespace}.svc.${domain}`,
];

describe('a Kubernetes manifest', () => {
  it('has a Service by four names, in its namespace, that of the option, or default', () => {
    assert.deepEqual(names(object('Service', '{}')), fourWays('x'));
    assert.deepEqual(names(object('Service', '{}', 'name: x')), fourWays('x', 'default'));
    assert.deepEqual(
      names(object('Service', '{}', 'name: x'), { namespace: 'stage', clusterDomain: 'k8s.example' }),
      fourWays('x', 'stage', 'k8s.example'),
    );
  });

  it('has the addresses that a Service names', () => {
    const spec = '{ clusterIP: 10.0.0.9, clusterIPs: [10.0.0.9, "fd00::9"], externalIPs: [192.0.2.1] }';
    assert.deepEqual(names(object('Service', spec)).slice(4), ['10.0.0.9', 'fd00::9', '192.0.2.1']);
    const status = 'status: { loadBalancer: { ingress: [{ ip: 192.0.2.7 }, { hostname: lb.example.com }] } }';
    assert.deepEqual(names(object('Service', '{ clusterIP: None }') + status).slice(4), [
      '192.0.2.7',
      'lb.example.com',
    ]);
  });

  it('has the pods of a StatefulSet, when its Service is headless', () => {
    const set = (spec: string): string => object('StatefulSet', spec, 'name: db, namespace: shop');
    const headless = object('Service', '{ clusterIP: None }');
    const pods = set('{ serviceName: x, replicas: 2, ordinals: { start: 3 } }');
    assert.deepEqual(names(`${headless}---\n${pods}`), [
      ...fourWays('x'),
      ...fourWays('db-3.x'),
      ...fourWays('db-4.x'),
    ]);
    assert.deepEqual(names(`${object('Service', '{}')}---\n${pods}`), fourWays('x'));
    assert.deepEqual(names(set('{ serviceName: x }')), fourWays('db-0.x'));
    const [many] = namesFrom(set('{ serviceName: x, replicas: 5000 }'), 'k8s.yaml');
    assert.equal(many?.name, null);
    assert.match(many?.problem ?? '', /name those you need, or \*\.x\.shop\.svc/);
  });

  it('has a Pod that has a host name and a subdomain', () => {
    assert.deepEqual(names(object('Pod', '{ hostname: h, subdomain: s }')), fourWays('h.s'));
  });

  for (const [kind, spec, expected] of [
    [
      'Ingress',
      '{ rules: [{ host: a.test }, {}], tls: [{ hosts: [a.test, "*.b.test"] }] }',
      ['a.test', '*.b.test'],
    ],
    ['Route', '{ host: a.test }', ['a.test']],
    ['Gateway', '{ listeners: [{ hostname: a.test }, { port: 443 }] }', ['a.test']],
    ['Gateway', '{ servers: [{ hosts: ["ns/a.test", b.test] }] }', ['a.test', 'b.test']],
    ['HTTPRoute', '{ hostnames: [a.test] }', ['a.test']],
    ['TLSRoute', '{ hostnames: [a.test] }', ['a.test']],
    ['GRPCRoute', '{ hostnames: [a.test] }', ['a.test']],
    ['VirtualService', '{ hosts: [a.test] }', ['a.test']],
    ['IngressRoute', '{ routes: [{ match: "Host(`a.test`) && PathPrefix(`/`)" }] }', ['a.test']],
    [
      'Certificate',
      '{ commonName: c.test, dnsNames: [a.test], ipAddresses: [10.0.0.1] }',
      ['a.test', '10.0.0.1'],
    ],
  ] as const) {
    it(`has the hosts of ${kind} ${spec}`, () => {
      assert.deepEqual(names(object(kind, spec)), expected);
    });
  }

  it('reads lists, in JSON as kubectl writes it, too', () => {
    const item = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: 'shop' }, spec: {} };
    const list = { apiVersion: 'v1', kind: 'List', items: [item, { ...item, kind: 'ConfigMap' }] };
    assert.deepEqual(names(JSON.stringify(list, null, 2)), fourWays('x'));
    assert.deepEqual(names(JSON.stringify({ ...list, kind: 'ServiceList' })), fourWays('x'));
  });

  it('says that an ExternalName is an alias', () => {
    const [alias] = namesFrom(
      object('Service', '{ type: ExternalName, externalName: db.example.com }'),
      'k.yaml',
    );
    assert.deepEqual(
      [alias?.name, alias?.from, alias?.problem],
      [
        null,
        'k.yaml: Service shop/x',
        'an alias for db.example.com, whose own certificate has to carry this name',
      ],
    );
  });

  it('says of a namespace or a cluster domain that is none what is expected', () => {
    const text = object('Service', '{}', 'name: x');
    assert.throws(() => names(text, { namespace: 'Not One' }), /namespace "Not One": lower-case letters/);
    assert.throws(
      () => names(text, { clusterDomain: '10.0.0.1' }),
      /cluster domain "10\.0\.0\.1": a DNS name/,
    );
  });
});
