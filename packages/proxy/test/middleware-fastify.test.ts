import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import proxy, { type FastifyProxyOptions } from '@altname/proxy/fastify';
import fastify, { type FastifyInstance } from 'fastify';
import WebSocket, { WebSocketServer } from 'ws';
import { testAuthority } from './authority.ts';
import { ask, echoed, raw, valuesOf, type Echoed } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The plugin in Fastify 5.

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each, request) => each.on('message', () => each.send(String(request.url))));
const to = { to: upstream.url, name: 'api.test', ca: authority.root };
const wrong = { ...to, name: 'internal.test' };

async function serve(
  options: FastifyProxyOptions,
  more: (app: FastifyInstance) => void = () => {},
): Promise<{ app: FastifyInstance; port: number }> {
  const app = fastify({ forceCloseConnections: true });
  more(app);
  await app.register(proxy, options);
  await app.listen({ port: 0, host: '127.0.0.1' });
  after(() => app.close());
  return { app, port: (app.server.address() as AddressInfo).port };
}

describe('the Fastify plugin', () => {
  it('hands on what is below its prefix, without it, under the names of the configuration', async () => {
    upstream.serverNames.length = 0;
    const { port } = await serve({ prefix: '/api', upstream: to });
    const body = '{"a":  1}';
    const headers = { host: 'evil.test', 'content-type': 'application/json' };
    const seen = await echoed({ port, method: 'POST', path: '/api/x?y=z', headers, body });
    assert.deepEqual([seen.method, seen.url, seen.body], ['POST', '/x?y=z', body]);
    assert.deepEqual(upstream.serverNames, ['api.test']);
    for (const [path, url] of [
      ['/api', '/'],
      ['/api/', '/'],
      ['/%61pi/x', '/x'],
    ] as const) {
      assert.equal((await echoed({ port, path })).url, url, path);
    }
    assert.equal((await ask({ port, path: '/other' })).status, 404);
    assert.equal((await ask({ port, method: 'HEAD', path: '/api/x' })).status, 200);
  });

  it('with it, where mount says keep; prefixes may have parameters', async () => {
    const { port } = await serve({ prefix: '/api', upstream: to, mount: 'keep' });
    assert.equal((await echoed({ port, path: '/api/x' })).url, '/api/x');
    const other = await serve({ prefix: '/t/:tenant', upstream: to });
    assert.equal((await echoed({ port: other.port, path: '/t/one/x' })).url, '/x');
  });

  it('reads no body, and leaves the parsers of others alone', async () => {
    const { port } = await serve({ prefix: '/api', upstream: to }, (app) => {
      app.post('/own', (request) => request.body);
    });
    const asked = { port, method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    assert.equal((await ask({ ...asked, path: '/own' })).body, '{"a":1}');
    const noJson = await echoed({ ...asked, path: '/api', body: '{' });
    assert.equal(noJson.body, '{');
    assert.equal((await echoed({ port, method: 'POST', path: '/api', body: 'x' })).body, 'x');
  });

  it('runs behind the hooks of Fastify, whose fields stay', async () => {
    const { port } = await serve({ prefix: '/api', upstream: to }, (app) => {
      app.addHook('onRequest', async (request, reply) => {
        reply.header('x-own', 'own');
        if (request.headers.authorization === undefined) return reply.code(401).send('no');
        return undefined;
      });
    });
    assert.equal((await ask({ port, path: '/api' })).status, 401);
    const { status, headers } = await ask({ port, path: '/api', headers: { authorization: 'x' } });
    assert.deepEqual([status, headers['x-own']], [200, 'own']);
  });

  it('answers 502, or hands the error on', async () => {
    const { port } = await serve({ prefix: '/api', upstream: wrong });
    const own = await ask({ port, path: '/api', method: 'POST', body: 'x' });
    assert.equal(own.status, 502);
    const seen: unknown[] = [];
    const other = await serve({ prefix: '/api', upstream: wrong, onError: 'next' }, (app) => {
      app.addHook('onError', async (_, __, error) => {
        seen.push((error as Error & { failure?: { error: { code: string } } }).failure?.error.code);
      });
    });
    const handed = await ask({ port: other.port, path: '/api', method: 'POST', body: 'x' });
    assert.equal(handed.status, 502);
    assert.match(handed.body, /the upstream did not answer/);
    assert.doesNotMatch(handed.body + own.body, /internal\.test|api\.test|127\.0\.0\.1/);
    assert.deepEqual(seen, ['ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('leaves to Fastify’s 404 what no route is for', async () => {
    const { port } = await serve({ prefix: '/api', upstreams: { to }, routes: [{ path: '/v1', to: 'to' }] });
    assert.equal((await echoed({ port, path: '/api/v1/x' })).url, '/v1/x');
    assert.match((await ask({ port, path: '/api/v2' })).body, /Route GET:\/api\/v2 not found/);
  });

  it('serves HTTP/2 in front', async () => {
    const app = fastify({
      http2: true,
      https: { allowHTTP1: true, ...(await authority.issue('front.test')) },
    });
    await app.register(proxy as never, { prefix: '/api', upstream: to } as never);
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      ca: authority.root,
      servername: 'front.test',
    });
    after(async () => {
      session.destroy();
      await app.close();
    });
    const stream = session.request({ ':method': 'POST', ':path': '/api/x', ':authority': 'front.test' });
    stream.end('hello');
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    assert.equal(headers[':status'], 200);
    const seen = JSON.parse(String(Buffer.concat((await stream.toArray()) as Buffer[]))) as Echoed;
    assert.deepEqual([seen.url, seen.body], ['/x', 'hello']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'x-forwarded-proto'), ['https']);
    const other = session.request({ ':path': '/api/x', ':authority': 'evil.test' });
    const [refused] = (await once(other, 'response')) as [{ ':status': number }];
    assert.equal(refused[':status'], 421);
    const trust = { ca: authority.root, servername: 'front.test', headers: { host: 'front.test' } };
    assert.equal((await echoed({ port, path: '/api/y', ...trust })).url, '/y');
  });

  it('says what is wrong with its options', async () => {
    for (const [options, line] of [
      [{ upstream: 'https://10.0.0.5' }, /^upstreams\.upstream\.name: 10\.0\.0\.5 is an address/],
      [{}, /^upstreams: /],
      [{ upstream: to, listen: 1 }, /^listen: /],
    ] as const) {
      await assert.rejects(async () => fastify().register(proxy, options as FastifyProxyOptions), {
        message: line,
      });
    }
  });
});

describe('WebSocket through the Fastify plugin', () => {
  const opened = async (port: number, path: string, headers = {}): Promise<string> => {
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const said = await new Promise<string>((resolve) => {
      client.on('error', (error) => resolve(error.message));
      client.on('open', () => client.send('x'));
      client.on('message', (data) => resolve(String(data)));
    });
    client.terminate();
    return said;
  };

  it('goes through behind the hooks', async () => {
    const { port } = await serve({ prefix: '/api', upstream: to }, (app) => {
      app.addHook('preHandler', async (request, reply) =>
        request.headers.authorization === undefined ? reply.code(401).send('no') : undefined,
      );
    });
    assert.equal(await opened(port, '/api/ws?x', { authorization: 'x' }), '/ws?x');
    assert.equal(await opened(port, '/api/ws'), 'Unexpected server response: 401');
    const other = await opened(port, '/other', { authorization: 'x' });
    assert.equal(other, 'Unexpected server response: 404');
  });

  it('of several places on one server, and beside another’s', async () => {
    const app = fastify({ forceCloseConnections: true });
    await app.register(proxy, { prefix: '/a', upstream: to });
    await app.register(proxy, { prefix: '/b', upstream: wrong });
    const own = new WebSocketServer({ noServer: true });
    own.on('connection', (each) => each.on('message', () => each.send('own')));
    await app.listen({ port: 0, host: '127.0.0.1' });
    after(() => app.close());
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/own')
        own.handleUpgrade(request, socket, head, (each) => own.emit('connection', each));
    });
    const { port } = app.server.address() as AddressInfo;
    assert.equal(await opened(port, '/a/x'), '/x');
    assert.equal(await opened(port, '/b/x'), 'Unexpected server response: 502');
    assert.equal(await opened(port, '/own'), 'own');
  });

  it('is not taken where websocket is false', async () => {
    const { port } = await serve({ prefix: '/api', upstream: to, websocket: false });
    const asking = 'GET /api HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    assert.doesNotMatch(await raw(port, asking), /^HTTP\/1\.1 101/);
  });
});
