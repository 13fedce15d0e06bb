import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { scratch, testAuthority } from './authority.ts';
import { clientCertificate } from './client-certificate.ts';
import { ask, echoed, valuesOf } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const front = await authority.issue('front.test');
const known = await clientCertificate();
const stranger = await clientCertificate();
const client = { ca: authority.root, servername: 'front.test', headers: { host: 'front.test' } };

const dir = await scratch();
await writeFile(join(dir, 'front.pem'), front.cert);
await writeFile(join(dir, 'front-key.pem'), front.key, { mode: 0o600 });

/** What is told of the client, in HTTP/2; null when the connection is ended. */
async function overHttp2(port: number, identity: object): Promise<{ status: number; body: string } | null> {
  const session = http2.connect(`https://127.0.0.1:${port}`, {
    ca: authority.root,
    servername: 'front.test',
    ...identity,
  });
  session.on('error', () => {});
  const stream = session.request({ ':path': '/', ':authority': 'front.test', 'client-cert': ':AAAA:' });
  let status = 0;
  let body = '';
  stream.on('response', (fields) => (status = fields[':status'] ?? 0));
  stream.setEncoding('utf8').on('data', (text: string) => (body += text));
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('close', resolve));
  session.destroy();
  return status === 0 ? null : { status, body };
}

for (const [title, certificates] of [
  ['one certificate', front],
  ['a directory of certificates', { dir, default: 'front.test' }],
] as const) {
  describe(`client certificates, with ${title}`, () => {
    it('are asked for, and nobody is let in without one of the right issuer', async () => {
      const { port, records } = await startProxy({
        upstreams: { api },
        tls: { ...certificates, clientCertificates: { ca: known.cert } },
      });
      await assert.rejects(ask({ ...client, port }));
      await assert.rejects(ask({ ...client, ...stranger, port }));
      assert.equal(await overHttp2(port, {}), null);
      assert.equal(await overHttp2(port, stranger), null);
      assert.equal((await ask({ ...client, ...known, port })).status, 200);
      assert.equal((await overHttp2(port, known))?.status, 200);
      assert.equal(records.length, 2);
    });

    it('may be left out where they are not required; a wrong one is not let in', async () => {
      const { port, records } = await startProxy({
        upstreams: { api },
        tls: { ...certificates, clientCertificates: { ca: known.cert, required: false } },
      });
      await assert.rejects(ask({ ...client, ...stranger, port }));
      assert.equal(await overHttp2(port, stranger), null);
      assert.equal(records.length, 0);
      const without = await echoed({ ...client, port });
      assert.deepEqual(valuesOf(without.rawHeaders, 'client-cert'), []);
      assert.equal((await overHttp2(port, {}))?.status, 200);
      const shown = await echoed({ ...client, ...known, port });
      const der = new X509Certificate(known.cert).raw.toString('base64');
      assert.deepEqual(valuesOf(shown.rawHeaders, 'client-cert'), [`:${der}:`]);
    });

    it('are told to the upstream by the proxy alone', async () => {
      const { port } = await startProxy({
        upstreams: { api },
        tls: { ...certificates, clientCertificates: { ca: known.cert, required: false } },
      });
      const headers = {
        ...client.headers,
        'client-cert': ':AAAA:',
        client_cert: ':AAAA:',
        'Client-Cert-Chain': ':A:',
      };
      const { rawHeaders } = await echoed({ ...client, headers, port });
      assert.deepEqual(
        rawHeaders.filter((text) => /client.cert/i.test(text)),
        [],
      );
      const both = JSON.parse((await overHttp2(port, known))?.body ?? '') as { rawHeaders: string[] };
      const der = new X509Certificate(known.cert).raw.toString('base64');
      assert.deepEqual(valuesOf(both.rawHeaders, 'client-cert'), [`:${der}:`]);
    });

    it('hold for a session that is resumed', async () => {
      const { port } = await startProxy({
        upstreams: { api },
        tls: { ...certificates, clientCertificates: { ca: known.cert, required: false } },
      });
      const { Agent } = await import('node:https');
      const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
      for (let count = 0; count < 3; count++) {
        const { rawHeaders } = await echoed({ ...client, ...known, agent, port });
        assert.equal(valuesOf(rawHeaders, 'client-cert').length, 1);
      }
      // The session of one certificate is not that of another, nor of none.
      const { rawHeaders } = await echoed({ ...client, agent, port });
      assert.equal(valuesOf(rawHeaders, 'client-cert').length, 0);
    });
  });
}
