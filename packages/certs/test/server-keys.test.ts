import assert from 'node:assert/strict';
import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import tls from 'node:tls';
import { serverContext } from '@altname/certs';
import { createAuthority, type TestAuthority, type TestKey } from './server-authority.ts';
import { folder, listen, put, shown } from './server-handshake.ts';

let authority: TestAuthority;
before(async () => {
  authority = await createAuthority();
});

function quiet(socket: tls.TLSSocket): void {
  socket.on('error', () => {}).end();
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** What a client can verify: everything that Node offers by itself, or one kind of key. */
const clients: Readonly<Record<string, tls.ConnectionOptions>> = {
  any: {},
  'ECDSA only': { sigalgs: 'ECDSA+SHA256:ECDSA+SHA384' },
  // The root signs with ECDSA, and its signature is not the server's: TLS 1.2 has one list for both.
  'RSA only': { sigalgs: 'RSA-PSS+SHA256:RSA+SHA256' },
};

describe('a certificate chosen by name', () => {
  // nodejs/node#54235: before Node 24.21 the default wins when its kind of key is another.
  const kinds: readonly TestKey[] = ['EC', 'RSA', 'Ed25519'];
  for (const ofDefault of kinds) {
    for (const chosen of kinds) {
      it(`is shown whatever the default is: ${chosen} beside ${ofDefault}`, async (t) => {
        const dir = folder(t);
        put(dir, 'default', await authority.issue(['default.test'], { key: ofDefault }));
        put(dir, 'chosen', await authority.issue(['chosen.test'], { key: chosen }));
        const context = serverContext({ dir, watch: false, default: 'default.test' });
        const port = await listen(t, tls.createServer(context.options, quiet));
        for (const version of versions) {
          const client = { ca: authority.root, minVersion: version, maxVersion: version };
          assert.equal(await shown(port, 'chosen.test', client), 'chosen.test', version);
          assert.equal(await shown(port, 'default.test', client), 'default.test', version);
          // altname-ignore-next-line no-disabled-identity-check: the test looks at the certificate itself
          const blind = { ...client, checkServerIdentity: () => undefined };
          assert.equal(await shown(port, '', blind), 'default.test', version);
          assert.equal(await shown(port, 'unknown.test', blind), 'default.test', version);
        }
      });
    }
  }

  it('is shown whatever the default was before', async (t) => {
    const dir = folder(t);
    put(dir, 'default', await authority.issue(['default.test'], { key: 'EC', subject: 'first' }));
    put(dir, 'chosen', await authority.issue(['chosen.test'], { key: 'RSA' }));
    const context = serverContext({ dir, watch: false, default: 'default.test' });
    const port = await listen(t, context.attach(tls.createServer(context.options, quiet)));
    // altname-ignore-next-line no-disabled-identity-check: the test looks at the certificate itself
    const client = { ca: authority.root, checkServerIdentity: () => undefined };
    assert.equal(await shown(port, '', client), 'first');
    put(dir, 'default', await authority.issue(['default.test'], { key: 'RSA', subject: 'second' }));
    put(dir, 'chosen', await authority.issue(['chosen.test'], { key: 'EC' }));
    await context.reload();
    assert.equal(await shown(port, '', client), 'second');
    assert.equal(await shown(port, 'chosen.test', client), 'chosen.test');
  });
});

describe('a name with certificates of two kinds of key', () => {
  for (const version of versions) {
    for (const policy of ['refuse', 'other.test']) {
      it(`shows each client one it can verify, over ${version}, default ${policy}`, async (t) => {
        const dir = folder(t);
        put(dir, 'ec', await authority.issue(['both.test'], { key: 'EC', subject: 'EC' }));
        put(dir, 'rsa', await authority.issue(['both.test'], { key: 'RSA', subject: 'RSA' }));
        put(dir, 'other', await authority.issue(['other.test'], { key: 'EC' }));
        put(dir, 'other-rsa', await authority.issue(['other.test'], { key: 'RSA' }));
        const context = serverContext({ dir, watch: false, default: policy });
        const port = await listen(t, tls.createServer(context.options, quiet));
        // The chain of the tests is signed with ECDSA, which a client of RSA only could not verify: names are.
        const client = { ca: authority.root, minVersion: version, maxVersion: version };
        const seen: Record<string, string> = {};
        for (const [name, options] of Object.entries(clients)) {
          seen[name] = await shown(port, 'both.test', { ...client, ...options });
        }
        assert.deepEqual(seen, {
          any: version === 'TLSv1.3' ? 'EC' : 'RSA',
          'ECDSA only': 'EC',
          'RSA only': 'RSA',
        });
      });
    }
  }

  it('shows the EC key on P-384 in TLS 1.3 only to those who verify ECDSA with SHA-384', async (t) => {
    const dir = folder(t);
    put(dir, 'ec', await authority.issue(['both.test'], { key: 'P-384', subject: 'EC' }));
    put(dir, 'rsa', await authority.issue(['both.test'], { key: 'RSA', subject: 'RSA' }));
    const context = serverContext({ dir, watch: false });
    const port = await listen(t, tls.createServer(context.options, quiet));
    const small = { ca: authority.root, sigalgs: 'ECDSA+SHA256:RSA-PSS+SHA256' };
    const large = { ca: authority.root, sigalgs: 'ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256' };
    assert.equal(await shown(port, 'both.test', { ...small, minVersion: 'TLSv1.3' }), 'RSA');
    assert.equal(await shown(port, 'both.test', { ...large, minVersion: 'TLSv1.3' }), 'EC');
  });

  it('goes by what is valid before what is preferred', async (t) => {
    const dir = folder(t);
    put(dir, 'ec', await authority.issue(['both.test'], { key: 'EC', subject: 'EC', from: -9, to: -1 }));
    put(dir, 'rsa', await authority.issue(['both.test'], { key: 'RSA', subject: 'RSA' }));
    const context = serverContext({ dir, watch: false, onProblem: () => {} });
    const port = await listen(t, tls.createServer(context.options, quiet));
    assert.equal(await shown(port, 'both.test', { ca: authority.root }), 'RSA');
  });

  it('is chosen also where SNICallback is called without its socket', async (t) => {
    const dir = folder(t);
    put(dir, 'ec', await authority.issue(['both.test'], { key: 'EC', subject: 'EC' }));
    put(dir, 'rsa', await authority.issue(['both.test'], { key: 'RSA', subject: 'RSA' }));
    const { SNICallback, ...options } = serverContext({ dir, watch: false }).options;
    const wrapped: typeof SNICallback = (name, callback) => SNICallback(name, callback);
    const port = await listen(t, tls.createServer({ ...options, SNICallback: wrapped }, quiet));
    assert.equal(await shown(port, 'both.test', { ca: authority.root }), 'RSA');
  });
});

describe('sessions', () => {
  for (const version of versions) {
    it(`are not resumed over ${version}: not for another name, not after a reload`, async (t) => {
      const dir = folder(t);
      put(dir, 'a', await authority.issue(['a.test']));
      put(dir, 'b', await authority.issue(['b.test']));
      const context = serverContext({ dir, watch: false });
      const port = await listen(t, tls.createServer(context.options, quiet));
      const client = {
        port,
        host: '127.0.0.1',
        ca: authority.root,
        minVersion: version,
        maxVersion: version,
      };
      const visit = async (
        servername: string,
        session?: Buffer,
      ): Promise<{ subject: string; reused: boolean; sessions: Buffer[] }> => {
        const sessions: Buffer[] = [];
        const socket = tls
          .connect({ ...client, servername, ...(session !== undefined && { session }) })
          .resume();
        socket.on('session', (given) => sessions.push(given));
        await once(socket, 'secureConnect');
        const seen = {
          subject: String(socket.getPeerCertificate().subject?.CN),
          reused: socket.isSessionReused(),
        };
        await once(socket, 'close');
        return { ...seen, sessions };
      };
      const { sessions } = await visit('a.test');
      for (const session of sessions) {
        for (const name of ['a.test', 'b.test']) {
          const { subject, reused } = await visit(name, session);
          assert.deepEqual({ subject, reused }, { subject: name, reused: false });
        }
      }
      unlinkSync(join(dir, 'a.pem'));
      await context.reload();
      for (const session of sessions) await assert.rejects(visit('a.test', session), /handshake failure/);
    });
  }
});
