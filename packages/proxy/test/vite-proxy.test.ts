import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { viteProxy, type ViteProxyTable } from '@altname/proxy/vite';
import { build, createLogger, createServer, preview, type InlineConfig, type ViteDevServer } from 'vite';
import WebSocket, { WebSocketServer } from 'ws';
import { scratch, testAuthority } from './authority.ts';
import { ask, echoed, valuesOf } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The table of `server.proxy` in Vite's own servers, once as Vite's and once as ours.

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test', 'localhost'), echo);
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each, request) =>
  each.on('message', () => each.send(JSON.stringify([request.url, request.headers.origin ?? null]))),
);
const target = upstream.url;
const named = { target, name: 'api.test', ca: authority.root };
/** A target that Vite's own proxy reaches, too: plain. */
const { startApp } = await import('./app-server.ts');
const plain = await startApp(echo);
const plainSockets = new WebSocketServer({ server: plain.server });
plainSockets.on('connection', (each, request) => each.on('message', () => each.send(String(request.url))));
const plainTarget = `http://127.0.0.1:${plain.port}`;

const root = join(await scratch(), 'project');
await mkdir(root);
await writeFile(join(root, 'index.html'), '<!doctype html><title>vite</title>');

async function serve(config: InlineConfig): Promise<{ port: number; server: ViteDevServer; told: string[] }> {
  const told: string[] = [];
  const customLogger = { ...createLogger('silent'), error: (text: string) => told.push(text) };
  const server = await createServer({
    configFile: false,
    root,
    cacheDir: join(root, '.vite'),
    customLogger,
    ...config,
    server: { port: 0, host: '127.0.0.1', watch: null, ...config.server },
  });
  await server.listen();
  after(() => server.close());
  return { server, told, port: (server.httpServer?.address() as AddressInfo | null)?.port ?? 0 };
}

const withTable = (table: ViteProxyTable): ReturnType<typeof serve> => serve({ plugins: [viteProxy(table)] });

async function said(port: number, path: string, protocols: string[] = [], headers = {}): Promise<string> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
  after(() => client.terminate());
  return new Promise((resolve) => {
    client.on('error', (error) => resolve(error.message));
    client.on('open', () => client.send('x'));
    client.on('message', (data) => resolve(String(data)));
    client.on('close', (code) => resolve(String(code)));
  });
}

describe('the table, the same as with Vite', { timeout: 120_000 }, () => {
  const table: ViteProxyTable = {
    '/string': plainTarget,
    '/object': { target: plainTarget },
    '/origin': { target: `${plainTarget}/base`, changeOrigin: true },
    '/rewrite': { target: plainTarget, rewrite: (path) => path.replace(/^\/rewrite/, '') },
    '^/fallback/.*': { target: plainTarget, headers: { 'x-by': 'regular expression' } },
    '/configure': {
      target: plainTarget,
      configure: (proxy, options) => {
        proxy.on('proxyReq', (proxyReq) => proxyReq.setHeader('x-target', String(options.target)));
        proxy.on('proxyRes', (proxyRes) => (proxyRes.headers['x-answer'] = 'configured'));
      },
    },
    '/bypass': {
      target: plainTarget,
      bypass: async (request) =>
        request.headers.accept === 'html' ? '/index.html' : request.headers.accept === 'none' ? false : null,
    },
    '/insecure': { target: plainTarget, secure: false },
    '/gone': { target: 'http://127.0.0.1:9' },
    '/ws': {
      target: plainTarget.replace('http', 'ws'),
      rewrite: (path) => path.replace(/^\/ws/, '/sockets'),
    },
  };
  const asked: readonly [string, Record<string, string>][] = [
    ['/string/x?y', {}],
    ['/object', {}],
    ['/origin/x', {}],
    ['/rewrite', {}],
    ['/rewrite?x=y', {}],
    ['/rewrite/x', {}],
    ['/fallback/x', {}],
    ['/configure/x', {}],
    ['/bypass/x', {}],
    ['/bypass/x', { accept: 'html' }],
    ['/bypass/x', { accept: 'none' }],
    ['/insecure', {}],
    ['/gone', {}],
    ['/', {}],
    ['/index.html', {}],
  ];
  const seen = async (port: number): Promise<unknown> => {
    const answers: unknown[] = [];
    for (const [path, headers] of asked) {
      const { status, body, headers: fields } = await ask({ port, path, headers: { ...headers } });
      const shown = body.startsWith('{"method"') ? withoutConnection(body) : body;
      answers.push([path, status, shown, fields['x-answer']]);
    }
    const socket = await said(port, '/ws/x');
    return JSON.parse(JSON.stringify([answers, socket]).replaceAll(String(port), 'PORT'));
  };

  it('in dev', async () => {
    const vites = await serve({ server: { proxy: table as never } });
    const ours = await withTable(table);
    assert.deepEqual(await seen(ours.port), await seen(vites.port));
  });

  it('in preview', async () => {
    const outDir = join(await scratch(), 'dist');
    const config: InlineConfig = { configFile: false, root, logLevel: 'silent', build: { outDir } };
    await build(config);
    const started = async (more: InlineConfig): Promise<number> => {
      const server = await preview({
        ...config,
        ...more,
        preview: { port: 0, host: '127.0.0.1', ...more.preview },
      });
      after(() => server.close());
      return (server.httpServer.address() as AddressInfo).port;
    };
    const vites = await started({ preview: { proxy: table as never } });
    const ours = await started({ plugins: [viteProxy(table)] });
    assert.deepEqual(await seen(ours), await seen(vites));
  });
});

describe('where it is not as with Vite', { timeout: 120_000 }, () => {
  it('the names come of the target and name', async () => {
    upstream.serverNames.length = 0;
    const { port } = await withTable({
      '/api': named,
      '/local': {
        ...named,
        target: target.replace('127.0.0.1', 'localhost'),
        name: 'localhost',
        changeOrigin: true,
      },
    });
    assert.deepEqual(valuesOf((await echoed({ port, path: '/api' })).rawHeaders, 'host'), [
      `127.0.0.1:${port}`,
    ]);
    await echoed({ port, path: '/local' });
    assert.deepEqual(upstream.serverNames, ['api.test', 'localhost']);
  });

  it('a target that is another is 502, and the log has the cause', async () => {
    const { port, told } = await withTable({ '/api': { ...named, name: 'internal.test' } });
    const { status, body } = await ask({ port, path: '/api/x', method: 'POST', body: 'x' });
    assert.deepEqual([status, body], [502, '']);
    assert.match(told[0] ?? '', /^http proxy error: \/api\/x\n.*internal\.test/);
  });

  it('says which entry is wrong', async () => {
    for (const [table, line] of [
      [
        { '/api': { ...named, secure: false } },
        /^server\.proxy "\/api": secure: an https target is always verified/,
      ],
      [{ '/api': target }, /^server\.proxy "\/api": name: 127\.0\.0\.1 is an address/],
      [{ '/api': { targt: target } }, /^server\.proxy "\/api": targt: there is no such option/],
      [{ '^(': plainTarget }, /^server\.proxy "\^\(": it is no regular expression/],
    ] as const) {
      await assert.rejects(async () => withTable(table as ViteProxyTable), { message: line });
    }
  });

  it('WebSocket goes through, with the origin of the target where it is asked for', async () => {
    const { port } = await withTable({
      '/api': { ...named, ws: true, rewriteWsOrigin: true },
      '/kept': { ...named, ws: true },
      '/closed': { ...named, ws: true, bypass: () => false },
    });
    const headers = { origin: 'http://front.test' };
    assert.equal(await said(port, '/api/x', [], headers), JSON.stringify(['/api/x', target]));
    assert.equal(await said(port, '/kept', [], headers), JSON.stringify(['/kept', 'http://front.test']));
    assert.equal(await said(port, '/closed', [], headers), 'Unexpected server response: 404');
  });

  it('hot updates stay Vite’s, whatever the table takes', async () => {
    const { port, server } = await withTable({ '/': { ...named, ws: true } });
    assert.equal((await echoed({ port, path: '/x' })).url, '/x');
    const { webSocketToken } = server.config as unknown as { webSocketToken: string };
    const client = new WebSocket(`ws://127.0.0.1:${port}/?token=${webSocketToken}`, 'vite-hmr');
    after(() => client.terminate());
    assert.match(String((await once(client, 'message'))[0]), /"type":"connected"/);
    server.ws.send({ type: 'full-reload' });
    assert.match(String((await once(client, 'message'))[0]), /"type":"full-reload"/);
  });

  it('Vite’s own check of hosts stands before it', async () => {
    const { port } = await withTable({ '/api': named });
    assert.equal((await ask({ port, path: '/api', headers: { host: 'evil.test' } })).status, 403);
  });

  it('bypass may throw, and answer itself', async () => {
    const { port } = await withTable({
      '/throws': {
        ...named,
        bypass: () => {
          throw new Error('bypass');
        },
      },
      '/answers': {
        ...named,
        bypass: (_: IncomingMessage, response) => {
          response?.end('mine');
        },
      },
    });
    assert.equal((await ask({ port, path: '/throws' })).status, 500);
    assert.equal((await ask({ port, path: '/answers' })).body, 'mine');
  });
});

function withoutConnection(body: string): unknown {
  const { rawHeaders, ...rest } = JSON.parse(body) as { rawHeaders: string[] };
  const fields = rawHeaders.map((value, at) => (at % 2 === 0 ? value.toLowerCase() : value));
  const pairs = fields.flatMap((name, at) =>
    at % 2 === 0 && name !== 'connection' ? [[name, fields[at + 1]]] : [],
  );
  return { ...rest, fields: pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)) };
}
