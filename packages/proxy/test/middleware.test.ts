import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ProxyError,
  proxyMiddleware,
  type MiddlewareOptions,
  type ProxyMiddleware,
  type UpstreamFailure,
} from '@altname/proxy';
import WebSocket, { WebSocketServer } from 'ws';
import { startApp } from './app-server.ts';
import { testAuthority } from './authority.ts';
import { ask, echoed, raw, valuesOf, type Echoed } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The middleware in a server of Node's own.

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), (request, response) => {
  if (request.url === '/never') return;
  if (request.url === '/slow') {
    setTimeout(() => response.end('late'), 300);
    return;
  }
  echo(request, response);
});
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each) => each.on('message', (data) => each.send(String(data))));
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const wrong = { ...api, name: 'internal.test' };

/** A middleware that ends with the tests of the file. */
function make(options: Partial<MiddlewareOptions> = {}): ProxyMiddleware {
  const made = proxyMiddleware({ upstreams: { api }, ...options });
  after(() => made.close());
  return made;
}

describe('the middleware', () => {
  it('hands a request on under the names of the configuration', async () => {
    upstream.serverNames.length = 0;
    const proxy = make();
    const { port } = await startApp((request, response) => proxy(request, response));
    const { method, url, body, rawHeaders } = await echoed({
      port,
      method: 'POST',
      path: '/a?b=c',
      headers: { host: 'evil.test' },
      body: 'hello',
    });
    assert.deepEqual([method, url, body], ['POST', '/a?b=c', 'hello']);
    assert.deepEqual(valuesOf(rawHeaders, 'host'), ['evil.test']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-for'), ['127.0.0.1']);
    assert.deepEqual(upstream.serverNames, ['api.test']);
  });

  it('calls next once for what no route is for, also where the head is none that it would hand on', async () => {
    const proxy = make({ routes: [{ path: '/api', to: 'api' }] });
    let calls = 0;
    const { port } = await startApp((request, response) =>
      proxy(request, response, (error) => {
        calls++;
        assert.equal(error, undefined);
        response.end('of the app');
      }),
    );
    assert.equal((await ask({ port, path: '/other' })).body, 'of the app');
    assert.equal((await ask({ port, path: '/a/../other' })).body, 'of the app');
    assert.equal((await ask({ port, path: '/api/../other' })).status, 400);
    assert.equal((await echoed({ port, path: '/api/x' })).url, '/api/x');
    assert.equal(calls, 2);
  });

  it('without next answers 404', async () => {
    const proxy = make({ routes: [{ path: '/api', to: 'api' }] });
    const { port } = await startApp((request, response) => proxy(request, response));
    assert.equal((await ask({ port, path: '/other' })).status, 404);
  });

  it('lets what next throws be the program’s', async () => {
    const proxy = make({ routes: [{ path: '/api', to: 'api' }] });
    let calls = 0;
    const { port } = await startApp((request, response) => {
      try {
        proxy(request, response, () => {
          calls++;
          throw new Error('later middleware');
        });
      } catch (error) {
        response.end((error as Error).message);
      }
    });
    assert.equal((await ask({ port, path: '/other' })).body, 'later middleware');
    assert.equal(calls, 1);
  });

  it('answers 502 where the upstream is another, and calls no next', async () => {
    const failures: UpstreamFailure[] = [];
    const proxy = make({ upstreams: { api: wrong }, onFailure: (failure) => failures.push(failure) });
    let calls = 0;
    const { port } = await startApp((request, response) => proxy(request, response, () => calls++));
    const { status, body } = await ask({ port, method: 'POST', body: 'x' });
    assert.equal(status, 502);
    assert.doesNotMatch(body, /internal|api\.test|127\.0\.0\.1/);
    assert.equal(failures[0]?.diagnosis?.cause?.code, 'name-mismatch');
    assert.equal(calls, 0);
  });

  it('with onError next gives the program an error that says nothing of the upstream to a client', async () => {
    const errors: unknown[] = [];
    const failures: UpstreamFailure[] = [];
    const proxy = make({
      upstreams: { api: wrong },
      onError: 'next',
      onFailure: (failure) => failures.push(failure),
    });
    const { port } = await startApp((request, response) =>
      proxy(request, response, (error) => {
        errors.push(error);
        response.statusCode = (error as ProxyError).status;
        response.end(JSON.stringify({ text: error?.stack, error }));
      }),
    );
    const { status, body } = await ask({ port, method: 'POST', body: 'x' });
    assert.equal(status, 502);
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.ok(error instanceof ProxyError);
    assert.equal(error.failure?.diagnosis?.cause?.code, 'name-mismatch');
    assert.equal(error.requestId, failures[0]?.requestId);
    assert.doesNotMatch(body, /internal\.test|api\.test|127\.0\.0\.1:\d/);
  });

  it('does nothing where another has answered, before or meanwhile', async () => {
    const proxy = make();
    const { port } = await startApp((request, response) => {
      if (request.url === '/before') response.end('mine');
      proxy(request, response, () => assert.fail('next'));
      if (request.url === '/slow') setTimeout(() => response.end('mine'), 50);
      if (request.url === '/never') {
        response.write('mi');
        setTimeout(() => response.end('ne'), 100);
      }
    });
    for (const path of ['/before', '/slow', '/never']) {
      assert.deepEqual(
        (({ status, body }) => [status, body])(await ask({ port, path })),
        [200, 'mine'],
        path,
      );
    }
    await wait(400);
    assert.equal((await echoed({ port, path: '/' })).url, '/');
  });

  it('ends the request at the upstream when the client goes away', async () => {
    const proxy = make();
    const { port } = await startApp((request, response) => proxy(request, response));
    const asked = once(upstream.server, 'request') as Promise<[http.IncomingMessage]>;
    const client = http.get({ port, host: '127.0.0.1', path: '/never', agent: false });
    client.on('error', () => {});
    const [request] = await asked;
    client.destroy();
    request.on('error', () => {});
    await new Promise((resolve) => request.once('close', resolve));
  });

  it('hands on what the program has changed in req.headers', async () => {
    const proxy = make();
    const { port } = await startApp((request, response) => {
      request.headers['x-user'] = 'ada';
      request.headers['x-role'] = 'reader';
      delete request.headers.cookie;
      proxy(request, response);
    });
    const { rawHeaders } = await echoed({
      port,
      headers: { cookie: 'a=b', 'X-Role': 'admin', 'X-Kept': ['one', 'two'] },
    });
    assert.deepEqual(valuesOf(rawHeaders, 'x-user'), ['ada']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-role'), ['reader']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-kept'), ['one', 'two']);
    assert.deepEqual(valuesOf(rawHeaders, 'cookie'), []);
  });

  it('says which options are not its own', () => {
    const options = { upstreams: { api } };
    for (const [more, line] of [
      [{ listen: 1 }, /^listen: middleware has no such option \(upstreams, /],
      [{ tls: {} }, /^tls: middleware has no such option/],
      [{ timeouts: { drain: 1 } }, /^timeouts\.drain: it is for the server/],
      [{ limits: { head: 2000 } }, /^limits\.head: it is for the server/],
      [
        { upstreams: { db: { to: 'tcp://127.0.0.1:1' } }, routes: [{ tls: 'passthrough', to: 'db' }] },
        /^routes: tls: 'passthrough' is for createProxy/,
      ],
      [{ mount: 'x' }, /^mount: 'strip' or 'keep' is expected$/],
      [{ onError: 'x' }, /^onError: 'answer' or 'next' is expected$/],
      [{ what: 1 }, /^what: middleware has no such option/],
    ] as const) {
      const made = (): unknown => proxyMiddleware({ ...options, ...more } as unknown as MiddlewareOptions);
      assert.throws(made, { code: 'ALTNAME_BAD_OPTION', message: line });
    }
    assert.throws(() => proxyMiddleware(undefined as unknown as MiddlewareOptions), {
      code: 'ALTNAME_BAD_OPTION',
    });
  });
});

describe('a body that was read before', () => {
  const read = (request: http.IncomingMessage): Promise<Buffer> =>
    request.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]));

  it('is 500 at once, and one warning', async () => {
    const warned = once(process, 'warning') as Promise<[Error & { code?: string }]>;
    const proxy = make();
    const { port } = await startApp((request, response) => {
      void read(request).then(() => proxy(request, response));
    });
    assert.equal((await ask({ port, method: 'POST', body: '{}' })).status, 500);
    assert.equal((await warned)[0].code, 'ALTNAME_BODY_READ');
  });

  it('is an error for next, with onError next', async () => {
    const proxy = make({ onError: 'next' });
    const { port } = await startApp((request, response) => {
      void read(request).then(() => proxy(request, response, (error) => response.end(error?.message)));
    });
    const { body } = await ask({ port, method: 'POST', body: '{}' });
    assert.match(body, /^the body of the request was read before the proxy got it \(request /);
  });

  it('is sent on where its octets were kept', async () => {
    const proxy = make();
    const { port } = await startApp((request, response) => {
      void read(request).then((rawBody) => {
        Object.assign(request, { rawBody });
        proxy(request, response);
      });
    });
    const body = '{"a": 1.0, "a": 2}';
    for (const headers of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]) {
      const seen = await echoed({ port, method: 'POST', body, headers });
      assert.equal(seen.body, body);
      assert.deepEqual(valuesOf(seen.rawHeaders, 'content-length'), [String(body.length)]);
    }
  });

  it('is not sent on where what was kept is decoded', async () => {
    const proxy = make();
    const { port } = await startApp((request, response) => {
      void read(request).then(() => {
        Object.assign(request, { rawBody: Buffer.from('decoded') });
        proxy(request, response);
      });
    });
    const headers = { 'content-encoding': 'gzip' };
    assert.equal((await ask({ port, method: 'POST', body: 'x', headers })).status, 500);
  });
});

describe('the upgrade handler', () => {
  it('lets WebSocket through, and leaves to next what no route is for', async () => {
    const proxy = make({ routes: [{ path: '/api', to: 'api' }] });
    const { server, port } = await startApp((request, response) => proxy(request, response));
    const own = new WebSocketServer({ noServer: true });
    own.on('connection', (each) => each.send('of the app'));
    server.on('upgrade', (request, socket, head) =>
      proxy.upgrade(request, socket, head, () =>
        own.handleUpgrade(request, socket, head, (each) => own.emit('connection', each, request)),
      ),
    );
    const client = new WebSocket(`ws://127.0.0.1:${port}/api`);
    await once(client, 'open');
    client.send('hello');
    assert.equal(String((await once(client, 'message'))[0]), 'hello');
    client.terminate();
    const other = new WebSocket(`ws://127.0.0.1:${port}/hmr`);
    assert.equal(String((await once(other, 'message'))[0]), 'of the app');
    other.terminate();
  });

  it('ends what was upgraded when it is closed', async () => {
    const proxy = make();
    const { server, port } = await startApp((request, response) => proxy(request, response));
    server.on('upgrade', proxy.upgrade);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, 'open');
    const closed = once(client, 'close');
    await proxy.close();
    assert.equal((await closed)[0], 1006);
  });

  it('answers 404 without next, and 502 where the upstream is another', async () => {
    const proxy = make({ upstreams: { api: wrong }, routes: [{ path: '/api', to: 'api' }] });
    const { server, port } = await startApp((request, response) => proxy(request, response));
    server.on('upgrade', proxy.upgrade);
    const asking = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    assert.match(await raw(port, asking('/other')), /^HTTP\/1\.1 404 /);
    assert.match(await raw(port, asking('/api')), /^HTTP\/1\.1 502 /);
  });
});

it('a request behind another on one connection is served in its turn', async () => {
  const proxy = make({ routes: [{ path: '/api', to: 'api' }] });
  const { port } = await startApp((request, response) => proxy(request, response, () => response.end('app')));
  const answer = await raw(
    port,
    'GET /api/1 HTTP/1.1\r\nHost: a.test\r\n\r\nGET /x HTTP/1.1\r\nHost: a.test\r\n\r\n',
  );
  const bodies = answer.split('\r\n\r\n');
  assert.equal((JSON.parse((bodies[1] ?? '').split(/HTTP\/1\.1/)[0] ?? '') as Echoed).url, '/api/1');
  assert.match(answer, /app$/);
});
