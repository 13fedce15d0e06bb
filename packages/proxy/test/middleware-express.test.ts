import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { after, describe, it } from 'node:test';
import { proxyMiddleware, type MiddlewareOptions, type ProxyMiddleware } from '@altname/proxy';
import compression from 'compression';
import connect from 'connect';
import express from 'express';
import helmet from 'helmet';
import polka from 'polka';
import { startApp } from './app-server.ts';
import { testAuthority } from './authority.ts';
import { ask, echoed, valuesOf } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The middleware in Express 4 and 5, Connect and Polka, as people put them together.

const express4 = createRequire(import.meta.url)('express4') as typeof express;
const authority = await testAuthority();
const big = 'x'.repeat(10_000);
const upstream = await startUpstream(await authority.issue('api.test'), (request, response) => {
  if (request.url === '/big') {
    response.setHeader('content-type', 'text/plain');
    response.setHeader('content-length', big.length);
    response.setHeader('vary', 'Accept-Language');
    response.setHeader('set-cookie', ['up=1', 'up=2']);
    response.setHeader('x-frame-options', 'DENY');
    response.end(big);
    return;
  }
  if (request.url === '/breaks') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  echo(request, response);
});
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const wrong = { ...api, name: 'internal.test' };

function make(options: Partial<MiddlewareOptions> = {}): ProxyMiddleware {
  const made = proxyMiddleware({ upstreams: { api }, ...options });
  after(() => made.close());
  return made;
}

/** What the frameworks have in common. */
interface App {
  use(...handlers: unknown[]): unknown;
}
type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void;

const frameworks: readonly [string, () => App & { listener: RequestListener }][] = [
  ['Express 4', () => asListener(express4())],
  ['Express 5', () => asListener(express())],
  ['Connect', () => asListener(connect())],
  [
    'Polka',
    () => {
      const app = polka({ onError: onError as never });
      return Object.assign(app as unknown as App, { listener: app.handler.bind(app) as RequestListener });
    },
  ],
];

function asListener(app: unknown): App & { listener: RequestListener } {
  return Object.assign(app as App, { listener: app as RequestListener });
}

/** Tells all that it knows, as a program in development may. */
function onError(error: Error, _: IncomingMessage, response: ServerResponse, next?: unknown): void {
  assert.ok(next === undefined || typeof next === 'function');
  response.statusCode = (error as Error & { status?: number }).status ?? 500;
  response.end(`mine: ${error.stack} ${JSON.stringify(error)}`);
}

for (const [name, framework] of frameworks) {
  describe(name, () => {
    const run = async (build: (app: App) => void): Promise<number> => {
      const app = framework();
      build(app);
      return (await startApp(app.listener)).port;
    };

    it('below a mount path: without it, or with it', async () => {
      const port = await run((app) => {
        app.use('/strip', make());
        app.use('/keep', make({ mount: 'keep' }));
      });
      assert.equal((await echoed({ port, path: '/strip/x?y' })).url, '/x?y');
      assert.equal((await echoed({ port, path: '/keep/x?y' })).url, '/keep/x?y');
      assert.equal((await echoed({ port, path: '/strip' })).url, '/');
    });

    it('hands bodies on', async () => {
      const port = await run((app) => app.use(make()));
      const seen = await echoed({ port, method: 'POST', path: '/x', body: 'hello' });
      assert.deepEqual([seen.url, seen.body], ['/x', 'hello']);
    });

    it('leaves to the program what no route is for', async () => {
      const port = await run((app) => {
        app.use(make({ routes: [{ path: '/api', to: 'api' }] }));
        app.use(((_, response) => response.end('of the app')) satisfies Handler);
      });
      assert.equal((await ask({ port, path: '/x' })).body, 'of the app');
    });

    it('hands a failure on, and says nothing of the upstream', async () => {
      let calls = 0;
      const port = await run((app) => {
        app.use(make({ upstreams: { api: wrong }, onError: 'next' }));
        app.use((() => calls++) satisfies Handler);
        if (name !== 'Polka') app.use(onError);
      });
      const { status, body } = await ask({ port, method: 'POST', body: 'x' });
      assert.equal(status, 502);
      assert.match(body, /^mine: ProxyError: the upstream did not answer \(request [\w-]+\)/);
      assert.doesNotMatch(body, /internal\.test|api\.test|127\.0\.0\.1/);
      assert.equal(calls, 0);
    });

    // Polka catches nothing.
    const ifCaught = name === 'Polka' ? it.skip : it;
    ifCaught('lets what later middleware throws be the framework’s', async () => {
      const port = await run((app) => {
        app.use(make({ routes: [{ path: '/api', to: 'api' }] }));
        app.use((() => {
          throw new Error('later');
        }) satisfies Handler);
        app.use(onError);
      });
      const { status, body } = await ask({ port, path: '/x' });
      assert.equal(status, 500);
      assert.match(body, /later/);
    });

    it('with compression before it', async () => {
      const port = await run((app) => {
        app.use(compression());
        app.use(make());
      });
      const { headers, body } = await ask({ port, path: '/big', headers: { 'accept-encoding': 'gzip' } });
      assert.equal(headers['content-encoding'], 'gzip');
      assert.equal(headers['content-length'], undefined);
      assert.ok(body.length < 1000);
      assert.match(String(headers.vary), /Accept-Language/);
      assert.match(String(headers.vary), /Accept-Encoding/);
      assert.equal((await ask({ port, path: '/big' })).body, big);
      await assert.rejects(ask({ port, path: '/breaks' }), { code: 'ECONNRESET' });
    });

    it('with fields of the program: the upstream’s hold, cookies and Vary are of both', async () => {
      const port = await run((app) => {
        app.use(helmet());
        app.use(((_, response, next) => {
          response.setHeader('set-cookie', 'app=1');
          response.setHeader('vary', 'Origin');
          response.setHeader('content-length', '3');
          next();
        }) satisfies Handler);
        app.use(make());
      });
      const { headers, body } = await ask({ port, path: '/big' });
      assert.equal(body, big);
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.match(String(headers['content-security-policy']), /^default-src 'self'/);
      assert.deepEqual(headers['set-cookie'], ['app=1', 'up=1', 'up=2']);
      assert.equal(headers.vary, 'Origin, Accept-Language');
    });
  });
}

for (const [name, json] of [
  ['Express 4', express4],
  ['Express 5', express],
] as const) {
  describe(`${name}, express.json() before`, () => {
    it('is 500 at once; with rawBody, the octets of the client', async () => {
      const body = '{"a":  1.0}';
      const headers = { 'content-type': 'application/json' };
      const lost = json();
      lost.use(json.json());
      lost.use(make());
      const { port } = await startApp(lost);
      assert.equal((await ask({ port, method: 'POST', headers, body })).status, 500);
      // What it did not read goes on.
      assert.equal((await echoed({ port, method: 'POST', body: 'text' })).body, 'text');

      const kept = json();
      kept.use(
        json.json({
          verify: (request, _, octets) => {
            Object.assign(request, { rawBody: octets });
          },
        }),
      );
      kept.use(make());
      const other = await startApp(kept);
      const seen = await echoed({ port: other.port, method: 'POST', headers, body });
      assert.equal(seen.body, body);
      assert.deepEqual(valuesOf(seen.rawHeaders, 'content-length'), [String(body.length)]);
    });
  });
}

describe('keep-alive in front', () => {
  it('goes on after a 502, a next and an answer', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    after(() => agent.destroy());
    const app = express();
    app.use('/wrong', make({ upstreams: { api: wrong }, onError: 'next' }));
    app.use('/api', make());
    app.use('/wrong', ((_: Error, __: unknown, response: express.Response, ___: unknown) => {
      response.status(502).end();
    }) as express.ErrorRequestHandler);
    const { port, server } = await startApp(app);
    let connections = 0;
    server.on('connection', () => connections++);
    const body = 'x'.repeat(100_000);
    for (const path of ['/api/a', '/wrong', '/api/b', '/none', '/api/c']) {
      const { status } = await ask({ port, path, agent, method: 'POST', body });
      assert.equal(status, path === '/wrong' ? 502 : path === '/none' ? 404 : 200, path);
    }
    assert.equal(connections, 1);
  });
});
