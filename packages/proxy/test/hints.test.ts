import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2, { type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { deferred } from './client.ts';
import { endHeaders, endStream, FrameClient, headers, type } from './http2-frames.ts';
import { startOctets } from './octet-server.ts';
import { startProxy } from './proxy-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('a.test');

/** Servers that send so many hints before they answer, by the path of a request; `/0` for hints without end. */
const upstreams = { 'HTTP/1.1': await startOverHttp1(), 'HTTP/2': await startOverHttp2() };

const link = `</${'x'.repeat(8000)}>; rel=preload`;

async function startOverHttp1(): Promise<string> {
  return startOctets((socket) => {
    const hint = `HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n\r\n`;
    socket.on('data', (chunk: Buffer) => {
      const count = countOf(chunk.toString('latin1').split(' ')[1] ?? '');
      const more = (): void => void (socket.destroyed || socket.write(hint, more));
      if (count === 0) more();
      else socket.write(`${hint.repeat(count)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    });
  });
}

async function startOverHttp2(): Promise<string> {
  const server = http2.createServer();
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    stream.on('error', () => {});
    const count = countOf(fields[':path'] ?? '');
    const send = (): void => {
      if (!stream.destroyed) stream.additionalHeaders({ ':status': 103, link });
    };
    if (count === 0) {
      const timer = setInterval(send, 1);
      stream.once('close', () => clearInterval(timer));
      return;
    }
    for (let at = 0; at < count; at++) send();
    stream.respond({ ':status': 200 });
    stream.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function countOf(path: string): number {
  return Number(path.slice(1));
}

interface Seen {
  readonly hints: number;
  readonly status: number;
}

async function askHttp1(port: number, path: string): Promise<Seen> {
  let hints = 0;
  const request = http.get({ host: '127.0.0.1', port, path, agent: false });
  request.on('information', () => hints++);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  return { hints, status: response.statusCode ?? 0 };
}

async function askHttp2(port: number, path: string): Promise<Seen> {
  const client = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.root, servername: 'a.test' });
  const { promise, resolve } = deferred<Seen>();
  let hints = 0;
  const stream = client.request({ ':path': path });
  stream.on('headers', () => hints++);
  stream.on('response', (fields) => resolve({ hints, status: Number(fields[':status']) }));
  const seen = await promise;
  client.destroy();
  return seen;
}

for (const [behind, to] of Object.entries(upstreams)) {
  const protocol = behind === 'HTTP/2' ? 'http2' : 'http1';
  for (const inFront of ['HTTP/1.1', 'HTTP/2']) {
    describe(`hints of an upstream of ${behind}, ${inFront} in front`, async () => {
      const { port, failures, proxy } = await startProxy({
        ...(inFront === 'HTTP/2' ? { tls: identity } : {}),
        upstreams: { api: { to, protocol } },
      });
      const ask = inFront === 'HTTP/2' ? askHttp2 : askHttp1;

      it('go through, sixteen of them', async () => {
        assert.deepEqual(await ask(port, '/3'), { hints: 3, status: 200 });
        assert.deepEqual(await ask(port, '/40'), { hints: 16, status: 200 });
        assert.deepEqual(failures, []);
      });

      it('without end are a failure of the upstream', async () => {
        assert.deepEqual(await ask(port, '/0'), { hints: 16, status: 502 });
        assert.equal(failures[0]?.error.code, 'TOO_MANY_INTERIM');
        assert.equal(proxy.upstreams[0]?.servers[0]?.failures, 1);
        assert.deepEqual(await ask(port, '/1'), { hints: 1, status: 200 });
      });
    });
  }
}

it('hints are left out while the client takes nothing', async () => {
  const { port, records } = await startProxy({
    tls: identity,
    upstreams: { api: { to: upstreams['HTTP/1.1'] } },
  });
  const client = await FrameClient.connect(port, authority.root);
  await client.wait((frame) => frame.type === type.settings);
  client.socket.pause();
  const all = Array.from({ length: 100 }, (_, at) => at * 2 + 1);
  for (const stream of all) {
    const fields = [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':authority', 'a.test'],
      [':path', '/16'],
    ] as const;
    client.write(headers(stream, fields));
  }
  await wait(1000);
  client.socket.resume();
  for (const stream of all)
    await client.wait((frame) => frame.stream === stream && (frame.flags & endStream) !== 0);
  const heads = client.frames.filter(({ type: kind, flags }) => kind === type.headers && flags & endHeaders);
  assert.ok(heads.length < all.length * 17, `${heads.length} heads`);
  assert.equal(records.length, all.length);
  client.destroy();
});
