import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProxy, type ProxyOptions } from '@altname/proxy';
import { testAuthority } from './authority.ts';

const authority = await testAuthority();
const leaf = await authority.issue('a.test');
const other = await authority.issue('a.test');
const good = { listen: 0, upstreams: { a: { to: 'https://a.test' } } };
const tcp = { to: 'tcp://10.0.0.5:5432' };
const through = (route: object, more: object = {}): unknown => ({
  listen: 0,
  upstreams: { a: good.upstreams.a, t: tcp },
  routes: [{ tls: 'passthrough', to: 't', ...route }],
  ...more,
});
const up = (options: object): unknown => ({
  ...good,
  upstreams: { a: { to: 'https://a.test', ...options } },
});

/** What is wrong, and the beginning of the line that says so. */
const table: readonly [unknown, RegExp][] = [
  [null, /^configuration: an object/],
  [{ ...good, lisen: 1 }, /^lisen: there is no such option/],
  [{ ...good, listen: undefined }, /^listen: a port/],
  [{ ...good, listen: 70_000 }, /^listen "70000": /],
  [{ ...good, listen: 'a.test:80' }, /^listen "a\.test:80": /],
  [{ ...good, listen: '[127.0.0.1]:80' }, /^listen /],
  ...[
    ['127.0.0.1:8443', 8443],
    [8443, '127.0.0.1:8443'],
    ['[::]:8443', 8443],
    ['localhost:8443', 8443],
    ['10.0.0.1:8443', '10.0.0.1:8443'],
  ].map(([listen, own]): [unknown, RegExp] => [
    { ...good, listen, admin: { listen: own } },
    /^admin\.listen: the proxy itself listens on port 8443/,
  ]),
  [{ ...good, upstreams: {} }, /^upstreams: /],
  [{ ...good, upstreams: { 'a b': {} } }, /^upstreams\."a b": /],
  [up({ to: undefined }), /^upstreams\.a\.to: a URL/],
  [up({ to: 'ftp://a.test' }), /^upstreams\.a\.to "ftp:\/\/a\.test": https:\/\/ is expected/],
  [up({ to: 'http://a.test', name: 'a.test' }), /^upstreams\.a\.name: upstreams\.a\.to is plain HTTP/],
  [{ ...good, upstreams: { a: { to: 'http://a.test', ca: leaf.cert } } }, /^upstreams\.a\.ca: .* plain HTTP/],
  [
    { ...good, upstreams: { a: { to: ['https://a.test', { to: 'http://b.test', name: 'b.test' }] } } },
    /^upstreams\.a\.to\[1\]\.name: .* plain HTTP/,
  ],
  [up({ to: 'unix:app.sock' }), /^upstreams\.a\.to "unix:app\.sock": the path of a socket/],
  [
    { ...good, upstreams: { a: { to: 'unix:/run/app.sock', protocol: 'auto' } } },
    /^upstreams\.a\.protocol: plain HTTP/,
  ],
  [up({ to: [] }), /^upstreams\.a\.to: 1 to 256 servers/],
  [
    up({ to: ['https://a.test', 'https://b.test/x'] }),
    /^upstreams\.a\.to\[1\] "https:\/\/b\.test\/x": host and port/,
  ],
  [
    up({ to: ['https://a.test', 'https://a.test:443'] }),
    /^upstreams\.a\.to\[1\]: upstreams\.a\.to\[0\] is the same/,
  ],
  [
    { ...good, upstreams: { a: { to: ['https://a.test', 'https://10.0.0.5'] } } },
    /^upstreams\.a\.name: 10\.0\.0\.5/,
  ],
  [
    { ...good, upstreams: { a: { to: [{ to: 'https://10.0.0.5' }] } } },
    /^upstreams\.a\.to\[0\]\.name: 10\.0\.0\.5/,
  ],
  [
    { ...good, upstreams: { a: { to: [{ to: 'https://10.0.0.5', name: 'a b' }] } } },
    /^upstreams\.a\.to\[0\]\.name "a b"/,
  ],
  [up({ to: [{ to: 'https://a.test', ca: 'x' }] }), /^upstreams\.a\.to\[0\]\.ca: there is no such option/],
  [up({ protocol: 'h2' }), /^upstreams\.a\.protocol: 'http1', 'http2' or 'auto'/],
  [up({ retries: -1 }), /^upstreams\.a\.retries: a whole number from 0 to 10/],
  [up({ health: {} }), /^upstreams\.a\.health\.path: /],
  [up({ health: { path: '/', interval: 1 } }), /^upstreams\.a\.health\.interval: /],
  [up({ health: { path: '/', status: [200, 'ok'] } }), /^upstreams\.a\.health\.status: /],
  [up({ ejection: true }), /^upstreams\.a\.ejection: /],
  [up({ ejection: { most: 101 } }), /^upstreams\.a\.ejection\.most: a whole number from 0 to 100/],
  [up({ keepAlive: 0 }), /^upstreams\.a\.keepAlive: /],
  [up({ lifetime: '1s' }), /^upstreams\.a\.lifetime: /],
  [up({ to: 'a.test:443' }), /^upstreams\.a\.to "a\.test:443": /],
  [up({ to: 'https://a.test/base' }), /^upstreams\.a\.to "https:\/\/a\.test\/base": host and port alone/],
  [up({ to: 'https://me:secret@a.test' }), /^upstreams\.a\.to "https:\/\/a\.test": host and port alone/],
  [up({ to: 'https://10.0.0.5' }), /^upstreams\.a\.name: 10\.0\.0\.5 is an address: say which name/],
  [up({ to: 'https://[::1]:8443' }), /^upstreams\.a\.name: \[::1\] is an address/],
  [up({ name: 'https://b.test' }), /^upstreams\.a\.name "https:\/\/b\.test": /],
  [up({ ca: 'no PEM' }), /^upstreams\.a\.ca: /],
  [up({ ca: { file: '/none/ca.pem' } }), /^upstreams\.a\.ca "\/none\/ca\.pem": there is no such file/],
  [up({ cert: leaf.cert }), /^upstreams\.a\.cert and key: /],
  [up({ tolerate: { cause: 'name-mismatch' } }), /^upstreams\.a\.tolerate: what tolerate\(\) returned/],
  [up({ host: 'a b' }), /^upstreams\.a\.host: /],
  [up({ connections: 0 }), /^upstreams\.a\.connections: /],
  // altname-ignore-next-line no-disabled-verification: a configuration that is refused
  [up({ rejectUnauthorized: false }), /^upstreams\.a\.rejectUnauthorized: there is no such option/],
  [{ ...good, routes: [] }, /^routes: a list/],
  [{ ...good, routes: [{ to: 'b' }] }, /^routes\[0\]\.to: the key of an upstream is expected \(a\)/],
  [{ ...good, routes: [{ to: 'a', path: 'api' }] }, /^routes\[0\]\.path: /],
  [{ ...good, routes: [{ to: 'a', path: '/a/../b' }] }, /^routes\[0\]\.path: /],
  [{ ...good, routes: [{ to: 'a', path: '/a/%2E./b' }] }, /^routes\[0\]\.path: /],
  [
    {
      ...good,
      routes: [
        { to: 'a', path: '/a' },
        { to: 'a', path: '//%61/' },
      ],
    },
    /^routes\[1\]: routes\[0\] is for the same/,
  ],
  [{ ...good, routes: [{ to: 'a', host: 'a..test' }] }, /^routes\[0\]\.host: /],
  [{ ...good, routes: [{ to: 'a' }, { to: 'a', path: '/' }] }, /^routes\[1\]: routes\[0\] is for the same/],
  [{ ...good, upstreams: { a: good.upstreams.a, b: good.upstreams.a } }, /^routes: with several upstreams/],
  [up({ to: 'tcp://a.test' }), /^upstreams\.a\.to "tcp:\/\/a\.test": tcp:\/\/host:port is expected/],
  [up({ to: 'tcp://a.test:0' }), /^upstreams\.a\.to /],
  [up({ to: 'tcp://a.test:1', name: 'a.test' }), /^upstreams\.a\.name: there is no such option/],
  [up({ to: 'tcp://a.test:1', proxyProtocol: 2 }), /^upstreams\.a\.proxyProtocol: 'v1' or 'v2'/],
  [up({ to: 'tcp://a.test:1', connections: 0 }), /^upstreams\.a\.connections: /],
  [up({ to: 'tcp://a.test:1' }), /^routes: a is tcp:\/\/: a route with tls: 'passthrough'/],
  [through({ tls: 'terminate' }), /^routes\[0\]\.tls: 'passthrough' is expected/],
  [
    through({ tls: undefined }),
    /^routes\[0\]\.to: tls: 'passthrough' and an upstream of tcp:\/\/ go together/,
  ],
  [through({ to: 'a' }), /^routes\[0\]\.to: tls: 'passthrough' and an upstream of tcp:\/\/ go together/],
  [through({ path: '/x' }), /^routes\[0\]\.path: no path is seen/],
  [through({ host: '10.0.0.5' }), /^routes\[0\]\.host: an address is never sent as server name/],
  [through({}, { tls: leaf }), /^tls: every route passes TLS through/],
  [
    through({}, { routes: [{ host: 't.test', tls: 'passthrough', to: 't' }, { to: 'a' }] }),
    /^tls: certificates are expected: not every route/,
  ],
  [
    through(
      {},
      {
        tls: leaf,
        routes: [
          { tls: 'passthrough', to: 't' },
          { path: '/x', to: 'a' },
        ],
      },
    ),
    /^routes\[1\]: routes\[0\] passes the same host through/,
  ],
  [{ ...good, proxyProtocol: true }, /^proxyProtocol: an object with from/],
  [{ ...good, proxyProtocol: { from: [] } }, /^proxyProtocol\.from: a list of ranges/],
  [{ ...good, proxyProtocol: { from: ['x'] } }, /^proxyProtocol\.from\[0\]: "x" is neither/],
  [{ ...good, onConnection: 1 }, /^onConnection: a function/],
  [{ ...good, trust: ['10.0.0.0/33'] }, /^trust\[0\]: "10\.0\.0\.0\/33"/],
  [{ ...good, trust: '10.0.0.0/8' }, /^trust: a list/],
  [{ ...good, timeouts: { answer: 0 } }, /^timeouts\.answer: /],
  [{ ...good, timeouts: { slow: 1 } }, /^timeouts\.slow: there is no such option/],
  [{ ...good, limits: { head: 10 } }, /^limits\.head: whole octets from 1024 to 1048576/],
  [{ ...good, limits: { body: -1 } }, /^limits\.body: a whole number of octets, or 0/],
  [{ ...good, limits: { bodies: 1 } }, /^limits\.bodies: there is no such option/],
  [{ ...good, tls: { ...leaf, clientCertificates: true } }, /^tls\.clientCertificates: an object/],
  [{ ...good, tls: { ...leaf, clientCertificates: {} } }, /^tls\.clientCertificates\.ca: PEM/],
  [
    { ...good, tls: { ...leaf, clientCertificates: { ca: { file: '/none' } } } },
    /^tls\.clientCertificates\.ca "\/none": there is no such file/,
  ],
  [
    { ...good, tls: { ...leaf, clientCertificates: { ca: leaf.cert } } },
    /^tls\.clientCertificates\.ca: CA certificates are expected/,
  ],
  [
    { ...good, tls: { ...leaf, clientCertificates: { ca: authority.root, required: 1 } } },
    /^tls\.clientCertificates\.required: true or false/,
  ],
  [{ ...good, onAccess: true }, /^onAccess: a function/],
  [{ ...good, onProblem: 'print' }, /^onProblem: a function/],
  [
    { ...good, upstreams: { api: { to: ['https://a.test', { to: 'https://a.test:443', name: 'a.test' }] } } },
    /^upstreams\.api\.to\[1\]: upstreams\.api\.to\[0\] is the same server$/,
  ],
  [{ ...good, tls: {} }, /^tls: one of cert and key, dir, or development/],
  [{ ...good, tls: { cert: leaf.cert } }, /^tls\.key: PEM/],
  [{ ...good, tls: { cert: leaf.cert, key: other.key } }, /^tls\.cert and tls\.key: OpenSSL refuses them/],
  [{ ...good, tls: { dir: 'x', cert: leaf.cert } }, /^tls: one of/],
  [{ ...good, tls: { dir: 'x', names: [] } }, /^tls\.names: it does not go together with dir/],
  [
    { ...good, tls: { cert: { file: '/none' }, key: leaf.key } },
    /^tls\.cert "\/none": there is no such file/,
  ],
];

describe('a configuration', () => {
  for (const [options, expected] of table) {
    it(`is refused in one line: ${expected.source}`, () => {
      assert.throws(
        () => createProxy(options as ProxyOptions),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'ALTNAME_BAD_OPTION');
          assert.match(error.message, expected);
          assert.doesNotMatch(error.message, /\n|secret/);
          return true;
        },
      );
    });
  }

  it('is frozen once it is read', () => {
    const { config } = createProxy(good);
    for (const part of [config, config.upstreams, config.upstreams[0], config.routes, config.timeouts]) {
      assert.ok(Object.isFrozen(part));
    }
  });
});
