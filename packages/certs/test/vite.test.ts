import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import altname from '@altname/certs/vite';
import { developmentCertificate, openAuthority } from '@altname/certs';
import { readCertificate } from '@altname/core';
import {
  build,
  createLogger,
  createServer,
  preview,
  resolveConfig,
  type InlineConfig,
  type Plugin,
  type ViteDevServer,
} from 'vite';
import { scratch } from './scratch.ts';

// The plugin in Vite's own servers, in this process.

const dir = await scratch();
const caDir = join(dir, 'ca-dir');
const { certificate: ca } = await openAuthority(caDir);
const root = join(dir, 'project');
await mkdir(root);
await writeFile(join(root, 'index.html'), '<!doctype html><title>vite</title>');

describe('the Vite plugin', { timeout: 120_000 }, () => {
  it('gives the dev server https for its names', async (t) => {
    const port = await serve(t, [altname({ caDir, names: ['app.test', '*.app.test'] })]);
    for (const name of ['localhost', 'app.test', 'shop.app.test']) {
      assert.equal((await ask(port, name)).statusCode, 200, name);
    }
    await assert.rejects(ask(port, 'other.test'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('lets the WebSocket of hot updates through for its names', async (t) => {
    const port = await serve(t, [altname({ caDir, names: ['app.test', '*.app.test'] })]);
    for (const name of ['localhost', 'app.test', 'shop.app.test']) {
      assert.equal(await upgrade(port, 'localhost', name), 101, name);
    }
    assert.equal(await upgrade(port, 'localhost', 'evil.test'), 400);
  });

  it('leaves allowedHosts: true as it is, and adds to a list', async () => {
    const hosts = async (allowedHosts?: true | string[]): Promise<true | string[]> => {
      const server = allowedHosts === undefined ? {} : { allowedHosts };
      const config = await resolved([altname({ caDir, names: ['*.app.test', 'a.test'] })], { server });
      return config.server.allowedHosts;
    };
    assert.equal(await hosts(true), true);
    assert.deepEqual(await hosts(['own.test']), ['own.test', '.app.test', 'a.test']);
    assert.deepEqual(await hosts(), ['.app.test', 'a.test']);
  });

  it('has the name that Vite listens on on the certificate', async () => {
    const config = await resolved([altname({ caDir })], { server: { host: 'dev.app.test' } });
    const { names } = readCertificate(String(config.server.https?.cert));
    assert.deepEqual(names.dns, ['localhost', 'dev.app.test']);
  });

  it('has the addresses of the machine on it where Vite listens on all, unless told not to', async () => {
    const { cert: withThem } = await developmentCertificate({ caDir, lan: true });
    const { cert: withoutThem } = await developmentCertificate({ caDir });
    for (const host of [true, '0.0.0.0', '::']) {
      const config = await resolved([altname({ caDir })], { server: { host } });
      assert.equal(config.server.https?.cert, withThem, String(host));
    }
    const told = await resolved([altname({ caDir, lan: false })], { server: { host: true } });
    assert.equal(told.server.https?.cert, withoutThem);
  });

  it('gives the preview https, though Vite says production there', async (t) => {
    const plugins = [altname({ caDir, names: ['app.test'] })];
    const outDir = join(await scratch(), 'dist');
    const before = process.env['NODE_ENV'];
    await build({ ...inline(plugins), build: { outDir } });
    // What Vite sets in a process of its own.
    process.env['NODE_ENV'] = 'production';
    const server = await preview({ ...inline(plugins), build: { outDir }, preview: { port: await free() } });
    t.after(async () => {
      await server.close();
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    });
    const { port } = server.httpServer.address() as AddressInfo;
    assert.equal((await ask(port, 'app.test')).statusCode, 200);
  });

  it('lets an own server.https stand, says so in one line, and makes nothing', async () => {
    const none = join(await scratch(), 'ca-dir');
    const { cert, key } = await developmentCertificate({ caDir });
    const said: string[] = [];
    const customLogger = { ...createLogger('silent'), info: (text: string) => said.push(text) };
    const config = await resolved([altname({ caDir: none })], {
      server: { https: { cert, key } },
      customLogger,
    });
    assert.equal(config.server.https?.cert, cert);
    assert.deepEqual(said, ['altname: server.https of the config stands; nothing is made']);
    await assert.rejects(access(none));
  });

  it('leaves builds and Vitest alone', async (t) => {
    const none = join(await scratch(), 'ca-dir');
    const built = await resolveConfig(inline([altname({ caDir: none })]), 'build');
    assert.equal(built.server.https, undefined);
    t.after(() => delete process.env['VITEST']);
    process.env['VITEST'] = 'true';
    const tested = await resolved([altname({ caDir: none })]);
    assert.equal(tested.server.https, undefined);
    await assert.rejects(access(none));
  });

  it('says what is wrong with a name when Vite starts', async () => {
    await assert.rejects(resolved([altname({ caDir, names: ['*.local'] })]), {
      code: 'ALTNAME_BAD_IDENTIFIER',
    });
  });

  it('keeps the key out of what Vite prints of its config', async () => {
    const config = await resolved([altname({ caDir })]);
    assert.ok(Buffer.isBuffer(config.server.https?.key));
    assert.match(String(config.server.https?.cert), /^-----BEGIN CERTIFICATE-----/);
  });

  it('shows a new certificate without a restart, and never a worse one', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const own = join(await scratch(), 'ca-dir');
    await openAuthority(own);
    const authority = await openAuthority(own);
    const warned: string[] = [];
    const customLogger = { ...createLogger('silent'), warn: (text: string) => warned.push(text) };
    const server = await start(t, [altname({ caDir: own })], { customLogger });
    const port = portOf(server);
    const serial = (): Promise<string> => serialOf(port, authority.certificate);
    const first = await serial();

    t.mock.timers.tick(3_600_000);
    await sleep(300);
    assert.equal(await serial(), first, 'a good one is kept');

    const certificates = join(own, 'certificates');
    for (const each of await readdir(certificates)) await rm(join(certificates, each), { recursive: true });
    t.mock.timers.tick(3_600_000);
    const second = await until(serial, (now) => now !== first);

    const issuer = join(own, 'ca', 'issuer.pem');
    const good = await readFile(issuer);
    await writeFile(issuer, 'half');
    t.mock.timers.tick(3_600_000);
    await until(
      () => warned.length,
      (count) => count > 0,
    );
    assert.match(warned.join('\n'), /^altname: no new certificate: AltnameError: the CA in [^\n]*$/);
    assert.equal(await serial(), second);
    await writeFile(issuer, good);
  });
});

function inline(plugins: Plugin[], more: InlineConfig = {}): InlineConfig {
  return { root, configFile: false, logLevel: 'silent', plugins, ...more };
}

function resolved(plugins: Plugin[], more: InlineConfig = {}): ReturnType<typeof resolveConfig> {
  return resolveConfig(inline(plugins, more), 'serve');
}

async function start(t: TestContext, plugins: Plugin[], more: InlineConfig = {}): Promise<ViteDevServer> {
  const server = await createServer(inline(plugins, { server: { port: await free() }, ...more }));
  t.after(() => server.close());
  return server.listen();
}

async function serve(t: TestContext, plugins: Plugin[]): Promise<number> {
  return portOf(await start(t, plugins));
}

function portOf({ httpServer }: ViteDevServer): number {
  const address = httpServer?.address() as AddressInfo | undefined;
  return address?.port ?? 0;
}

/** A port that was free a moment ago; Vite takes the next one when it no longer is. */
async function free(): Promise<number> {
  const server = https.createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function ask(port: number, name: string): Promise<{ statusCode?: number }> {
  const options = { host: 'localhost', servername: name, port, ca, agent: false, timeout: 10_000 };
  const request = https.get({ ...options, headers: { host: name, accept: 'text/html' } });
  const [response] = await once(request, 'response');
  request.destroy();
  return response;
}

/** The status of a WebSocket as a client that is no browser opens it. */
async function upgrade(port: number, servername: string, host: string): Promise<number | undefined> {
  const options = { host: 'localhost', servername, port, ca, agent: false, timeout: 10_000 };
  const headers = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': 'vite-hmr',
  };
  const request = https.get({ ...options, headers });
  request.on('error', () => undefined);
  const [response] = await Promise.race([once(request, 'response'), once(request, 'upgrade')]);
  request.destroy();
  return response.statusCode;
}

async function serialOf(port: number, trusted: string): Promise<string> {
  const socket = tls.connect({ host: 'localhost', servername: 'localhost', port, ca: trusted });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function until<T>(look: () => T | Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const value = await look();
    if (isThere(value)) return value;
    await sleep(50);
  }
  throw new Error('it did not come about within 10 s');
}
