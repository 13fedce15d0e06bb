import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { after, describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { ask, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const tls = await authority.issue('front.test');
let seen = 0;
upstream.server.prependListener('request', () => seen++);

describe('limits.body', () => {
  it('refuses what says it is larger, before anybody is asked', async () => {
    const { port, records } = await startProxy({ upstreams: { api }, limits: { body: 1000 } });
    const before = seen;
    const refused = await raw(port, 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1001\r\n\r\n');
    assert.match(refused, /^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/);
    assert.equal(seen, before);
    assert.equal(records[0]?.problem, 'the body is too large');
    assert.equal((await ask({ port, method: 'POST', body: 'x'.repeat(1000) })).status, 200);
  });

  it('ends what turns out to be larger', async () => {
    const { port, records, failures } = await startProxy({ upstreams: { api }, limits: { body: 1000 } });
    const chunk = `3e8\r\n${'x'.repeat(1000)}\r\n`;
    const head = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await raw(port, `${head}${chunk}${chunk}`), /^HTTP\/1\.1 413 /);
    assert.match(await raw(port, `${head}${chunk}0\r\n\r\n`), /^HTTP\/1\.1 200 /);
    assert.equal(records[0]?.problem, 'the body is too large');
    assert.equal(failures.length, 0);
  });

  it('holds over HTTP/2, and the session goes on', async () => {
    const { port } = await startProxy({ upstreams: { api }, tls, limits: { body: 1000 } });
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      ca: authority.root,
      servername: 'front.test',
    });
    after(() => session.destroy());
    const statusOf = async (body: string): Promise<number> => {
      const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': 'front.test' });
      stream.on('error', () => {});
      stream.write(body.slice(0, 600));
      stream.end(body.slice(600));
      const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
      stream.resume();
      return Number(fields[':status']);
    };
    assert.equal(await statusOf('x'.repeat(1001)), 413);
    assert.equal(await statusOf('x'.repeat(1000)), 200);
  });

  it('of 0 is none', async () => {
    const { port } = await startProxy({ upstreams: { api }, limits: { body: 0 } });
    assert.equal((await ask({ port, method: 'POST', body: 'x'.repeat(100_000) })).status, 200);
  });
});

describe('limits.head', () => {
  it('refuses more with 431', async () => {
    for (const more of [{}, { tls }]) {
      const { port } = await startProxy({ upstreams: { api }, limits: { head: 4096 }, ...more });
      const trusting = 'tls' in more ? { ca: authority.root, servername: 'front.test' } : {};
      const status = async (length: number): Promise<number> =>
        (await ask({ port, ...trusting, headers: { host: 'front.test', 'x-long': 'x'.repeat(length) } }))
          .status;
      assert.equal(await status(3000), 200);
      assert.equal(await status(5000), 431);
    }
  });

  it('may be larger than what Node takes unless told', async () => {
    const { port } = await startProxy({ upstreams: { api }, limits: { head: 65_536 } });
    const headers = { 'x-long': 'x'.repeat(40_000) };
    assert.equal((await ask({ port, headers, maxHeaderSize: 100_000 })).status, 431);
  });

  it('holds over HTTP/2', async () => {
    const { port } = await startProxy({ upstreams: { api }, tls, limits: { head: 4096 } });
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      ca: authority.root,
      servername: 'front.test',
    });
    after(() => session.destroy());
    const ended = async (length: number): Promise<number> => {
      const stream = session.request({
        ':path': '/',
        ':authority': 'front.test',
        'x-long': 'x'.repeat(length),
      });
      return new Promise((resolve) => {
        stream.on('response', (fields) => resolve(fields[':status'] ?? 0));
        stream.on('error', () => resolve(-1));
      });
    };
    assert.equal(await ended(3000), 200);
    const before = seen;
    // A client of this Node refuses to send what the settings do not allow.
    assert.notEqual(await ended(5000), 200);
    assert.equal(seen, before);
  });
});
