import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { ask, deferred, valuesOf, type Echoed } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const front = await authority.issue('front.test', 'other.test');
const upstream = await startUpstream(identity, echo);
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const proxy = await startProxy({ upstreams: { api }, tls: front });

function connect(port: number): ClientHttp2Session {
  const session = http2.connect(`https://127.0.0.1:${port}`, {
    ca: authority.root,
    servername: 'front.test',
  });
  session.on('error', () => {});
  after(() => session.destroy());
  return session;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders | null;
  readonly body: string;
}

async function request(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Answer> {
  const stream = session.request(
    { ':authority': 'front.test', ...headers },
    { endStream: body === undefined },
  );
  let trailers: IncomingHttpHeaders | null = null;
  stream.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
  if (body !== undefined) stream.end(body);
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { headers: answered, trailers, body: Buffer.concat(chunks).toString() };
}

describe('HTTP/2 in front', () => {
  it('goes the same way, under the names of the configuration', async () => {
    upstream.serverNames.length = 0;
    const session = connect(proxy.port);
    const { headers, body } = await request(
      session,
      {
        ':path': '/x?y',
        ':method': 'POST',
        cookie: ['a=1', 'b=2'],
        te: 'trailers',
        'x-forwarded-for': '1.2.3.4',
      },
      'body',
    );
    assert.equal(headers[':status'], 200);
    const seen = JSON.parse(body) as Echoed;
    assert.deepEqual([seen.method, seen.url, seen.body], ['POST', '/x?y', 'body']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'host'), ['front.test']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'cookie'), ['a=1; b=2']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'te'), []);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'x-forwarded-for'), ['127.0.0.1']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'x-forwarded-proto'), ['https']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'via'), ['2.0 altname']);
    assert.ok(seen.rawHeaders.every((name) => !name.startsWith(':')));
    assert.deepEqual(upstream.serverNames, ['api.test']);
    assert.equal(proxy.records.at(-1)?.protocol, 'HTTP/2.0');
  });

  it('many at once on one connection', async () => {
    const session = connect(proxy.port);
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => request(session, { ':path': `/${index}` })),
    );
    assert.deepEqual(
      all.map(({ body }) => (JSON.parse(body) as Echoed).url),
      all.map((_, index) => `/${index}`),
    );
  });

  it('trailers, as those of gRPC, and fields that came twice', async () => {
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeHead(200, [
        'content-type',
        'application/grpc',
        'set-cookie',
        'a=1',
        'set-cookie',
        'b=2',
        'connection',
        'close',
      ]);
      response.write('message');
      response.addTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' });
      response.end();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } }, tls: front });
    const { headers, body, trailers } = await request(connect(server.port), { ':path': '/' });
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
    assert.equal(headers['connection'], undefined);
    assert.equal(body, 'message');
    assert.deepEqual([trailers?.['grpc-status'], trailers?.['grpc-message']], ['0', 'fine']);
  });

  it('421 for a host that the certificate of the connection does not carry; the others go on', async () => {
    const session = connect(proxy.port);
    for (const [authorityName, status] of [
      ['evil.test', 421],
      ['other.test', 200],
      ['front.test:8443', 200],
    ] as const) {
      const { headers } = await request(session, { ':authority': authorityName, ':path': '/' });
      assert.equal(headers[':status'], status, authorityName);
    }
  });

  it('400 for :authority and host that differ, 405 for CONNECT, and the connection goes on', async () => {
    const session = connect(proxy.port);
    const differ = await request(session, { ':path': '/', host: 'evil.test' });
    assert.equal(differ.headers[':status'], 400);
    const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'front.test:443' });
    const [answered] = (await once(tunnel, 'response')) as [IncomingHttpHeaders];
    assert.equal(answered[':status'], 405);
    tunnel.destroy();
    assert.equal((await request(session, { ':path': '/' })).headers[':status'], 200);
  });

  it('502 with an id when the upstream is another', async () => {
    const server = await startProxy({ upstreams: { api: { ...api, name: 'app.test' } }, tls: front });
    const { headers, body } = await request(
      connect(server.port),
      { ':path': '/', ':method': 'POST' },
      'x'.repeat(200_000),
    );
    assert.equal(headers[':status'], 502);
    assert.equal(body, `502 Bad Gateway\nrequest ${server.failures[0]?.requestId}\n`);
  });

  it('a stream that is given up ends its request at the upstream, and a broken answer its stream', async () => {
    const gone = deferred();
    const came = deferred();
    const { url } = await startUpstream(identity, (incoming, response) => {
      if (incoming.url === '/broken') {
        response.write('half');
        setTimeout(() => incoming.socket.destroy(), 50);
        return;
      }
      incoming.on('aborted', gone.resolve).on('error', () => {});
      came.resolve();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } }, tls: front });
    const session = connect(server.port);
    const stream = session.request({ ':authority': 'front.test', ':path': '/' });
    stream.on('error', () => {});
    await came.promise;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await gone.promise;
    while (server.records.length === 0) await wait(10);
    assert.equal(server.records[0]?.problem, 'the client went away');
    await assert.rejects(request(session, { ':path': '/broken' }));
  });

  it('is not read faster than the client takes it', async () => {
    const total = 32 * 1024 * 1024;
    let written = 0;
    const { url } = await startUpstream(identity, (_, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } }, tls: front });
    const stream = connect(server.port).request({ ':authority': 'front.test', ':path': '/' });
    await once(stream, 'response');
    await wait(500);
    assert.ok(written < total / 2, `${written} octets were taken for a client that reads nothing`);
    let received = 0;
    for await (const chunk of stream) received += (chunk as Buffer).length;
    assert.equal(received, total);
  });

  it('HTTP/1.1 beside it', async () => {
    const { status, body } = await ask({
      port: proxy.port,
      ca: authority.root,
      servername: 'front.test',
      headers: { host: 'front.test' },
    });
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as Echoed).method, 'GET');
  });

  it('a proxy that is closed lets streams end', async () => {
    const hold = deferred();
    const came = deferred();
    const { url } = await startUpstream(identity, (_, response) => {
      came.resolve();
      void hold.promise.then(() => response.end('ok'));
    });
    const server = await startProxy({
      upstreams: { api: { ...api, to: url } },
      tls: front,
      timeouts: { drain: 5000 },
    });
    const first = request(connect(server.port), { ':path': '/' });
    await came.promise;
    const closed = server.proxy.close();
    setTimeout(hold.resolve, 100);
    assert.equal((await first).body, 'ok');
    await closed;
  });
});
