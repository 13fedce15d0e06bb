import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { namesFrom, sanText } from '@altname/certs';

/** The names of a Compose file, in its order, each once. */
function names(text: string): string[] {
  const found = namesFrom(text, 'docker-compose.yml');
  return [...new Set(found.flatMap(({ name }) => (name === null ? [] : [sanText(name)])))];
}

/** What is no name: the place and the beginning of the reason. */
function problems(text: string): string[] {
  return namesFrom(text, 'c.yml').flatMap(({ from, problem }) =>
    problem === null ? [] : [`${from} | ${problem}`],
  );
}

describe('a Compose file', () => {
  it('is reached by its services, container names, host names, aliases and addresses', () => {
    const text = `
services:
  db:
    container_name: my_db
    hostname: database
    domainname: shop.test
    networks:
      back:
        aliases: [pg, pg.internal]
        ipv4_address: 172.20.0.5
        ipv6_address: fd00::5
  web:
    links: ["db:primary"]
    extra_hosts: ["api.test:10.0.0.1", "v6.test=::1", "gw:host-gateway"]
  map:
    extra_hosts: { mapped.test: 10.0.0.2 }
`;
    assert.deepEqual(names(text), [
      'DNS:db',
      'DNS:my_db',
      'DNS:database',
      'DNS:database.shop.test',
      'DNS:pg',
      'DNS:pg.internal',
      'IP:172.20.0.5',
      'IP:fd00::5',
      'DNS:web',
      'DNS:primary',
      'DNS:api.test',
      'DNS:v6.test',
      'DNS:gw',
      'DNS:map',
      'DNS:mapped.test',
    ]);
  });

  it('says where each name is from', () => {
    const found = namesFrom('services: { db: { hostname: h } }', 'docker-compose.yml');
    assert.deepEqual(
      found.map(({ from }) => from),
      ['docker-compose.yml: services.db', 'docker-compose.yml: services.db.hostname'],
    );
  });

  for (const [port, expected] of [
    ['"8443:443"', ['DNS:s', 'DNS:localhost']],
    ['443', ['DNS:s', 'DNS:localhost']],
    ['"0.0.0.0:443:443"', ['DNS:s', 'DNS:localhost']],
    ['"127.0.0.1:443:443"', ['DNS:s', 'DNS:localhost', 'IP:127.0.0.1']],
    ['"[::1]:443:443"', ['DNS:s', 'DNS:localhost', 'IP:::1']],
    ['"192.168.1.5:443:443"', ['DNS:s', 'IP:192.168.1.5']],
    ['{ target: 443, published: 8443 }', ['DNS:s', 'DNS:localhost']],
    ['{ target: 443, host_ip: 10.1.1.1 }', ['DNS:s', 'IP:10.1.1.1']],
  ] as const) {
    it(`publishes the port ${port}`, () => {
      assert.deepEqual(names(`services:\n  s:\n    ports: [${port}]\n`), expected);
    });
  }

  it('has no name of its own in the network of something else', () => {
    const text = `
services:
  a: { network_mode: host }
  b: { network_mode: none }
  c: { network_mode: "service:a" }
  d: { network_mode: bridge }
`;
    assert.deepEqual(names(text), ['DNS:localhost', 'DNS:d']);
  });

  it('takes the hosts of rules of Traefik and of labels of Caddy', () => {
    const text = `
services:
  s:
    labels:
      - traefik.http.routers.r.rule=Host(\`a.test\`, "b.test") && PathPrefix(\`/x\`) || Host(\`c.test\`)
      - traefik.tcp.routers.r.rule=HostSNI(\`d.test\`)
      - traefik.http.routers.r.tls.domains[0].main=e.test
      - traefik.http.routers.r.tls.domains[0].sans=*.e.test,f.test
      - traefik.http.services.r.loadbalancer.server.scheme=https
      - caddy=https://g.test:8443, h.test
    deploy:
      labels: { traefik.http.routers.q.rule: "Host(\`i.test\`)" }
  q:
    labels:
      traefik.http.routers.q.rule: "HostRegexp(\`^.+[.]x[.]test$\`) || HostSNI(\`*\`)"
`;
    assert.deepEqual(names(text), [
      'DNS:s',
      ...['a', 'b', 'c', 'd', 'e', '*.e', 'f', 'g', 'h', 'i'].map((name) => `DNS:${name}.test`),
      'DNS:q',
    ]);
    const [pattern = '', star = '', ...more] = problems(text);
    assert.match(pattern, /services\.q\.labels \| a regular expression is no name/);
    assert.match(star, /"\*" cannot be on a certificate/);
    assert.deepEqual(more, []);
  });

  it('takes hosts from the environment when something here answers to them, and says so of the others', () => {
    const text = `
services:
  db: {}
  web:
    environment:
      DATABASE_URL: postgres://user:secret@db:5432/x
      CACHE: rediss://cache.internal:6380
      STRIPE: https://api.stripe.com/v1
      PUBLIC_URL: https://\${DOMAIN:-shop.example.com}/
      VIRTUAL_HOST: a.example.com,b.example.com:8443
      TOKEN: https
      EMPTY:
  list:
    environment: ["APP_URL=https://\${WHO}.test", "X=https://[::1]:8443/", "MONGO=mongodb://db:1,other:2/x"]
`;
    assert.deepEqual(names(text), [
      'DNS:db',
      'DNS:web',
      'DNS:list',
      'DNS:cache.internal',
      'DNS:shop.example.com',
      'DNS:a.example.com',
      'DNS:b.example.com',
      'IP:::1',
    ]);
    assert.deepEqual(problems(text), [
      'c.yml: services.web.environment.STRIPE | api.stripe.com is not run here; name it yourself when this certificate is for it',
      'c.yml: services.list.environment.APP_URL | ${WHO} is not known here; give what this prints: docker compose config',
    ]);
    assert.ok(!JSON.stringify(problems(text)).includes('secret'));
  });

  it('resolves anchors, merge keys and the tags of Compose, and reads every document', () => {
    const text = `
x-web: &web
  hostname: merged.test
services:
  a:
    <<: *web
    ports: !reset []
---
services:
  b: *nothing
`;
    assert.throws(
      () => names(text),
      /^AltnameError: "docker-compose\.yml" is no YAML that can be read: .*nothing/,
    );
    assert.deepEqual(names(text.replace(' *nothing', ' {}')), ['DNS:a', 'DNS:merged.test', 'DNS:b']);
  });

  it('says which other files it needs', () => {
    const text = `
include: [more.yml, { path: other.yml }]
services:
  a: { extends: { file: common.yml, service: base } }
  b: { extends: { service: a } }
`;
    assert.deepEqual(problems(text), [
      'c.yml: include | its names are not read; give that file as well',
      'c.yml: include | its names are not read; give that file as well',
      'c.yml: services.a.extends | the service it extends is in that file, which is not read; give it as well',
    ]);
  });

  it('enters names that no certificate can carry with the reason', () => {
    const [bad = ''] = problems(
      'services:\n  a:\n    hostname: -x.test\n    extra_hosts: ["b.test:1.1.1.1"]\n',
    );
    assert.match(bad, /services\.a\.hostname \| "-x\.test" is not a DNS name/);
    assert.match(
      problems('services: { a: { networks: { n: { ipv4_address: 0.0.0.0 } } } }')[0] ?? '',
      /every address/,
    );
  });
});
