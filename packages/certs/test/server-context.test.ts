import assert from 'node:assert/strict';
import { createSecureServer, connect as connectHttp2 } from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import tls from 'node:tls';
import { serverContext } from '@altname/certs';
import { createAuthority, type Issued, type TestAuthority } from './server-authority.ts';
import { folder, listen, put, subjectShown } from './server-handshake.ts';

let authority: TestAuthority;
let shop: Issued;
let wild: Issued;
before(async () => {
  authority = await createAuthority();
  shop = await authority.issue(['shop.test', 'Mixed.Shop.Test'], { subject: 'shop' });
  wild = await authority.issue(['*.shop.test', 'xn--bcher-kva.test'], { subject: 'wild' });
});

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

describe('serverContext', () => {
  for (const version of versions) {
    it(`serves tls, https and http2 by server name over ${version}`, async (t) => {
      const dir = folder(t);
      put(dir, 'shop', shop);
      put(dir, 'wild', wild);
      const context = serverContext({ dir, watch: false });
      const servers = [
        tls.createServer(context.options, (socket) => socket.on('error', () => {}).end()),
        https.createServer(context.options, (_, response) => response.end('https')),
        createSecureServer({ ...context.options, allowHTTP1: true }, (_, response) => response.end('http2')),
      ];
      const client = { ca: authority.root, minVersion: version, maxVersion: version };
      for (const server of servers) {
        const port = await listen(t, server);
        const asked = ['shop.test', 'mixed.shop.test', 'a.shop.test', 'xn--bcher-kva.test'];
        const shown = await Promise.all(asked.map((name) => subjectShown(port, name, client)));
        assert.deepEqual(shown, ['shop', 'shop', 'wild', 'wild']);
      }
    });
  }

  it('answers requests of https and http2', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', shop);
    const context = serverContext({ dir, watch: false });
    const port = await listen(
      t,
      https.createServer(context.options, (_, response) => response.end('https')),
    );
    const request = https.get({
      host: '127.0.0.1',
      port,
      servername: 'shop.test',
      ca: authority.root,
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    assert.equal((await response.toArray()).join(''), 'https');

    const secure = createSecureServer(context.options, (_, answer) => answer.end('http2'));
    const session = connectHttp2(`https://127.0.0.1:${await listen(t, secure)}`, {
      servername: 'shop.test',
      ca: authority.root,
    });
    const stream = session.request({ ':path': '/' });
    assert.equal((await stream.toArray()).join(''), 'http2');
    session.close();
  });
});
