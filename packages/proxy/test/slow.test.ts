import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls, { type TLSSocket } from 'node:tls';
import { testAuthority } from './authority.ts';
import { ask, raw } from './client.ts';
import { startProxyProcess, type Held, type ProxyProcess } from './proxy-process.ts';
import { startRecorder } from './recorder.ts';
import { startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test');
const ca = authority.root;
const get = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const timeouts = { head: 1000, idle: 1000, answer: 1000, connect: 2000 };
const large = 100 << 20;

const upstream = await startUpstream(identity, (request, response) => {
  request.on('error', () => {}).resume();
  if (request.url === '/large') response.end(Buffer.alloc(large));
  else if (request.url === '/half') response.write('half');
  else if (request.url === '/drip') {
    const timer = setInterval(() => response.write('x'), 100);
    setTimeout(() => {
      clearInterval(timer);
      response.end();
    }, 2500);
  } else if (request.url !== '/never') request.on('end', () => response.end('ok'));
});
upstream.server.on('upgrade', (_, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});
const api = { to: upstream.url, name: 'api.test', ca };
const plain = await startProxyProcess({ upstreams: { api }, timeouts });
const secure = await startProxyProcess({ tls: identity, upstreams: { api }, timeouts });

/** What is held when one request has been. */
async function quiet({ port, held }: ProxyProcess): Promise<Held> {
  await ask(
    port === secure.port ? { port, ca, servername: 'a.test', headers: { host: 'a.test' } } : { port },
  );
  await wait(100);
  return held();
}

describe('slow clients', () => {
  let before: Held;
  beforeEach(async () => {
    before = await quiet(plain);
  });

  it('a hundred heads that come one octet at a time are 408', async () => {
    const sockets = Array.from({ length: 100 }, () => net.connect(plain.port, '127.0.0.1'));
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }, 100);
    const answers = sockets.map(async (socket) => {
      let text = '';
      socket.write('GET /');
      socket.on('error', () => {}).on('data', (chunk: Buffer) => (text += chunk.toString()));
      await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
      return text.slice(0, 12);
    });
    const seen = new Set(await Promise.all(answers));
    clearInterval(timer);
    assert.deepEqual([...seen], ['HTTP/1.1 408']);
    assert.equal(await plain.settled(before), '');
  });

  it('handshakes that stop are ended', async () => {
    const held = await quiet(secure);
    const sockets = Array.from({ length: 50 }, (_, index) => {
      const socket = net.connect(secure.port, '127.0.0.1', () => {
        // A record of a ClientHello that goes on, and never comes.
        if (index % 2 === 0) socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
      });
      return once(
        socket.resume().on('error', () => {}),
        'close',
        { signal: AbortSignal.timeout(15_000) },
      );
    });
    await Promise.all(sockets);
    assert.equal(await secure.settled(held), '');
  });

  it('a body that comes slowly goes through; one that stops is ended', async () => {
    const socket = net.connect(plain.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 25\r\nConnection: close\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 100);
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(15_000) })) as [Buffer];
    clearInterval(timer);
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    const began = performance.now();
    await raw(plain.port, 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 25\r\n\r\nx', 15_000);
    assert.ok(performance.now() - began < 10_000);
    assert.equal(await plain.settled(before), '');
  });

  it('an answer that comes slowly goes through', async () => {
    assert.match((await ask({ port: plain.port, path: '/drip' })).body, /^x{15,}$/);
    assert.equal(await plain.settled(before), '');
  });
});

/** What a socket writes to: of TLS it is another one. */
const wires = new WeakMap<net.Socket, net.Socket>();

describe('half-closed sockets and resets', () => {
  for (const proxy of [plain, secure]) {
    const inTls = proxy === secure;
    const where = inTls ? 'in TLS' : 'in the clear';
    const connect = async (): Promise<net.Socket> => {
      const wire = net
        .connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true })
        .on('error', () => {});
      const socket = inTls ? tls.connect({ socket: wire, ca, servername: 'a.test' }) : wire;
      wires.set(socket, wire);
      await once(socket, inTls ? 'secureConnect' : 'connect');
      return socket.on('error', () => {});
    };

    it(`a client that ends what it sends before its answer has gone, as for nginx, ${where}`, async () => {
      const before = await quiet(proxy);
      const socket = await connect();
      socket.end(get.replace('/', '/never'));
      socket.resume();
      await once(socket, 'end', { signal: AbortSignal.timeout(15_000) });
      socket.destroy();
      assert.equal(await proxy.settled(before), '');
    });

    for (const [phase, octets, waits] of [
      ['before its head', '', false],
      ['in its head', 'GET / HT', false],
      ['in its body', 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nabc', false],
      ['before its answer', get.replace('/', '/never'), false],
      ['in its answer', get.replace('/', '/half'), true],
      ['in a large answer', get.replace('/', '/large'), true],
      ['behind its answer', get, true],
      [
        'in an upgrade',
        'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n',
        true,
      ],
    ] as const) {
      for (const how of ['resets its connection', 'is gone without close_notify'] as const) {
        if (!inTls && how !== 'resets its connection') continue;
        it(`a client that ${how} ${phase}, ${where}`, async () => {
          const before = await quiet(proxy);
          const sockets = await Promise.all(Array.from({ length: 5 }, connect));
          for (const socket of sockets) {
            if (octets !== '') socket.write(octets);
            if (waits) await once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
          }
          await wait(50);
          for (const socket of sockets) {
            const wire = wires.get(socket) ?? socket;
            if (how === 'resets its connection') wire.resetAndDestroy();
            else wire.destroy();
            socket.destroy();
          }
          assert.equal(await proxy.settled(before), '');
        });
      }
    }
  }
});

describe('upstreams that end in the middle', () => {
  const half = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc';
  const rows: readonly (readonly [string, (socket: TLSSocket) => void, RegExp])[] = [
    ['ends before its answer', (socket) => void socket.end(), /^HTTP\/1\.1 502 /],
    ['ends in its head', (socket) => void socket.end('HTTP/1.1 200 O'), /^HTTP\/1\.1 502 /],
    ['ends in its body', (socket) => void socket.end(half), /abc$/],
    ['ends behind its answer', (socket) => void socket.end(ok), /ok$/],
    ['is gone before its answer', (socket) => void socket.destroy(), /^HTTP\/1\.1 502 /],
    [
      'is gone in its body',
      (socket) => void socket.write(half, () => setTimeout(() => socket.destroy(), 50)),
      /abc$/,
    ],
    ['says nothing', () => {}, /^HTTP\/1\.1 504 /],
    ['stops in its body', (socket) => void socket.write(half), /abc$/],
  ];
  for (const [title, act, seen] of rows) {
    it(title, async () => {
      let isFirst = true;
      const recorder = await startRecorder(identity, (_, socket) => {
        if (!isFirst) return ok;
        isFirst = false;
        act(socket);
        return null;
      });
      const proxy = await startProxyProcess({
        upstreams: { api: { to: recorder.url, name: 'api.test', ca, retries: 0 } },
        timeouts,
      });
      const before = await proxy.held();
      assert.match(
        await raw(proxy.port, get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), 8000),
        seen,
      );
      assert.match(
        await raw(proxy.port, get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), 8000),
        /ok$/,
      );
      // One connection is kept.
      const left = await proxy.settled(before, 2000);
      assert.match(left, /^(?:[12] more of \w+(?:, )?)*$/);
      proxy.child.kill();
    });
  }
});
