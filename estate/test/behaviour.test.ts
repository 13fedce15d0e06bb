import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { after, describe, it } from 'node:test';
import { checkServerIdentity, connect, type ConnectionOptions } from 'node:tls';
import { startTlsProtocols } from '@altname/core';
import { createAuthority } from '../src/authority.ts';
import { alert } from '../src/behaviour/alert.ts';
import type { Behaviour } from '../src/behaviour/behaviour.ts';
import { closeAfterHello, closeAtOnce, resetAfterHello } from '../src/behaviour/hang-up.ts';
import { listen, listenOnAll, type Listener } from '../src/behaviour/listener.ts';
import { cutAfter, slowly } from '../src/behaviour/metered.ts';
import { plainHttp } from '../src/behaviour/plain-http.ts';
import { drip, silent } from '../src/behaviour/silence.ts';
import { banner, sshBanner, startTls } from '../src/behaviour/starttls.ts';
import { virtualHosts, type VirtualHosts } from '../src/behaviour/virtual-hosts.ts';
import { startDns } from '../src/dns.ts';

const root = await createAuthority({ name: 'Test Root' });
const issuing = await root.intermediate({ name: 'Test Issuing' });
const a = await issuing.issue({ names: ['a.test'] });
const wild = await issuing.issue({ names: ['*.wild.test'], key: 'RSA-2048' });
const other = await issuing.issue({ names: ['other.test'] });

const listeners: Listener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.close())));

async function serve(behaviour: Behaviour): Promise<number> {
  const listener = await listen(behaviour);
  listeners.push(listener);
  return listener.port;
}

/** The first name on the certificate that Node accepted for the server name, or the code of its error. */
async function ask(port: number, servername: string, options: ConnectionOptions = {}): Promise<string> {
  // altname-ignore-next-line no-malformed-servername: what a client does with it is the test
  const socket = connect({ port, host: '127.0.0.1', ca: root.cert, servername, ...options });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subjectAltName ?? 'no certificate';
  } catch (error) {
    return codeOf(error);
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** A handshake without a server name, for the name that is expected all the same. */
function askNobody(port: number, expected: string): Promise<string> {
  return ask(port, '', { checkServerIdentity: (_host, cert) => checkServerIdentity(expected, cert) });
}

describe('a TLS server with several names', () => {
  const hosts = { 'a.test': a, '*.wild.test': wild };
  const server = (rest: Omit<VirtualHosts, 'hosts'>) => serve(virtualHosts({ hosts, ...rest }));

  it('picks the certificate by server name', async () => {
    const port = await server({ unknown: other });
    assert.equal(await ask(port, 'a.test'), 'DNS:a.test');
    assert.equal(await ask(port, 'A.test'), 'DNS:a.test');
    assert.equal(await ask(port, 'x.wild.test'), 'DNS:*.wild.test');
    assert.equal(await ask(port, 'other.test'), 'DNS:other.test');
    assert.equal(await ask(port, 'b.test'), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await ask(port, 'y.x.wild.test'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('compares literally when told to', async () => {
    const port = await server({ unknown: other, compare: 'exact' });
    assert.equal(await ask(port, 'a.test'), 'DNS:a.test');
    assert.equal(await ask(port, 'A.test'), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await ask(port, 'a.test.'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('refuses unknown names with the alert it is told', async () => {
    assert.match(await ask(await server({ unknown: 'unrecognized_name' }), 'b.test'), alertCodes[112]);
    assert.match(await ask(await server({ unknown: 'handshake_failure' }), 'b.test'), alertCodes[40]);
    assert.match(await ask(await serve(alert('internal_error')), 'b.test'), alertCodes[80]);
    assert.equal(await ask(await server({ unknown: 'close' }), 'b.test'), 'ECONNRESET');
    assert.equal(await ask(await server({ unknown: 'unrecognized_name' }), 'a.test'), 'DNS:a.test');
  });

  it('tells a client without a server name from one with a wrong one', async () => {
    const port = await server({ unknown: 'unrecognized_name', none: other });
    assert.match(await ask(port, 'b.test'), alertCodes[112]);
    assert.equal(await askNobody(port, 'other.test'), 'DNS:other.test');
  });

  it('sends the leaf alone when told to', async () => {
    assert.equal(
      await ask(await server({ unknown: other, leafOnly: true }), 'a.test'),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
  });

  it('keeps to the versions and ciphers it is told', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const port = await server({ unknown: other, ...old });
    assert.match(await ask(port, 'a.test'), alertCodes[70]);
    assert.equal(await ask(port, 'a.test', old), 'DNS:a.test');
    const rsaOnly = await server({
      unknown: other,
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
    });
    assert.match(await ask(rsaOnly, 'a.test'), alertCodes[40]);
  });

  it('demands a client certificate, in either version', async () => {
    const client = await root.issue({ subject: { CN: 'client' }, usage: 'clientAuth' });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const port = await server({ unknown: other, clientCa: root.cert, maxVersion });
      assert.match(
        await request(port, {}),
        /^(ERR_SSL_\S*(ALERT|CERTIFICATE)\w*|EPROTO|ECONNRESET)$/,
        maxVersion,
      );
      assert.match(
        await request(port, { key: client.key, cert: client.cert }),
        /^HTTP\/1\.1 200 OK\r\n/,
        maxVersion,
      );
    }
  });

  it('answers HTTP with its own clock', async () => {
    const answer = await request(await server({ unknown: other, clockOff: 10 * 86_400_000 }), {});
    const date = Date.parse(/^Date: (.*)$/m.exec(answer)?.[1] ?? '');
    assert.ok(Math.abs(date - Date.now() - 10 * 86_400_000) < 5_000, answer);
  });

  async function request(port: number, options: ConnectionOptions): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', ca: root.cert, servername: 'a.test', ...options });
    let answer = '';
    socket.on('data', (octets) => (answer += String(octets)));
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    try {
      await once(socket, 'end');
      return answer;
    } catch (error) {
      return codeOf(error);
    } finally {
      socket.destroy();
    }
  }
});

/** How Node names the alerts it receives; OpenSSL 3.5 has renamed some. */
const alertCodes = {
  40: /^ERR_SSL_(SSLV3|SSL\/TLS)_ALERT_HANDSHAKE_FAILURE$/,
  70: /^ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION$/,
  80: /^ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR$/,
  112: /^ERR_SSL_TLSV1_(ALERT_)?UNRECOGNIZED_NAME$/,
};

describe('a server that is no good', () => {
  for (const [title, behaviour] of [
    ['closes at once', closeAtOnce],
    ['closes after the ClientHello', closeAfterHello],
    ['resets after the ClientHello', resetAfterHello],
    ['closes in the middle', cutAfter(500, virtualHosts({ unknown: a }))],
  ] as const) {
    it(title, async () => assert.equal(await ask(await serve(behaviour), 'a.test'), 'ECONNRESET'));
  }

  it('is slow, and gets there', async () => {
    assert.equal(
      await ask(await serve(slowly(100, 1, virtualHosts({ unknown: a }))), 'a.test'),
      'DNS:a.test',
    );
  });

  for (const [title, behaviour] of [
    ['says nothing', silent],
    ['drips without end', drip(5)],
  ] as const) {
    it(title, async () => {
      const socket = connect({ port: await serve(behaviour), host: '127.0.0.1', servername: 'a.test' });
      const ended = await Promise.race([once(socket, 'close').catch(codeOf), pause(150)]);
      assert.equal(ended, 'still open');
      socket.destroy();
    });
  }

  it('speaks HTTP', async () => {
    assert.match(await ask(await serve(plainHttp()), 'a.test'), wrongVersion);
  });

  it('speaks SSH', async () => {
    const port = await serve(banner(sshBanner));
    const socket = connectTcp(port, '127.0.0.1');
    const [octets] = (await once(socket, 'data')) as [Buffer];
    assert.match(octets.toString(), /^SSH-2\.0-/);
    socket.destroy();
    assert.match(await ask(port, 'a.test'), wrongVersion);
  });

  const wrongVersion = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
});

function pause(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, 'still open'));
}

const openssl = spawnSync('openssl', ['version']).status === 0;
const skip = openssl || process.env['CI'] !== undefined ? false : 'needs openssl: apt install openssl';

describe('STARTTLS, as openssl speaks it', { skip }, () => {
  for (const protocol of startTlsProtocols) {
    it(protocol, async () => {
      const port = await serve(startTls(protocol, virtualHosts({ hosts: { 'a.test': a }, unknown: other })));
      const args = [
        's_client',
        '-starttls',
        protocol,
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        'a.test',
      ];
      const client = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const chunks = await client.stdout.toArray();
      assert.match(Buffer.concat(chunks).toString(), /^subject=CN = a\.test$/m);
    });
  }
});

describe('the DNS server', async () => {
  const dns = await startDns({
    'www.shop.test': ['127.0.0.1', '127.0.0.2', '::1'],
    'db.shop.test': 'db-1.host.test',
    'db-1.host.test': ['127.0.0.3'],
    '*.corp.test': ['127.0.0.4'],
  });
  after(() => dns.close());
  const resolver = new Resolver();
  resolver.setServers([dns.server]);

  it('knows addresses, aliases and wildcards', async () => {
    assert.deepEqual(await resolver.resolve4('www.shop.test'), ['127.0.0.1', '127.0.0.2']);
    assert.deepEqual(await resolver.resolve6('WWW.shop.test'), ['::1']);
    assert.deepEqual(await resolver.resolveCname('db.shop.test'), ['db-1.host.test']);
    assert.deepEqual(await resolver.resolve4('db.shop.test'), ['127.0.0.3']);
    assert.deepEqual(await resolver.resolve4('anything.prod.corp.test'), ['127.0.0.4']);
  });

  it('says what does not exist, and what has no such address', async () => {
    await assert.rejects(resolver.resolve4('nothing.test'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6('db-1.host.test'), { code: 'ENODATA' });
  });
});

describe('several addresses', () => {
  it('are served on one port', async () => {
    const both = await listenOnAll([
      ['127.0.0.1', virtualHosts({ unknown: a })],
      ['127.0.0.2', virtualHosts({ unknown: other })],
    ]);
    listeners.push(...both);
    assert.equal(both[0]?.port, both[1]?.port);
    assert.equal(await ask(both[0]!.port, 'a.test'), 'DNS:a.test');
    assert.equal(await ask(both[1]!.port, 'other.test', { host: '127.0.0.2' }), 'DNS:other.test');
  });
});
