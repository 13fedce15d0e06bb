import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import adapter, { type ProxyServer, type ServerOptions } from '@altname/proxy/http-proxy';
import httpProxy from 'http-proxy';
import WebSocket, { WebSocketServer } from 'ws';
import { startApp } from './app-server.ts';
import { ask, deferred, raw, type AskOptions, type Echoed } from './client.ts';
import { echo } from './upstream-server.ts';

// The same program, once with http-proxy and once with the adapter: what is seen has to be the same.

type Make = (options: ServerOptions) => ProxyServer;
const makers: readonly Make[] = [
  (options) => httpProxy.createProxyServer(options as object) as unknown as ProxyServer,
  (options) => adapter.createProxyServer(options),
];

/** Runs a program with both, and holds what it saw against each other. */
async function same(program: (make: Make) => Promise<unknown>): Promise<void> {
  const seen: unknown[] = [];
  for (const make of makers) seen.push(await program(make));
  assert.deepEqual(seen[1], seen[0]);
  assert.notEqual(seen[0], undefined);
}

const upstream = await startApp((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://upstream.test');
  if (pathname === '/cookies') {
    response.setHeader('Set-Cookie', [
      'a=1; Domain=old.test; Path=/old; Secure',
      'b=2; path=/; domain=other.test',
      'c=3',
    ]);
    response.setHeader('X-Mixed-Case', 'kept');
    response.writeHead(201, 'Made');
    response.end('cookies');
  } else if (pathname === '/redirect') {
    response.writeHead(302, { location: `http://127.0.0.1:${upstream.port}/there?x=1#y` });
    response.end();
  } else if (pathname === '/elsewhere') {
    response.writeHead(302, { location: 'http://elsewhere.test/there' });
    response.end();
  } else if (pathname === '/never') {
    return;
  } else echo(request, response);
});
const sockets = new WebSocketServer({ noServer: true });
upstream.server.on('upgrade', (request, socket: Socket, head) => {
  if (request.url === '/no') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: no\r\n\r\nno');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (each) => {
    each.send(JSON.stringify({ url: request.url, special: request.headers['x-special'] ?? null }));
    each.on('message', (data) => each.send(String(data)));
  });
});
const target = `http://127.0.0.1:${upstream.port}`;
const closed = await startApp(() => {});
closed.server.close();

/** A server of a program that hands everything to a proxy. */
async function serving(
  make: Make,
  options: ServerOptions,
  listener?: (proxy: ProxyServer) => RequestListener,
): Promise<{ proxy: ProxyServer; port: number; server: http.Server }> {
  const proxy = make(options);
  const { port, server } = await startApp(
    listener?.(proxy) ?? ((request, response) => proxy.web(request, response)),
  );
  return { proxy, port, server };
}

/** What the client saw, less what is for one connection: whether it is kept, and how an empty body is framed. */
function visible({ status, headers, body }: Awaited<ReturnType<typeof ask>>): unknown {
  const framing = body === '' ? ['transfer-encoding', 'content-length'] : [];
  const left = ['date', 'connection', 'keep-alive', ...framing];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
  return { status, headers: kept, body: isEchoed(body) ? fieldsOf(JSON.parse(body) as Echoed) : body };
}

function isEchoed(body: string): boolean {
  return body.startsWith('{"method"');
}

function fieldsOf({ method, url, rawHeaders, body }: Echoed): unknown {
  const fields: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (name !== 'connection') fields.push([name, rawHeaders[at + 1] ?? '']);
  }
  return { method, url, body, fields: fields.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** What one client sees with these options. */
async function seenWith(make: Make, options: ServerOptions, asked: AskOptions): Promise<unknown> {
  const { port } = await serving(make, options);
  return withoutPort(visible(await ask({ port, headers: { host: 'front.test' }, ...asked })), port);
}

/** The port in front is another for each run. */
function withoutPort(seen: unknown, port: number): unknown {
  return JSON.parse(JSON.stringify(seen).replaceAll(String(port), 'PORT')) as unknown;
}

const requests: readonly [string, ServerOptions, AskOptions][] = [
  ['GET', { target }, { path: '/a/b?c=d&e' }],
  ['POST with a length', { target }, { method: 'POST', path: '/p', body: 'hello' }],
  [
    'POST in chunks',
    { target },
    {
      method: 'POST',
      body: 'hello',
      headers: { host: 'front.test', 'transfer-encoding': 'chunked' },
    },
  ],
  ['DELETE without a body', { target }, { method: 'DELETE', path: '/d' }],
  ['HEAD', { target }, { method: 'HEAD', path: '/h' }],
  [
    'fields of its own',
    { target },
    { headers: { host: 'front.test', 'X-One': '1', cookie: 'a=b; c=d', 'accept-encoding': 'gzip' } },
  ],
  ['changeOrigin', { target, changeOrigin: true }, {}],
  ['a target with a path', { target: `${target}/base` }, { path: '/a?b=c' }],
  ['a target with a path and a slash', { target: `${target}/base/` }, { path: '/a//b?c=//d' }],
  ['prependPath: false', { target: `${target}/base`, prependPath: false }, { path: '/a' }],
  ['ignorePath', { target: `${target}/base?x=y`, ignorePath: true }, { path: '/a?b=c' }],
  ['toProxy', { target, toProxy: true }, { path: 'http://other.test/x?y' }],
  ['absolute-form', { target }, { path: 'http://front.test/x?y' }],
  ['headers', { target, headers: { 'X-Added': 'yes', accept: 'x/y' } }, {}],
  ['auth', { target, auth: 'user:secret' }, {}],
  [
    'auth beside one of the client',
    { target, auth: 'user:secret' },
    { headers: { host: 'front.test', authorization: 'Bearer x' } },
  ],
  ['method', { target, method: 'PUT' }, { method: 'POST', body: 'x' }],
  ['localAddress', { target, localAddress: '127.0.0.1' }, {}],
  ['cookies as they are', { target }, { path: '/cookies' }],
  ['cookieDomainRewrite: text', { target, cookieDomainRewrite: 'new.test' }, { path: '/cookies' }],
  ['cookieDomainRewrite: empty', { target, cookieDomainRewrite: '' }, { path: '/cookies' }],
  [
    'cookieDomainRewrite: map',
    { target, cookieDomainRewrite: { 'old.test': 'new.test', '*': '' } },
    { path: '/cookies' },
  ],
  ['cookiePathRewrite', { target, cookiePathRewrite: { '/old': '/new' } }, { path: '/cookies' }],
  ['hostRewrite', { target, hostRewrite: 'new.test:1' }, { path: '/redirect' }],
  ['autoRewrite', { target, autoRewrite: true }, { path: '/redirect' }],
  ['protocolRewrite', { target, protocolRewrite: 'https', autoRewrite: true }, { path: '/redirect' }],
  ['autoRewrite to elsewhere', { target, autoRewrite: true }, { path: '/elsewhere' }],
  ['a target in parts', { target: { host: '127.0.0.1', port: upstream.port } }, { path: '/x' }],
  [
    'a target as URL of url.parse',
    {
      target: {
        protocol: 'http:',
        hostname: '127.0.0.1',
        host: `127.0.0.1:${upstream.port}`,
        port: String(upstream.port),
        path: '/base',
      },
    },
    { path: '/x' },
  ],
];

describe('web, the same as with http-proxy', () => {
  for (const [what, options, asked] of requests) {
    it(what, () => same((make) => seenWith(make, options, asked)));
  }

  it('preserveHeaderKeyCase', () =>
    same(async (make) => {
      const { port } = await serving(make, { target, preserveHeaderKeyCase: true });
      const answer = await raw(port, 'GET /cookies HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
      return answer.match(/^(HTTP.*|set-cookie.*|x-mixed-case.*)$/gim);
    }));

  it('xfwd, where no one claims anything', () =>
    same(async (make) => {
      const { port } = await serving(make, { target, xfwd: true });
      const { body } = await ask({ port, headers: { host: 'front.test:81' } });
      const { rawHeaders } = JSON.parse(body) as Echoed;
      // `Forwarded` is the adapter's own.
      return rawHeaders.filter((_, at) => /^x-forwarded/i.test(rawHeaders[at - (at % 2)] ?? '')).sort();
    }));

  it('options of one request, and a callback', () =>
    same(async (make) => {
      const seen: unknown[] = [];
      const { port } = await serving(make, {}, (proxy) => (request, response) => {
        const to = request.url === '/refused' ? `http://127.0.0.1:${closed.port}` : target;
        proxy.web(request, response, { target: to, headers: { 'x-of': 'request' } }, (error, _, answer) => {
          seen.push((error as NodeJS.ErrnoException).code);
          (answer as ServerResponse).writeHead(503).end('callback');
        });
      });
      const headers = { host: 'front.test' };
      return [
        visible(await ask({ port, headers, path: '/x' })),
        visible(await ask({ port, headers, path: '/refused' })),
        seen,
      ];
    }));

  it('the order of events, and what they hand over', () =>
    same(async (make) => {
      const seen: unknown[] = [];
      const { proxy, port } = await serving(make, { target });
      proxy.on('start', (request, _, to) => seen.push(['start', request.url, to?.port]));
      proxy.on('proxyReq', (proxyReq, _, __, options) =>
        seen.push(['proxyReq', proxyReq.path, proxyReq.method, proxyReq.host, options.target.port]),
      );
      proxy.on('proxyRes', (proxyRes) => seen.push(['proxyRes', proxyRes.statusCode]));
      const { promise, resolve } = deferred();
      proxy.on('end', (_, answer) => {
        seen.push(['end', answer.statusCode]);
        resolve();
      });
      await Promise.all([ask({ port, path: '/cookies' }), promise]);
      return seen;
    }));

  it('proxyReq: setHeader, removeHeader, path', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target });
      proxy.on('proxyReq', (proxyReq) => {
        proxyReq.setHeader('X-Special', String(proxyReq.getHeader('x-from')));
        proxyReq.removeHeader('cookie');
        proxyReq.path = '/changed';
      });
      return visible(await ask({ port, headers: { host: 'a.test', cookie: 'a=b', 'x-from': 'it' } }));
    }));

  it('proxyReq: a body that a parser has read is written again', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target }, (made) => async (request, response) => {
        Object.assign(request, { body: JSON.parse(String(Buffer.concat(await request.toArray()))) });
        made.web(request, response);
      });
      proxy.on('proxyReq', (proxyReq, request) => {
        const body = JSON.stringify((request as IncomingMessage & { body: object }).body);
        proxyReq.setHeader('content-length', Buffer.byteLength(body));
        proxyReq.write(body);
      });
      return visible(await ask({ port, method: 'POST', headers: { host: 'a.test' }, body: '{"a":  1}' }));
    }));

  it('buffer', () =>
    same(async (make) => {
      const { port } = await serving(make, {}, (proxy) => async (request, response) => {
        const body = Buffer.concat(await request.toArray());
        proxy.web(request, response, { target, buffer: Readable.from([body]) });
      });
      return visible(await ask({ port, method: 'POST', headers: { host: 'a.test' }, body: 'hello' }));
    }));

  it('proxyRes: fields changed', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target });
      proxy.on('proxyRes', (proxyRes, _, answer) => {
        delete proxyRes.headers['x-mixed-case'];
        proxyRes.headers['x-new'] = 'new';
        answer.setHeader('x-own', 'own');
      });
      return visible(await ask({ port, path: '/cookies' }));
    }));

  it('selfHandleResponse', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target, selfHandleResponse: true });
      proxy.on('proxyRes', (proxyRes, _, answer) => {
        void proxyRes.toArray().then((chunks) => {
          answer.end(`${proxyRes.statusCode}: ${String(Buffer.concat(chunks as Buffer[])).toUpperCase()}`);
        });
      });
      return visible(await ask({ port, path: '/cookies' }));
    }));

  it('an answer in proxyRes', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target });
      proxy.on('proxyRes', (_, __, answer) => answer.end('mine'));
      return visible(await ask({ port, path: '/cookies' }));
    }));

  it('forward', () =>
    same(async (make) => {
      const copy = deferred<string>();
      const other = await startApp(async (request, response) => {
        copy.resolve(`${request.method} ${request.url} ${String(Buffer.concat(await request.toArray()))}`);
        response.end('dropped');
      });
      const forward = `http://127.0.0.1:${other.port}/copies`;
      const { port } = await serving(make, { target, forward });
      const answer = await ask({
        port,
        method: 'POST',
        path: '/x',
        headers: { host: 'a.test' },
        body: 'both',
      });
      return [visible(answer), await copy.promise];
    }));

  it('forward alone', () =>
    same(async (make) => {
      const copy = deferred<string>();
      const other = await startApp(async (request, response) => {
        copy.resolve(`${request.method} ${request.url} ${String(Buffer.concat(await request.toArray()))}`);
        response.end();
      });
      const { port } = await serving(make, { forward: `http://127.0.0.1:${other.port}` });
      return [visible(await ask({ port, method: 'POST', body: 'x' })), await copy.promise];
    }));

  it('error: refused', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target: `http://127.0.0.1:${closed.port}` });
      const seen: unknown[] = [];
      proxy.on('error', (error, request, answer, to) => {
        seen.push([(error as NodeJS.ErrnoException).code, request.url, to?.port]);
        (answer as ServerResponse).writeHead(502).end('mine');
      });
      return [visible(await ask({ port, method: 'POST', path: '/x', body: 'x' })), seen];
    }));

  it('error: proxyTimeout', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, { target, proxyTimeout: 50 });
      const seen: unknown[] = [];
      proxy.on('error', (error, _, answer) => {
        seen.push([error.message, (error as NodeJS.ErrnoException).code]);
        (answer as ServerResponse).writeHead(504).end('late');
      });
      return [visible(await ask({ port, path: '/never' })), seen];
    }));

  it('error: no target', () =>
    same(async (make) => {
      const { proxy, port } = await serving(make, {}, (made) => (request, response) => {
        made.web(request, response);
        response.end('after');
      });
      const seen: unknown[] = [];
      proxy.on('error', (error) => seen.push(error.message));
      return [visible(await ask({ port })), seen];
    }));

  it('listen, and close', () =>
    same(async (make) => {
      const proxy = make({ target }).listen(0, '127.0.0.1');
      await once(proxy._server as http.Server, 'listening');
      const { port } = (proxy._server as http.Server).address() as AddressInfo;
      const answer = await ask({ port, headers: { host: 'a.test' } });
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
      return [visible(answer), proxy._server];
    }));
});

describe('ws, the same as with http-proxy', () => {
  const opened = async (
    make: Make,
    options: ServerOptions,
    path = '/ws',
  ): Promise<{ proxy: ProxyServer; client: WebSocket; first: Promise<unknown[]> }> => {
    const { proxy, port, server } = await serving(make, options);
    server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    client.on('error', () => {});
    after(() => client.terminate());
    const first = once(client, 'message');
    first.catch(() => {});
    return { proxy, client, first };
  };

  it('messages, events and a field', () =>
    same(async (make) => {
      const seen: unknown[] = [];
      const { proxy, client, first } = await opened(make, { target: target.replace('http:', 'ws:') });
      proxy.on('proxyReqWs', (proxyReq, request, _, __, head) => {
        proxyReq.setHeader('X-Special', 'yes');
        seen.push(['proxyReqWs', request.url, head.length]);
      });
      proxy.on('open', () => seen.push('open'));
      const ended = once(proxy, 'close').then(() => seen.push('close'));
      seen.push(String((await first)[0]));
      client.send('hello');
      seen.push(String((await once(client, 'message'))[0]));
      client.close();
      await ended;
      return seen;
    }));

  it('a target that refuses', () =>
    same(async (make) => {
      const { client } = await opened(make, { target }, '/no');
      const [, answer] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
      return [answer.statusCode, answer.headers['x-why'], String(Buffer.concat(await answer.toArray()))];
    }));

  it('a target that is not there', () =>
    same(async (make) => {
      const { proxy, client } = await opened(make, { target: `http://127.0.0.1:${closed.port}` });
      const seen: unknown[] = [];
      proxy.on('error', (error, request) => seen.push([(error as NodeJS.ErrnoException).code, request.url]));
      await new Promise((resolve) => client.once('close', resolve));
      return seen;
    }));

  it('an upgrade to something else', () =>
    same(async (make) => {
      const { proxy, port, server } = await serving(make, { target });
      server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
      return raw(port, 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
    }));
});
