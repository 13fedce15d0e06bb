import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { honoProxy, type HonoProxyOptions } from '@altname/proxy/hono';
import { Hono } from 'hono';
import WebSocket, { WebSocketServer } from 'ws';
import { testAuthority } from './authority.ts';
import { ask, echoed } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The handler in Hono on @hono/node-server.

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), (request, response) => {
  if (request.url === '/none') response.writeHead(404).end('none');
  else echo(request, response);
});
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each, request) => each.on('message', () => each.send(String(request.url))));
const api = { to: upstream.url, name: 'api.test', ca: authority.root };

async function start(app: Hono): Promise<{ port: number; server: Server }> {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

function make(options: Partial<HonoProxyOptions> = {}): ReturnType<typeof honoProxy> {
  const made = honoProxy({ upstreams: { api }, ...options });
  after(() => made.close());
  return made;
}

describe('the Hono handler', () => {
  it('hands on as it came, or without the beginning of the path', async () => {
    upstream.serverNames.length = 0;
    const app = new Hono();
    app.all('/keep/*', make());
    app.all('/api/*', make({ strip: '/api' }));
    const { port } = await start(app);
    assert.equal((await echoed({ port, path: '/keep/x?y' })).url, '/keep/x?y');
    const headers = { host: 'evil.test' };
    const seen = await echoed({ port, method: 'POST', path: '/api/x?y', body: 'hello', headers });
    assert.deepEqual([seen.method, seen.url, seen.body], ['POST', '/x?y', 'hello']);
    assert.deepEqual(upstream.serverNames, ['api.test', 'api.test']);
    assert.equal((await ask({ port, path: '/api/none' })).body, 'none');
  });

  it('runs behind middleware, whose fields stay and which sees the status', async () => {
    const seen: number[] = [];
    const app = new Hono();
    app.use(async (c, next) => {
      c.header('x-own', 'own');
      await next();
      seen.push(c.res.status);
    });
    app.all('/*', make());
    const { port } = await start(app);
    assert.equal((await ask({ port, path: '/x' })).headers['x-own'], 'own');
    assert.equal((await ask({ port, path: '/none' })).status, 404);
    await wait(50);
    assert.deepEqual(seen, [200, 404]);
  });

  it('leaves to the next handler what no route is for', async () => {
    const app = new Hono();
    app.use(make({ routes: [{ path: '/api', to: 'api' }] }));
    app.get('/own', (c) => c.text('own'));
    const { port } = await start(app);
    assert.equal((await ask({ port, path: '/own' })).body, 'own');
    assert.equal((await ask({ port, path: '/other' })).status, 404);
    assert.equal((await echoed({ port, path: '/api' })).url, '/api');
  });

  it('answers 502, or hands the error on', async () => {
    const wrong = { upstreams: { api: { ...api, name: 'internal.test' } } };
    const app = new Hono();
    app.all('/own', make(wrong));
    app.all('/next', make({ ...wrong, onError: 'next' }));
    app.onError((error, c) => c.text(`mine: ${error.stack}`, 502));
    const { port } = await start(app);
    const own = await ask({ port, path: '/own', method: 'POST', body: 'x' });
    const handed = await ask({ port, path: '/next', method: 'POST', body: 'x' });
    assert.deepEqual([own.status, handed.status], [502, 502]);
    assert.match(handed.body, /^mine: ProxyError: the upstream did not answer/);
    assert.doesNotMatch(own.body + handed.body, /internal\.test|api\.test|127\.0\.0\.1/);
  });

  it('is 500 at once for a body that was read before', async () => {
    const app = new Hono();
    app.use(async (c, next) => {
      await c.req.text();
      await next();
    });
    app.all('/*', make());
    const { port } = await start(app);
    assert.equal((await ask({ port, method: 'POST', body: '{}' })).status, 500);
  });

  it('has an upgrade handler', async () => {
    const proxy = make({ strip: '/api' });
    const app = new Hono();
    app.all('/api/*', proxy);
    const { port, server } = await start(app);
    server.on('upgrade', (request, socket, head) => proxy.upgrade(request, socket, head));
    const client = new WebSocket(`ws://127.0.0.1:${port}/api/ws`);
    await once(client, 'open');
    client.send('x');
    assert.equal(String((await once(client, 'message'))[0]), '/ws');
    client.terminate();
  });

  it('says that it needs the objects of Node', async () => {
    const app = new Hono();
    const seen: string[] = [];
    app.all('/*', make());
    app.onError((error, c) => {
      seen.push(error.message);
      return c.text('', 500);
    });
    assert.equal((await app.request('/x')).status, 500);
    assert.match(seen[0] ?? '', /^honoProxy: a request without objects of Node cannot be handed on/);
  });

  it('says what is wrong with its options', () => {
    for (const [options, line] of [
      [{ strip: 'api' }, /^strip: the beginning of a path is expected/],
      [{ mount: 'keep' }, /^mount: Hono takes nothing from a path/],
      [{ listen: 1 }, /^listen: /],
    ] as const) {
      assert.throws(() => honoProxy({ upstreams: { api }, ...options } as HonoProxyOptions), {
        message: line,
      });
    }
  });
});
