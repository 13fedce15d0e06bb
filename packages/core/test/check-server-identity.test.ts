import 'reflect-metadata';
import assert from 'node:assert/strict';
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { checkServerIdentity, readCertificate, type PeerCertificateLike } from '../src/index.ts';
import { readAltNamesText } from '../src/names/alt-names-text.ts';
import { altNames, certificate, dnsEntry, ipEntry, oid, text, tlv } from './der-writer.ts';
import { certificateFor } from './match-certificate.ts';

const prefix = "Hostname/IP does not match certificate's altnames: ";

/** A host, presented names (as in match-table.ts), and the reason that is given. */
const reasons: readonly (readonly [string, string | readonly string[], string])[] = [
  ['b.example', 'a.example', '"b.example" is none of the certificate\'s DNS names (a.example)'],
  ['B.example.', 'a.example', '"b.example" is none of the certificate\'s DNS names (a.example)'],
  [
    'f.example',
    ['a', 'b', 'c', 'd', 'e', 'g', 'h'],
    '"f.example" is none of the certificate\'s DNS names (a, b, c, d, e and 2 more)',
  ],
  [
    'a.b.example.com',
    ['example.com', '*.example.com'],
    '"a.b.example.com" is none of the certificate\'s DNS names (example.com, *.example.com); in "*.example.com", "*" stands for exactly one label',
  ],
  [
    'example.com',
    '*.example.com',
    '"example.com" is none of the certificate\'s DNS names (*.example.com); in "*.example.com", "*" stands for one label, and here there is none',
  ],
  [
    'www.example.com',
    'w*.example.com',
    '"www.example.com" is none of the certificate\'s DNS names (w*.example.com); in "w*.example.com", "*" is not a whole label, so that name does not count',
  ],
  [
    'www.example.org',
    'w*.example.com',
    '"www.example.org" is none of the certificate\'s DNS names (w*.example.com)',
  ],
  [
    'a.example',
    '*.example',
    '"a.example" is none of the certificate\'s DNS names (*.example); "*.example" is too broad a wildcard to count',
  ],
  [
    'localhost',
    '*',
    '"localhost" is none of the certificate\'s DNS names (*); "*" is too broad a wildcard to count',
  ],
  [
    'www.a.example',
    'www.*.example',
    '"www.a.example" is none of the certificate\'s DNS names (www.*.example); in "www.*.example", "*" is not the left-most label alone, so that name does not count',
  ],
  [
    'a.example',
    'a.example.',
    '"a.example" is none of the certificate\'s DNS names (a.example.); "a.example." ends in a dot, so it does not count',
  ],
  [
    '127.0.0.1',
    ['localhost', '127.0.0.1'],
    'the certificate has no IP address to match "127.0.0.1"; "127.0.0.1" is there as a DNS name, but an address counts only as an IP address entry',
  ],
  ['127.0.0.1', 'localhost', 'the certificate has no IP address to match "127.0.0.1"'],
  [
    '127.0.0.1',
    ['ip:127.0.0.2', 'ip:::1'],
    '"127.0.0.1" is none of the certificate\'s IP addresses (127.0.0.2, ::1)',
  ],
  ['a.example', 'ip:127.0.0.1', 'the certificate has no DNS name to match "a.example"'],
  [
    'a.example',
    'cn:a.example',
    'the certificate has no DNS name to match "a.example"; "a.example" is only its common name, which does not count',
  ],
  ['a.example', 'cn:b.example', 'the certificate has no DNS name to match "a.example"'],
  ['a.example', [], 'the certificate has no DNS name to match "a.example"'],
  [
    '[::1]',
    'ip:::1',
    '"[::1]" is not a DNS name or an IP address: the brackets belong to a URL; give the address without them',
  ],
  ['', 'a.example', '"" is not a DNS name or an IP address: it is empty'],
  [
    'a.example',
    'b\u001b[31m.example',
    '"a.example" is none of the certificate\'s DNS names (b\\x1b[31m.example)',
  ],
  [
    'a.example',
    `b\n${'x'.repeat(200)}`,
    `"a.example" is none of the certificate's DNS names (b\\x0a${'x'.repeat(98)}…)`,
  ],
];

for (const [host, presented, reason] of reasons) {
  test(`reason: ${JSON.stringify(host)} for ${JSON.stringify(presented).slice(0, 60)}`, () => {
    const cert = { raw: certificateFor(presented) };
    const error = checkServerIdentity(host, cert);
    assert.ok(error instanceof Error);
    assert.equal(error.reason, reason);
    assert.equal(error.message, prefix + reason);
    assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(error.host, host);
    assert.equal(error.cert, cert);
  });
}

test('the reason for a subjectAltName that does not count', () => {
  const good = altNames(dnsEntry('a.example'));
  const reasonOf = (...extensions: readonly Buffer[]): string | undefined =>
    checkServerIdentity('a.example', { raw: certificate({ extensions }) })?.reason;
  assert.equal(reasonOf(good, good), 'the certificate has more than one subjectAltName; none of them counts');
  assert.equal(
    reasonOf(altNames()),
    'the subjectAltName of the certificate is malformed; it has no name that counts',
  );
  assert.equal(reasonOf(good), undefined);
});

test('where the octets are there, the text does not decide', () => {
  const raw = certificateFor('a.example');
  assert.equal(checkServerIdentity('a.example', { raw, subjectaltname: 'DNS:b.example' }), undefined);
  assert.ok(checkServerIdentity('b.example', { raw, subjectaltname: 'DNS:b.example' }));
  assert.equal(
    checkServerIdentity('a.example', { raw: raw.subarray(1), subjectaltname: 'DNS:a.example' })?.reason,
    'not a certificate: PEM or DER expected',
  );
  assert.ok(checkServerIdentity('a.example', { raw: Buffer.alloc(0), subjectaltname: 'DNS:a.example' }));
});

/** What no TLS stack hands over: an error each, and nothing thrown. */
const thrower: unknown = new Proxy(
  {},
  {
    get() {
      throw new Error('no');
    },
    has() {
      throw new Error('no');
    },
  },
);
const odd: readonly unknown[] = [
  undefined,
  null,
  0,
  'DNS:a.example',
  [],
  {},
  () => 'a.example',
  thrower,
  { raw: 1 },
  { raw: {} },
  { raw: 'a.example' },
  { raw: [0x30, 0x82] },
  { raw: null, subjectaltname: null },
  { raw: thrower },
  { subjectaltname: 1 },
  { subjectaltname: '' },
  { subjectaltname: ['DNS:a.example'] },
  { subjectaltname: { toString: () => 'DNS:a.example' } },
  { subject: { CN: 'a.example' } },
  { subject: { CN: ['a.example', 1, null] } },
  { subject: null },
  { subject: 'a.example' },
  { subjectaltname: undefined, subject: { CN: { toString: () => 'a.example' } } },
];

for (const [i, cert] of odd.entries()) {
  test(`odd certificate object ${i} is refused, and nothing is thrown`, () => {
    for (const host of ['a.example', '127.0.0.1', '']) {
      const error = checkServerIdentity(host, cert as PeerCertificateLike);
      assert.ok(error instanceof Error);
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.ok(error.message.startsWith(prefix));
    }
  });
}

test('an odd host is refused, and nothing is thrown', () => {
  const hosts = [
    undefined,
    null,
    1,
    {},
    [],
    ['a.example'],
    Symbol('a'),
    thrower,
    { toString: () => 'a.example' },
  ];
  for (const host of hosts) {
    const error = checkServerIdentity(host as string, { raw: certificateFor('a.example') });
    assert.equal(error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(error.reason, 'the host to check is no text');
  }
});

/** Node's text of a subjectAltName, and what is read from it; null is refused as a whole. */
const texts: readonly (readonly [string, { dns?: string[]; ip?: string[]; others?: string[] } | null])[] = [
  ['DNS:a.example', { dns: ['a.example'] }],
  ['DNS:a.example, DNS:*.b.example', { dns: ['a.example', '*.b.example'] }],
  ['DNS:', { dns: [''] }],
  ['DNS:, DNS:a', { dns: ['', 'a'] }],
  ['DNS: a', { dns: [' a'] }],
  ['DNS:a:b', { dns: ['a:b'] }],
  ['IP Address:192.0.2.1', { ip: ['192.0.2.1'] }],
  ['IP Address:2001:DB8:0:0:0:0:0:1', { ip: ['2001:db8::1'] }],
  ['IP Address:0:0:0:0:0:0:0:1', { ip: ['::1'] }],
  ['IP Address:<invalid length=8>', { ip: ['hex:'] }],
  ['IP Address:127.1', { ip: ['hex:'] }],
  ['IP Address:[::1]', { ip: ['hex:'] }],
  [
    'DNS:a, IP Address:192.0.2.1, email:u@a, URI:https://a/, Registered ID:1.2.3',
    {
      dns: ['a'],
      ip: ['192.0.2.1'],
      others: ['email', 'uri', 'registered-id'],
    },
  ],
  [
    'othername:<unsupported>, X400Name:<unsupported>, EdiPartyName:<unsupported>, DirName:CN=x',
    {
      others: ['other', 'x400', 'edi', 'directory'],
    },
  ],
  ['DNS:"a\\u002c DNS:b"', { dns: ['a, DNS:b'] }],
  ['DNS:"a, DNS:b"', { dns: ['a, DNS:b'] }],
  ['DNS:"a\\u0000b", DNS:c', { dns: ['a\0b', 'c'] }],
  ['DNS:"a\\"", DNS:"\\\\"', { dns: ['a"', '\\'] }],
  ['URI:"https://a/\\u002c DNS:b", DNS:c', { dns: ['c'], others: ['uri'] }],
  ['othername:"UPN:a\\u002c DNS:b"', { others: ['other'] }],
  ['', null],
  [' ', null],
  ['a.example', null],
  ['dns:a.example', null],
  ['DNS', null],
  [' DNS:a', null],
  ['DNS:a,DNS:b', null],
  ['DNS:a,', null],
  ['DNS:a, ', null],
  ['DNS:a,  DNS:b', null],
  [', DNS:a', null],
  ['DNS:a; DNS:b', { dns: ['a; DNS:b'] }],
  ['DNS:a\nDNS:b', null],
  ['DNS:a\n', null],
  ['DNS:a"b', null],
  ['DNS:"a"b', null],
  ['DNS:"a" , DNS:b', null],
  ['DNS:"a', null],
  ['DNS:"a\\"', null],
  ['DNS:"a\\x41"', null],
  ['DNS:"a\\u00"', null],
  ['DNS:"a\nb"', null],
  ['DNS:a\\b', null],
  ['DNS:\\u0061', null],
  ['FOO:a, DNS:b', null],
  ['DNS:b, FOO:a', null],
  ['DNS:b, a', null],
  ['__proto__:a', null],
];

for (const [written, expected] of texts) {
  test(`text of a subjectAltName: ${JSON.stringify(written)}`, () => {
    const read = readAltNamesText(written);
    const { dns = [], ip = [], others = [] } = expected ?? {};
    assert.deepEqual(
      read && { ...read, others: read.others.map(({ type }) => type) },
      expected && { dns, ip, others },
    );
    const error = checkServerIdentity('b', { subjectaltname: written });
    assert.equal(error === undefined, dns.includes('b'));
    if (expected === null) assert.match(error?.reason ?? '', /malformed/);
  });
}

test('every kind of name that Node writes is read back from its text', () => {
  const utf8 = (value: string): Buffer => tlv(0xa0, text(0x0c, value, 'utf8'));
  const entries = [
    tlv(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), utf8('a, DNS:b.example')),
    tlv(0xa0, oid('1.3.6.1.5.5.7.8.5'), utf8('xmpp')),
    tlv(0xa0, oid('1.3.6.1.5.5.7.8.7'), tlv(0xa0, text(0x16, '_srv.example'))),
    tlv(0xa0, oid('1.2.3'), utf8('x')),
    text(0x81, 'a@b.example, DNS:c.example'),
    text(0x86, 'https://a.example/?"DNS:d.example"'),
    tlv(0x88, Buffer.from([0x2a, 3])),
    ipEntry(Buffer.alloc(8)),
    ipEntry(Buffer.alloc(16, 1)),
    dnsEntry('a.example'),
  ];
  const der = certificate({ extensions: [altNames(...entries)] });
  const read = readAltNamesText(new X509Certificate(der).subjectAltName ?? '');
  const { names } = readCertificate(der);
  assert.deepEqual(read?.dns, names.dns);
  assert.deepEqual(read?.ip, ['hex:', '101:101:101:101:101:101:101:101']);
  assert.deepEqual(
    read?.others.map(({ type }) => type),
    names.others.map(({ type }) => type),
  );
});

test('a million names in a text, and a long quoted one, are read in time', () => {
  const many = `${'DNS:a, '.repeat(1_000_000)}DNS:b`;
  const quoted = `DNS:"${'\\u0061'.repeat(1_000_000)}"`;
  const start = performance.now();
  assert.equal(checkServerIdentity('b', { subjectaltname: many }), undefined);
  assert.ok(checkServerIdentity('b', { subjectaltname: quoted }));
  assert.ok(checkServerIdentity('b', { subjectaltname: `${quoted}x` }));
  assert.ok(performance.now() - start < 10_000);
});

test('tls.connect takes it, and goes by it', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=only-in-cn.example',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'a.example' },
        { type: 'dns', value: 'w*.b.example' },
        { type: 'ip', value: '::1' },
      ]),
    ],
  });
  const ca = made.toString('pem');
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  const server = createServer({ key, cert: ca }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (name: string): Promise<string | null> => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca,
      servername: 'a.example',
      checkServerIdentity: (_host, cert) => checkServerIdentity(name, cert),
    });
    try {
      await once(socket, 'secureConnect');
      return null;
    } catch (error) {
      return `${(error as { code?: string }).code}: ${(error as { reason?: string }).reason}`;
    } finally {
      socket.destroy();
    }
  };
  try {
    assert.equal(await ask('a.example'), null);
    assert.equal(await ask('A.EXAMPLE.'), null);
    assert.equal(await ask('::1'), null);
    assert.equal(
      await ask('b.example'),
      'ERR_TLS_CERT_ALTNAME_INVALID: "b.example" is none of the certificate\'s DNS names (a.example, w*.b.example)',
    );
    assert.match((await ask('www.b.example')) ?? '', /^ERR_TLS_CERT_ALTNAME_INVALID: .*not a whole label/);
    assert.match((await ask('only-in-cn.example')) ?? '', /^ERR_TLS_CERT_ALTNAME_INVALID: /);
    assert.match((await ask('127.0.0.1')) ?? '', /^ERR_TLS_CERT_ALTNAME_INVALID: .*IP addresses \(::1\)/);
  } finally {
    server.close();
  }
});
