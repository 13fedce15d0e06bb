import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket, { WebSocketServer } from 'ws';
import { scratch, testAuthority } from './authority.ts';
import { ask, echoed, valuesOf } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

// The examples as they stand, each a process of its own.

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
const authority = await testAuthority();
const caFile = join(await scratch(), 'ca.pem');
await writeFile(caFile, authority.root);
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const sockets = new WebSocketServer({ server: upstream.server });
sockets.on('connection', (each, request) => each.send(String(request.url)));

const table: Readonly<Record<string, RegExp>> = {
  express: /^Hello from Express$/,
  fastify: /^Hello from Fastify$/,
  hono: /^Hello from Hono$/,
  'http-proxy': /^Hello from http-proxy$/,
  vite: /<title>Hello from Vite<\/title>/,
};

async function start(
  name: string,
  upstreamName: string,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const words = name === 'vite' ? [vite, '--port', '0', '--host', '127.0.0.1'] : ['server.js'];
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, words, {
    cwd: join(examples, name),
    env: {
      PATH,
      HOME,
      NO_COLOR: '1',
      PORT: '0',
      UPSTREAM: upstream.url,
      UPSTREAM_NAME: upstreamName,
      UPSTREAM_CA: caFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  after(stop);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.setEncoding('utf8');
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name}: no address\n${said}`)), 30_000);
    child.once('exit', (code) => reject(new Error(`${name}: it has ended with ${code}\n${said}`)));
    child.stdout.on('data', (text: string) => {
      said += text;
      const [, found] = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)\//.exec(said) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(Number(found));
    });
  });
  child.removeAllListeners('exit');
  return { port, stop };
}

describe('the examples', { timeout: 180_000 }, () => {
  it('are all here', async () => {
    assert.deepEqual((await readdir(examples)).toSorted(), Object.keys(table));
  });

  for (const [name, own] of Object.entries(table)) {
    it(`${name}: its own page, requests and WebSocket for the upstream, and 502 for another`, async () => {
      const host = name === 'vite' ? '127.0.0.1' : 'localhost';
      const { port, stop } = await start(name, 'api.test');
      upstream.serverNames.length = 0;
      assert.match((await ask({ host, port, headers: { accept: 'text/html' } })).body, own);
      const seen = await echoed({ host, port, path: '/api/x?y=z', method: 'POST', body: 'hello' });
      assert.deepEqual([seen.url, seen.body], ['/x?y=z', 'hello']);
      assert.deepEqual(valuesOf(seen.rawHeaders, 'host'), [`${host}:${port}`]);
      const client = new WebSocket(`ws://${host}:${port}/api/ws`);
      assert.equal(String((await once(client, 'message'))[0]), '/ws');
      client.terminate();
      assert.deepEqual([...new Set(upstream.serverNames)], ['api.test']);
      await stop();
      const wrong = await start(name, 'other.test');
      assert.equal((await ask({ host, port: wrong.port, path: '/api/x' })).status, 502);
    });
  }
});
