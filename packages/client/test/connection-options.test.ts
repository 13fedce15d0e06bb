import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import {
  connection,
  connectionFromEnv,
  eachHost,
  grpcOptions,
  httpsAgent,
  mysql2Options,
  pgOptions,
  tediousOptions,
  tolerate,
  undiciConnect,
  type Connection,
  type ConnectionOptions,
  type HostDial,
  type PathDial,
  type Toleration,
  type TolerateOptions,
} from '@altname/client';

// What does not go together neither compiles nor runs: `@ts-expect-error` fails the build where it would compile.

describe('where to dial', () => {
  const table: readonly [string, object, string][] = [
    ['db.internal', { host: 'db.internal' }, 'db.internal'],
    ['DB.Internal.', { host: 'db.internal.' }, 'db.internal'],
    ['bücher.test:443', { host: 'xn--bcher-kva.test', port: 443 }, 'xn--bcher-kva.test'],
    ['my_service:8443', { host: 'my_service', port: 8443 }, 'my_service'],
    ['10.0.3.7', { host: '10.0.3.7' }, '10.0.3.7'],
    ['10.0.3.7:5432', { host: '10.0.3.7', port: 5432 }, '10.0.3.7'],
    ['2001:DB8::7', { host: '2001:db8::7' }, '2001:db8::7'],
    ['::1', { host: '::1' }, '::1'],
    ['[::1]', { host: '::1' }, '::1'],
    ['[2001:db8::7]:5432', { host: '2001:db8::7', port: 5432 }, '2001:db8::7'],
  ];
  for (const [to, dial, name] of table) {
    it(to, () => {
      const made = connection({ to });
      assert.deepEqual({ ...made.dial }, dial);
      assert.equal(made.name, name);
    });
  }

  for (const path of ['/run/db.sock', './db.sock', '../db.sock', String.raw`\\.\pipe\db`]) {
    it(path, () => {
      const made = connection({ to: path, name: 'db.test' });
      assert.deepEqual({ ...made.dial }, { path });
      assert.throws(() => connection({ to: path }), { code: 'ALTNAME_BAD_OPTION', message: /^name: / });
    });
  }

  const wrong: readonly [string, RegExp][] = [
    ['', /it is empty/],
    ['db.internal:', /port is not a number/],
    ['db.internal:0', /port is not a number/],
    ['db.internal:65536', /port is not a number/],
    ['db.internal:+1', /port is not a number/],
    ['db.internal/path', /URL/],
    ['https://db.internal', /it is a URL/],
    ['https://user:secret@db.internal', /it is a URL/],
    ['user:secret@db.internal', /./],
    ['[10.0.3.7]:443', /only an IPv6 address/],
    ['[db.internal]', /only an IPv6 address/],
    ['*.internal', /wildcard/],
    ['a b', /character/],
    ['1.2.3', /number/],
    ['fe80::1%eth0', /zone/],
    ['a\u001b[31m', /./],
    ['/run/a\0b', /NUL/],
  ];
  for (const [to, why] of wrong) {
    it(`not ${JSON.stringify(to)}`, () => {
      const error = thrown(() => connection({ to, name: 'db.test' }));
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /secret|\n|\u001b/);
    });
  }
});

describe('what does not go together', () => {
  const pem = tls.rootCertificates[0] ?? '';
  const options = { to: 'db.test:1' } as const;

  const table: Readonly<Record<string, () => unknown>> = {
    // @ts-expect-error verification cannot be switched off
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    'rejectUnauthorized: false': () => connection({ to: 'a.test', rejectUnauthorized: false }),
    // @ts-expect-error nor replaced
    // altname-ignore-next-line no-disabled-identity-check: options that connection() refuses
    'a check of one’s own': () => connection({ to: 'a.test', checkServerIdentity: () => undefined }),
    // @ts-expect-error what nobody reads would be a promise that nobody keeps
    'a misspelled option': () => connection({ to: 'a.test', servername: 'b.test' }),
    // @ts-expect-error a socket has no name to check
    'a socket without a name': () => connection({ to: '/run/db.sock' }),
    // @ts-expect-error nor does it have one because another is sent
    'a socket with sni alone': () => connection({ to: './db.sock', sni: 'a.test' }),
    // @ts-expect-error nor a port
    'a socket with a port': () => connection({ to: '/run/db.sock', name: 'a.test', port: 1 }),
    // @ts-expect-error a URL is no endpoint
    'a URL': () => connection({ to: 'https://a.test' }),
    // @ts-expect-error nothing to dial
    'nothing to dial': () => connection({ name: 'a.test' }),
    // @ts-expect-error true says nothing
    'sni: true': () => connection({ to: 'a.test', sni: true }),
    // @ts-expect-error nobody would be trusted
    'only-ca without ca': () => connection({ to: 'a.test', roots: 'only-ca' }),
    // @ts-expect-error there are no such roots
    'other roots': () => connection({ ...options, ca: pem, roots: 'all' }),
    // @ts-expect-error no key to the certificate
    'a certificate without its key': () => connection({ ...options, cert: pem }),
    // @ts-expect-error a key to no certificate
    'a key without its certificate': () => connection({ ...options, key: pem }),
    // @ts-expect-error too old
    'TLS 1.1': () => connection({ to: 'a.test', minVersion: 'TLSv1.1' }),
    // @ts-expect-error a list is expected
    'alpn as a text': () => connection({ to: 'a.test', alpn: 'h2' }),
    // @ts-expect-error a toleration is made by tolerate()
    'a toleration by hand': () => connection({ to: 'a.test', tolerate: { cause: 'name-mismatch' } }),
    // @ts-expect-error one port
    'two ports': () => connection({ to: 'a.test:1', port: 2 }),
    // @ts-expect-error one port, behind brackets
    'two ports of an address': () => connection({ to: '[::1]:1', port: 2 }),
    // @ts-expect-error RFC 6066 §3
    'an IPv4 address as sni': () => connection({ to: 'a.test', sni: '1.2.3.4' }),
    // @ts-expect-error RFC 6066 §3
    'an IPv6 address as sni': () => connection({ to: 'a.test', sni: 'fe80::1' }),
    // @ts-expect-error nobody would be trusted
    'no ca in the list': () => connection({ to: 'a.test', ca: [] }),
    // @ts-expect-error nobody would be trusted
    'no ca in the list, alone': () => connection({ to: 'a.test', ca: [], roots: 'only-ca' }),
    // @ts-expect-error nor for any host
    'no ca in the list for each host': () => eachHost({ ca: [] }),
    // @ts-expect-error mysql2 checks what it sends
    'no server name with mysql2': () => mysql2Options(connection({ to: 'a.test', sni: false })),
    // @ts-expect-error mysql2 checks what it sends
    'another server name with mysql2': () => mysql2Options(connection({ to: 'a.test', sni: 'b.test' })),
    // @ts-expect-error mysql2 checks no address
    'an address with mysql2': () => mysql2Options(connection({ to: '10.0.3.7:3306' })),
    // @ts-expect-error tedious dials none
    'a socket with tedious': () => tediousOptions(connection({ to: '/run/a.sock', name: 'a.test' })),
    // @ts-expect-error tedious checks what it sends
    'another server name with tedious': () => tediousOptions(connection({ to: 'a.test', sni: 'b.test' })),
    // @ts-expect-error grpc-js always sends one
    'no server name with grpc-js': () => grpcOptions(connection({ to: 'a.test:1', sni: false })),
    // @ts-expect-error grpc-js always sends one
    'an address with grpc-js': () => grpcOptions(connection({ to: '[2001:db8::7]:1' })),
    // @ts-expect-error pg sends its host when that is a name
    'no server name with pg': () => pgOptions(connection({ to: 'a.test', sni: false })),
    // @ts-expect-error it may have lost its verification
    'a copy of a connection': () => httpsAgent({ ...connection({ to: 'a.test' }) }),
    // @ts-expect-error it may have lost its verification
    'a copy with another name': () => undiciConnect({ ...connection({ to: 'a.test' }), name: 'b.test' }),
    // @ts-expect-error each host has its own
    'one name for each host': () => eachHost({ name: 'a.test' }),
    // @ts-expect-error verification cannot be switched off
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    'each host unverified': () => eachHost({ rejectUnauthorized: false }),
  };
  for (const [what, attempt] of Object.entries(table)) it(what, () => void thrown(attempt));

  const values: readonly [string, object, RegExp][] = [
    ['two ports', { port: 2 }, /^port: to has another/],
    ['a port that is none', { to: 'a.test', port: 0 }, /^port: /],
    ['a name with a port', { name: 'a.test:443' }, /^name "a\.test:443": it carries a port/],
    ['a name that is a URL', { name: 'https://u:secret@a.test' }, /^name "https:\/\/a\.test": it is a URL/],
    ['an address as sni', { sni: '10.0.3.7' }, /^sni: an IP address/],
    ['an empty sni', { sni: '' }, /^sni .*empty/],
    ['ca that is none', { ca: 'company-ca.pem' }, /^ca: .*a file is given as \{ file \}/],
    ['ca of the wrong kind', { ca: 7 }, /^ca: /],
    ['no ca in the list', { ca: [] }, /^ca: it is empty/],
    [
      'PEM in place of a file',
      { ca: { file: '-----BEGIN PRIVATE KEY-----\nsecret' } },
      /^ca: file holds PEM itself; the path of a file of certificates is expected$/,
    ],
    ['a file that is not there', { ca: { file: 'absent.pem' } }, /^ca "absent\.pem": there is no such file/],
    ['alpn of nothing', { alpn: [] }, /^alpn: /],
    ['a timeout that is none', { timeout: 0 }, /^timeout: /],
    ['a certificate that is none', { cert: 'x', key: 'y' }, /^cert and key: OpenSSL refuses/],
    ['a certificate of the wrong kind', { cert: 7, key: 7 }, /^cert: PEM/],
  ];
  for (const [what, change, line] of values) {
    it(what, () => {
      const { message } = thrown(() => connection({ ...options, ...change } as { to: string }));
      assert.match(message, line);
      assert.doesNotMatch(message, /\n|secret/);
    });
  }

  it('undefined is not given', () => {
    const made = connection({
      to: 'a.test',
      name: undefined,
      ca: undefined,
      cert: undefined,
      port: undefined,
    });
    assert.deepEqual({ ...made.dial }, { host: 'a.test' });
  });
});

describe('the types', () => {
  it('know what is dialled', () => {
    const byHost: Connection<HostDial> = connection({ to: 'a.test:1' });
    const byPath: Connection<PathDial> = connection({ to: '/run/a.sock', name: 'a.test' });
    const byText: Connection = connection({ to: ['a', 'test'].join('.') });
    const options: tls.ConnectionOptions[] = [byHost.tls, byPath.tls, byText.tls, byHost.secure, eachHost()];
    assert.equal(byHost.dial.host, 'a.test');
    assert.equal(byPath.dial.path, '/run/a.sock');
    assert.ok(options.every(({ rejectUnauthorized }) => rejectUnauthorized === true));
    // @ts-expect-error a socket has no host
    assert.equal(byPath.dial.host, undefined);
    // @ts-expect-error nothing of it can be changed
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    assert.throws(() => (byHost.secure.rejectUnauthorized = false), TypeError);
  });

  it('leave to the run what only the run knows', () => {
    const [text, no] = [['a', 'test'].join('.'), Number('0') > 0];
    const known: ConnectionOptions = { to: 'a.test:1' };
    const usual: Connection[] = [
      connection(known),
      connection({ to: text }),
      connection({ to: 'a.test', name: no ? 'b.test' : undefined }),
      connection({ to: 'a.test', sni: text }),
      connection({ to: `${text}:1`, name: text, sni: no ? false : undefined }),
      connection({ to: '10.0.3.7:5432', name: 'a.test' }),
      connection({ to: 'a.test:1', sni: 'A.test' }),
      connection({ to: 'a.test:1', port: 1 }),
      connection({ to: '2001:db8::7', port: 1, name: 'a.test' }),
      connection({ to: '[2001:db8::7]', port: 1, name: 'a.test' }),
      connectionFromEnv({ API_HOST: 'a.test' }),
    ];
    for (const each of usual) {
      assert.equal(mysql2Options(each).host, 'a.test');
      assert.equal(tediousOptions(each).options.serverName, 'a.test');
      assert.equal(grpcOptions(each).options['grpc.default_authority'], 'a.test');
      assert.equal(pgOptions(each).host, 'a.test');
      assert.ok(httpsAgent(each));
    }
    assert.equal(mysql2Options(connection({ to: '10.0.3.7:5432', name: 'a.test' })).host, 'a.test');
    assert.equal(tediousOptions(connection({ to: 'a.test:1', sni: 'A.test' })).server, 'a.test');
    assert.equal(pgOptions(connection({ to: '10.0.3.7', name: 'a.test', sni: false })).host, '10.0.3.7');
    // One of Node's own is past its end at any time.
    const roots: string[] = [...tls.rootCertificates];
    assert.equal(connection({ to: 'a.test', ca: roots, roots: 'only-ca' }).ca?.length, roots.length);
  });

  it('know what can be tolerated', () => {
    const name = 'a.test';
    const until = '2999-12-31';
    const where = 'development';
    const reason = 'a test';
    const table: readonly (() => unknown)[] = [
      // @ts-expect-error no such cause
      () => tolerate({ cause: 'anything', name, until, where, reason }),
      // @ts-expect-error Node judges the date before anything can be asked
      () => tolerate({ cause: 'expired', name, until, where, reason }),
      // @ts-expect-error a fault of the chain needs the one certificate
      () => tolerate({ cause: 'self-signed', name, until, where, reason }),
      // @ts-expect-error development alone
      () => tolerate({ cause: 'name-mismatch', name, until, where: 'production', reason }),
      // @ts-expect-error no reason
      () => tolerate({ cause: 'name-mismatch', name, until, where }),
      // @ts-expect-error no end
      () => tolerate({ cause: 'name-mismatch', name, where, reason }),
      // @ts-expect-error that is no date
      () => tolerate({ cause: 'name-mismatch', name, until: 'next week', where, reason }),
      // @ts-expect-error one endpoint
      () => tolerate({ cause: 'name-mismatch', until, where, reason }),
    ];
    for (const attempt of table) thrown(attempt);
    // The runs of these two need a certificate: they are with the servers.
    const besides: readonly ((
      pinned: Toleration<'self-signed'>,
      wrong: Toleration<'name-mismatch'>,
    ) => unknown)[] = [
      // @ts-expect-error the one certificate is trusted and nothing else
      (pinned) => connection({ to: name, tolerate: pinned, ca: [name] }),
      // @ts-expect-error mysql2 has a check of its own
      (_, wrong) => mysql2Options(connection({ to: name, tolerate: wrong })),
      (pinned, wrong) => [
        connection({ to: name, tolerate: pinned }),
        connection({ to: name, tolerate: wrong, ca: [name] }),
      ],
    ];
    assert.equal(besides.length, 3);
    const right: TolerateOptions = { cause: 'name-mismatch', name, until: '2999-01-05', where, reason };
    assert.equal(right.until, '2999-01-05');
  });
});

function thrown(attempt: () => unknown): Error {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal((error as NodeJS.ErrnoException).code, 'ALTNAME_BAD_OPTION', error.message);
    return error;
  }
  return assert.fail('nothing was thrown');
}
