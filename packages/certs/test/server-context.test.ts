import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import tls from 'node:tls';
import { AltnameError } from '@altname/core';
import { serverContext, type ServerContextOptions, type ServerProblem } from '@altname/certs';
import { createAuthority, type Issued, type TestAuthority } from './server-authority.ts';
import { folder, listen, put, shown } from './server-handshake.ts';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
/** What OpenSSL 3.0 and 3.5 call the alert handshake_failure (40) in the code of the error. */
const refused = /^\[ERR_SSL_(?:SSLV3|SSL\/TLS)_ALERT_HANDSHAKE_FAILURE\]$/;

let authority: TestAuthority;
let shop: Issued;
let wild: Issued;
before(async () => {
  authority = await createAuthority();
  shop = await authority.issue(['shop.test', 'Mixed.Shop.Test', '127.0.0.1'], { subject: 'shop' });
  wild = await authority.issue(['*.shop.test', 'xn--bcher-kva.test'], { subject: 'wild' });
});

function quiet(socket: tls.TLSSocket): void {
  socket.on('error', () => {}).end();
}

describe('servers made with serverContext', () => {
  for (const version of versions) {
    it(`tls, https and http2 choose by server name over ${version}`, async (t) => {
      const dir = folder(t);
      put(dir, 'shop', shop);
      put(dir, 'wild', wild);
      const context = serverContext({ dir, watch: false });
      const servers = [
        tls.createServer(context.options, quiet),
        https.createServer(context.options),
        createSecureServer({ ...context.options, allowHTTP1: true }),
      ];
      const client = { ca: authority.root, minVersion: version, maxVersion: version };
      for (const server of servers) {
        const port = await listen(t, server);
        const asked = ['shop.test', 'MIXED.shop.test', 'a.shop.test', 'xn--bcher-kva.test'];
        const seen = await Promise.all(asked.map((name) => shown(port, name, client)));
        assert.deepEqual(seen, ['shop', 'shop', 'wild', 'wild']);
        for (const unknown of ['shop.example', 'a.b.shop.test', 'a..b']) {
          assert.match(await shown(port, unknown, client), refused, unknown);
        }
        assert.match(await shown(port, '', client), refused);
        assert.equal(await shown(port, 'shop.test', client), 'shop');
      }
    });
  }

  it('answer requests of https and http2', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    const context = serverContext({ dir, watch: false });
    const client = { servername: 'shop.test', ca: authority.root };
    const secure = https.createServer(context.options, (_, response) => response.end('https'));
    const port = await listen(t, secure);
    const request = https.get({ host: '127.0.0.1', port, agent: false, ...client });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal((await response.toArray()).join(''), 'https');

    const second = createSecureServer(context.options, (_, answer) => answer.end('http2'));
    const session = connectHttp2(`https://127.0.0.1:${await listen(t, second)}`, client);
    assert.equal((await session.request({ ':path': '/' }).toArray()).join(''), 'http2');
    session.close();
  });

  it('verify client certificates against the ca of the option tls, and never against the public roots', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    const other = await createAuthority();
    const [ours, theirs] = await Promise.all([authority.issue(['me.test']), other.issue(['me.test'])]);
    const authorized: boolean[] = [];
    const note = (socket: tls.TLSSocket): void => {
      authorized.push(socket.authorized);
      quiet(socket);
    };
    const request = { requestCert: true, rejectUnauthorized: false };
    const withCa = serverContext({ dir, watch: false, tls: { ca: authority.root } });
    const without = serverContext({ dir, watch: false });
    for (const context of [withCa, without]) {
      const port = await listen(t, tls.createServer({ ...context.options, ...request }, note));
      for (const client of [ours, theirs]) {
        const dial = { host: '127.0.0.1', port, servername: 'shop.test', ca: authority.root };
        await once(tls.connect({ ...dial, ...client }).resume(), 'close');
      }
    }
    assert.deepEqual(authorized, [true, false, false, false]);
  });
});

describe('the default of serverContext', () => {
  for (const version of versions) {
    it(`that is a name answers unknown names and clients without one over ${version}`, async (t) => {
      const dir = folder(t);
      put(dir, 'shop', shop);
      put(dir, 'wild', wild);
      const context = serverContext({ dir, watch: false, default: 'Shop.test' });
      const port = await listen(t, context.attach(https.createServer(context.options)));
      // The client knows which certificate it will be shown, and verifies it under that name.
      const client = {
        ca: authority.root,
        minVersion: version,
        maxVersion: version,
        checkServerIdentity: (_: string, cert: tls.PeerCertificate) =>
          tls.checkServerIdentity('127.0.0.1', cert),
      };
      assert.equal(await shown(port, 'unknown.example', client), 'shop');
      assert.equal(await shown(port, '', client), 'shop');
      assert.equal(
        // altname-ignore-next-line no-disabled-identity-check: the test looks at the certificate itself
        await shown(port, 'a.shop.test', { ...client, checkServerIdentity: () => undefined }),
        'wild',
      );
    });
  }

  it('may be an address, for clients that dial one', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    const context = serverContext({ dir, watch: false, default: '127.0.0.1' });
    const port = await listen(t, https.createServer(context.options));
    const request = https.get({ host: '127.0.0.1', port, ca: authority.root, agent: false });
    request.on('error', () => {});
    const [socket] = (await once(request, 'socket')) as [tls.TLSSocket];
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    request.destroy();
  });

  it('is told through certificateFor', (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    put(dir, 'wild', wild);
    const named = serverContext({ dir, watch: false, default: 'shop.test' });
    const strict = serverContext({ dir, watch: false, default: 'refuse' });
    assert.deepEqual(strict.names(), [
      '*.shop.test',
      '127.0.0.1',
      'mixed.shop.test',
      'shop.test',
      'xn--bcher-kva.test',
    ]);
    assert.equal(strict.certificateFor('x.example'), null);
    assert.equal(strict.certificateFor(null), null);
    assert.equal(named.certificateFor('x.example')?.file, join(dir, 'shop.pem'));
    assert.equal(named.certificateFor(null)?.file, join(dir, 'shop.pem'));
    const node = new X509Certificate(wild.cert);
    assert.deepEqual(strict.certificateFor('BÜCHER.test'), {
      file: join(dir, 'wild.pem'),
      names: ['*.shop.test', 'xn--bcher-kva.test'],
      keyType: 'EC',
      notBefore: new Date(node.validFrom),
      notAfter: new Date(node.validTo),
      fingerprint256: node.fingerprint256,
    });
  });
});

describe('the options of serverContext', () => {
  const mistakes: readonly [unknown, RegExp][] = [
    [undefined, /an object with dir/],
    [{}, /dir: the path/],
    [{ dir: '/nowhere/at/all' }, /dir: \/nowhere\/at\/all: there is no such directory/],
    [{ dir: process.execPath }, /dir: .*: it is no directory/],
    [{ dir: '.', watch: 'yes' }, /watch: true, false or 'poll'/],
    [{ dir: '.', pollEvery: 1 }, /pollEvery: .* from 100 to/],
    [{ dir: '.', keep: 0 }, /keep: /],
    [{ dir: '.', default: '*.shop.test' }, /default: 'refuse' or a name/],
    [{ dir: '.', default: 3 }, /default: /],
    [{ dir: '.', default: 'nobody.test' }, /default: no certificate in .* is for "nobody.test"/],
    [{ dir: '.', tls: { cert: '' } }, /tls.cert: certificates and keys come from dir/],
    [{ dir: '.', tls: 3 }, /tls: an object/],
    [{ dir: '.', onReload: 3 }, /onReload: a function/],
    [{ dir: '.', folder: 'x' }, /folder: no such option; there are dir, /],
  ];
  for (const [options, message] of mistakes) {
    it(message.source, () => {
      assert.throws(
        () => serverContext(options as ServerContextOptions),
        (error: unknown) => {
          assert.ok(error instanceof AltnameError);
          assert.equal(error.code, 'ALTNAME_BAD_OPTION');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }
});

describe('a fault of a callback', () => {
  it('does not end the server, whether thrown or rejected', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    writeFileSync(join(dir, 'broken.pem'), 'nothing');
    const warnings: string[] = [];
    const listener = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listener);
    t.after(() => process.off('warning', listener));
    const context = serverContext({
      dir,
      watch: false,
      onProblem: () => {
        throw new Error('from onProblem');
      },
      onReload: () => Promise.reject(new Error('from onReload')),
    });
    const port = await listen(t, tls.createServer(context.options, quiet));
    put(dir, 'wild', wild);
    await context.reload();
    assert.equal(await shown(port, 'a.shop.test', { ca: authority.root }), 'wild');
    assert.deepEqual(warnings, [
      'a callback of serverContext failed: from onProblem',
      'a callback of serverContext failed: from onReload',
    ]);
  });

  it('a fault of the selection fails its handshake alone, and is told', (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    const problems: ServerProblem[] = [];
    const { options } = serverContext({ dir, watch: false, onProblem: (problem) => problems.push(problem) });
    const dead = Object.create(tls.TLSSocket.prototype) as tls.TLSSocket;
    dead.getSharedSigalgs = () => {
      throw new Error('no handshake');
    };
    const given: unknown[] = [];
    options.SNICallback.call(dead, 'shop.test', (...results) => given.push(...results));
    assert.equal(given.length, 1);
    assert.match(String(given[0]), /the selection of a certificate failed: no handshake/);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['callback'],
    );
  });

  it('a key that OpenSSL refuses fails its handshakes alone, and is told', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    put(dir, 'wild', wild);
    // The public key is in it, the rest of it is not right: only OpenSSL can tell, when it is first used.
    const der = Buffer.from(wild.key.replace(/-----[^-]*-----/g, ''), 'base64');
    der[0] = 0x31;
    writeFileSync(
      join(dir, 'wild.key'),
      `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`,
    );
    const problems: ServerProblem[] = [];
    const context = serverContext({ dir, watch: false, onProblem: (problem) => problems.push(problem) });
    const port = await listen(t, tls.createServer(context.options, quiet));
    assert.match(await shown(port, 'a.shop.test', { ca: authority.root }), refused);
    assert.match(await shown(port, 'a.shop.test', { ca: authority.root }), refused);
    assert.equal(await shown(port, 'shop.test', { ca: authority.root }), 'shop');
    assert.deepEqual(
      problems.map(({ code, file }) => [code, file]),
      [['unusable', join(dir, 'wild.pem')]],
    );
  });

  it('an empty directory refuses everybody until there is something', async (t) => {
    const dir = join(folder(t), 'certificates');
    mkdirSync(dir);
    const context = serverContext({ dir, watch: false });
    const port = await listen(t, tls.createServer(context.options, quiet));
    assert.match(await shown(port, 'shop.test', { ca: authority.root }), refused);
    put(dir, 'shop', shop);
    await context.reload();
    assert.equal(await shown(port, 'shop.test', { ca: authority.root }), 'shop');
  });
});
