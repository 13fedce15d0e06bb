import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import httpProxy, {
  createProxyServer,
  createServer,
  ProxyServer,
  type ServerOptions,
} from '@altname/proxy/http-proxy';
import { httpsAgent, connection } from '@altname/client';
import WebSocket, { WebSocketServer } from 'ws';
import { startApp } from './app-server.ts';
import { testAuthority } from './authority.ts';
import { ask, echoed, raw, valuesOf, type Echoed } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// Where the adapter is not as http-proxy is: names, verification, and what would hang or crash.

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test', 'localhost'), (request, response) => {
  if (request.url === '/never') return;
  if (request.url === '/breaks') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  if (request.url === '/hop') {
    response.writeHead(200, { connection: 'close, x-hop', 'x-hop': '1', 'keep-alive': 'x', 'x-end': '1' });
    response.end('hop');
    return;
  }
  if (request.url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('body');
    response.addTrailers({ 'x-sum': '42' });
    response.end();
    return;
  }
  echo(request, response);
});
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each) => each.on('message', (data) => each.send(String(data))));
const secure: ServerOptions = { target: upstream.url, name: 'api.test', ca: authority.root };

async function serving(
  options: ServerOptions,
): Promise<{ proxy: ProxyServer; port: number; server: http.Server }> {
  const proxy = createProxyServer(options);
  after(() => proxy.close());
  const app = await startApp((request, response) => proxy.web(request, response));
  return { proxy, ...app };
}

describe('the module', () => {
  it('is made as http-proxy is', () => {
    for (const made of [
      createProxyServer(),
      createServer({}),
      httpProxy.createProxyServer({}),
      httpProxy.createServer(),
      httpProxy.createProxy(),
      new httpProxy({}),
    ]) {
      assert.ok(made instanceof ProxyServer);
      assert.equal(typeof made.web, 'function');
    }
  });

  it('can be required', () => {
    const required = createRequire(import.meta.url)(
      '@altname/proxy/http-proxy',
    ) as typeof import('@altname/proxy/http-proxy');
    assert.equal(required.createProxyServer, createProxyServer);
  });
});

describe('the names', () => {
  it('come of the target and name, never of the client', async () => {
    upstream.serverNames.length = 0;
    const { port } = await serving(secure);
    const { rawHeaders } = await echoed({ port, headers: { host: 'evil.test' } });
    assert.deepEqual(valuesOf(rawHeaders, 'host'), ['evil.test']);
    assert.deepEqual(upstream.serverNames, ['api.test']);
  });

  it('are not what headers, changeOrigin or proxyReq make of Host', async () => {
    upstream.serverNames.length = 0;
    const { proxy, port } = await serving({ ...secure, headers: { host: 'a.test' }, changeOrigin: true });
    proxy.on('proxyReq', (proxyReq) => proxyReq.setHeader('host', 'b.test'));
    assert.deepEqual(valuesOf((await echoed({ port })).rawHeaders, 'host'), ['b.test']);
    assert.deepEqual(upstream.serverNames, ['api.test']);
  });

  it('are the target’s own where it has one', async () => {
    upstream.serverNames.length = 0;
    const { port } = await serving({
      ...secure,
      target: upstream.url.replace('127.0.0.1', 'localhost'),
      name: undefined,
    } as unknown as ServerOptions);
    await echoed({ port, headers: { host: 'evil.test' } });
    assert.deepEqual(upstream.serverNames, ['localhost']);
  });

  it('that are wrong are an error with its code, and nothing is sent', async () => {
    const { proxy, port } = await serving({ ...secure, name: 'other.test' });
    const codes: unknown[] = [];
    proxy.on('error', (error, _, answer) => {
      codes.push((error as NodeJS.ErrnoException).code);
      (answer as ServerResponse).writeHead(502).end('mine');
    });
    assert.equal((await ask({ port })).body, 'mine');
    assert.deepEqual(codes, ['ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('hold for WebSocket', async () => {
    upstream.serverNames.length = 0;
    const { proxy, port, server } = await serving({ ...secure, ws: true });
    server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
    const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'evil.test' } });
    await once(client, 'open');
    client.send('hello');
    assert.equal(String((await once(client, 'message'))[0]), 'hello');
    client.terminate();
    assert.deepEqual(upstream.serverNames, ['api.test']);
  });
});

describe('without a listener for error', () => {
  it('the client gets 502, and the operator a warning with the cause', async () => {
    const { port } = await serving({ ...secure, name: 'wrong.test' });
    const warned = once(process, 'warning') as Promise<[Error]>;
    const { status, body } = await ask({ port, method: 'POST', body: 'x' });
    assert.equal(status, 502);
    assert.doesNotMatch(body, /wrong\.test|api\.test|127/);
    assert.match((await warned)[0].message, /^http-proxy: https:\/\/127\.0\.0\.1:\d+: .*wrong\.test/);
  });

  it('an upgrade gets 502', async () => {
    const { proxy, port, server } = await serving({ ...secure, name: 'wrong.test' });
    server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
    const asking = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    assert.match(await raw(port, asking), /^HTTP\/1\.1 502 /);
  });

  it('no target is 500, and nothing crashes', async () => {
    const { port } = await serving({});
    assert.equal((await ask({ port, method: 'POST', body: 'x' })).status, 500);
  });
});

describe('what is refused, in one line', () => {
  const refused: readonly [Record<string, unknown>, RegExp][] = [
    [{ secure: false }, /^secure: an https target is always verified: give ca .* name .* tolerate/],
    [{ secure: false, target: undefined }, /^secure: an https target is always verified/],
    [{ name: undefined }, /^name: 127\.0\.0\.1 is an address: say which name its certificate has to carry$/],
    [{ followRedirects: true }, /^followRedirects: a redirect would let the target choose/],
    [{ lookup: () => {} }, /^lookup: it is for http targets/],
    [{ localAddress: '127.0.0.1' }, /^localAddress: it is for http targets/],
    // altname-ignore-next-line no-disabled-verification: an option that is refused
    [{ agent: new https.Agent({ rejectUnauthorized: false }) }, /^agent\.rejectUnauthorized: /],
    [{ agent: new https.Agent({ ca: 'x' }) }, /^agent\.ca: it is not taken from an agent/],
    [{ agent: {} }, /^agent: an http\.Agent or https\.Agent is expected/],
    [{ target: 'localhost:3000' }, /^target "localhost:3000": http:\/\/, https:\/\/, ws:\/\/ or wss:\/\//],
    [{ target: 'nothing' }, /^target "nothing": a URL is expected/],
    [{ target: 'ftp://a.test' }, /^target "ftp:\/\/a\.test\/": http:\/\//],
    [{ target: { host: 'a.test', protocol: 'https:', pfx: 'x' } }, /^target\.pfx: it is not taken/],
    [
      // altname-ignore-next-line no-disabled-verification: an option that is refused
      { target: { host: 'a.test', protocol: 'https:', rejectUnauthorized: false } },
      /^target\.rejectUnauthorized: /,
    ],
    [{ targt: 'x' }, /^targt: there is no such option/],
    [{ changeOrigin: 'yes' }, /^changeOrigin: a boolean is expected$/],
    [{ proxyTimeout: -1 }, /^proxyTimeout: milliseconds are expected$/],
    [{ cookieDomainRewrite: 1 }, /^cookieDomainRewrite: a text, or an object of texts, is expected$/],
    [{ trust: ['x'] }, /^trust\[0\]: "x" is neither/],
  ];
  for (const [options, line] of refused) {
    it(line.source, () => {
      const make = (): unknown => createProxyServer({ ...secure, ...options } as ServerOptions);
      assert.throws(make, { code: 'ALTNAME_BAD_OPTION', message: line });
    });
  }

  it('before and after', () => {
    assert.throws(() => createProxyServer().before(), { message: /^before: there are no passes/ });
    assert.throws(() => createProxyServer().after(), { message: /^after: there are no passes/ });
  });

  it('options of one request, by the event or the callback', async () => {
    const { proxy } = await serving({});
    const seen: string[] = [];
    const app = await startApp((request, response) => {
      proxy.web(request, response, { ...secure, secure: false }, (error, _, answer) => {
        seen.push(error.message);
        (answer as ServerResponse).writeHead(500).end();
      });
    });
    assert.equal((await ask({ port: app.port })).status, 500);
    assert.match(seen[0] ?? '', /^secure: /);
  });

  it('but secure says nothing of an http target', () => {
    assert.ok(createProxyServer({ target: 'http://127.0.0.1:1', secure: false }));
  });
});

describe('a request', () => {
  it('whose body a parser has read fails at once, unless its octets were kept', async () => {
    const proxy = createProxyServer(secure);
    const errors: string[] = [];
    proxy.on('error', (error, _, answer) => {
      errors.push(error.message);
      (answer as ServerResponse).writeHead(500).end('read before');
    });
    const { port } = await startApp(async (request, response) => {
      const rawBody = Buffer.concat(await request.toArray());
      if (request.url === '/kept') Object.assign(request, { rawBody });
      proxy.web(request, response);
    });
    assert.equal((await ask({ port, method: 'POST', body: '{"a": 1}' })).body, 'read before');
    assert.match(errors[0] ?? '', /^body: it was read before \(express\.json\(\)/);
    assert.equal((await echoed({ port, method: 'POST', path: '/kept', body: '{"a": 1}' })).body, '{"a": 1}');
  });

  it('says nothing of who asked that nobody trusted says, unless the program does', async () => {
    const claims = { 'x-forwarded-for': '9.9.9.9', 'x-real-ip': '9.9.9.9', forwarded: 'for=9.9.9.9' };
    const stranger = await serving(secure);
    const { rawHeaders } = await echoed({ port: stranger.port, headers: claims });
    assert.doesNotMatch(rawHeaders.join(), /9\.9\.9\.9/);
    const friend = await serving({ ...secure, trust: ['127.0.0.1'] });
    assert.deepEqual(
      valuesOf((await echoed({ port: friend.port, headers: claims })).rawHeaders, 'x-forwarded-for'),
      ['9.9.9.9'],
    );
    const added = await serving({ ...secure, trust: ['127.0.0.1'], xfwd: true });
    assert.deepEqual(
      valuesOf((await echoed({ port: added.port, headers: claims })).rawHeaders, 'x-forwarded-for'),
      ['9.9.9.9, 127.0.0.1'],
    );
    const proxy = createProxyServer(secure);
    const { port } = await startApp((request, response) => {
      request.headers['x-forwarded-for'] = '8.8.8.8';
      proxy.web(request, response);
    });
    const own = await echoed({ port, headers: claims });
    assert.deepEqual(valuesOf(own.rawHeaders, 'x-forwarded-for'), ['8.8.8.8']);
  });

  it('loses the fields of its connection, and keeps a body whatever its method', async () => {
    const { port } = await serving(secure);
    const answer = await raw(
      port,
      'DELETE / HTTP/1.1\r\nHost: a.test\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
      2000,
    );
    const seen = JSON.parse(answer.slice(answer.indexOf('{"method"'), answer.lastIndexOf('}') + 1)) as Echoed;
    assert.equal(seen.body, 'body');
    for (const name of ['x-hop', 'te', 'proxy-authorization']) {
      assert.deepEqual(valuesOf(seen.rawHeaders, name), [], name);
    }
  });

  it('that the proxy would refuse is refused', async () => {
    const { port } = await serving(secure);
    assert.match(await raw(port, 'GET /a/../b HTTP/1.1\r\nHost: a.test\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(
      await raw(port, 'GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n'),
      /^HTTP\/1\.1 400 /,
    );
  });

  it('whose client goes away is ended at the target, and is econnreset', async () => {
    const { proxy, port } = await serving(secure);
    const reset = once(proxy, 'econnreset');
    const asked = once(upstream.server, 'request') as Promise<[http.IncomingMessage]>;
    const client = http.get({ port, host: '127.0.0.1', path: '/never', agent: false });
    client.on('error', () => {});
    const [request] = await asked;
    const gone = new Promise((resolve) => request.once('close', resolve));
    request.on('error', () => {});
    client.destroy();
    await Promise.all([gone, reset]);
  });

  it('waits no longer than proxyTimeout', async () => {
    const { port } = await serving({ ...secure, proxyTimeout: 100 });
    assert.equal((await ask({ port, path: '/never' })).status, 502);
  });

  it('keeps connections where the agent says so', async () => {
    upstream.serverNames.length = 0;
    const { port } = await serving({ ...secure, agent: new https.Agent({ keepAlive: true }) });
    await echoed({ port });
    await echoed({ port });
    assert.equal(upstream.serverNames.length, 1);
    const usual = await serving(secure);
    await echoed({ port: usual.port });
    await echoed({ port: usual.port });
    assert.equal(upstream.serverNames.length, 3);
  });

  it('takes no agent that decides where it goes', () => {
    const agent = httpsAgent(connection({ to: '127.0.0.1:1', name: 'api.test' }));
    assert.throws(() => createProxyServer({ ...secure, agent }), { message: /^agent: / });
  });
});

describe('an answer', () => {
  it('that breaks off is broken for the client', async () => {
    const { port } = await serving(secure);
    await assert.rejects(ask({ port, path: '/breaks' }), { code: 'ECONNRESET' });
  });

  it('loses the fields of its connection', async () => {
    const { port } = await serving(secure);
    const { headers } = await ask({ port, path: '/hop' });
    assert.equal(headers['x-hop'], undefined);
    assert.equal(headers['x-end'], '1');
  });

  it('has its trailers', async () => {
    const { port } = await serving(secure);
    assert.deepEqual({ ...(await ask({ port, path: '/trailers' })).trailers }, { 'x-sum': '42' });
  });
});

describe('servers in front', () => {
  it('of HTTP/2', async () => {
    const proxy = createProxyServer(secure);
    const server = http2.createSecureServer(await authority.issue('front.test'));
    server.on('request', (request, response) => proxy.web(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      ca: authority.root,
      servername: 'front.test',
    });
    after(() => {
      session.destroy();
      server.close();
    });
    for (const [path, body] of [
      ['/x', 'hello'],
      ['/y', ''],
    ] as const) {
      const stream = session.request({ ':path': path, ':method': 'POST', ':authority': 'front.test' });
      stream.end(body);
      const [headers] = (await once(stream, 'response')) as [
        http2.IncomingHttpHeaders & { ':status': number },
      ];
      assert.equal(headers[':status'], 200);
      const seen = JSON.parse(String(Buffer.concat((await stream.toArray()) as Buffer[]))) as Echoed;
      assert.deepEqual([seen.url, seen.body], [path, body]);
      assert.deepEqual(valuesOf(seen.rawHeaders, 'host'), ['front.test']);
    }
  });

  it('of listen, with ssl and ws', async () => {
    const proxy = createProxyServer({ ...secure, ws: true, ssl: await authority.issue('front.test') });
    proxy.listen(0, '127.0.0.1');
    const server = proxy._server as https.Server;
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const trust = { ca: authority.root, servername: 'front.test' };
    assert.equal((await ask({ port, ...trust })).status, 200);
    const client = new WebSocket(`wss://127.0.0.1:${port}/`, trust);
    await once(client, 'open');
    client.terminate();
    await new Promise<void>((resolve) => proxy.close(() => resolve()));
  });

  it('of sockets of the machine behind', async (t) => {
    if (process.platform === 'win32') return t.skip('Windows has no such sockets');
    const { scratch } = await import('./authority.ts');
    const path = `${await scratch()}/up.sock`;
    const server = http.createServer(echo).listen(path);
    await once(server, 'listening');
    after(() => server.close());
    const { port } = await serving({ target: { socketPath: path } });
    assert.equal((await echoed({ port, path: '/x' })).url, '/x');
  });
});

it('a socket that is gone before the target answers is no error', async () => {
  const { proxy, port, server } = await serving(secure);
  const reset = once(proxy, 'econnreset');
  server.on('upgrade', (request, socket, head) => {
    proxy.ws(request, socket as Socket, head);
    socket.destroy();
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  client.on('error', () => {});
  await reset;
});
