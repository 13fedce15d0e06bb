import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import WebSocket, { WebSocketServer } from 'ws';
import { testAuthority } from './authority.ts';
import { raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const front = await authority.issue('front.test');
const upstream = await startUpstream(identity, echo);
const sockets = new WebSocketServer({ noServer: true });
upstream.server.on('upgrade', (request, socket: Socket, head) => {
  if (request.url === '/ws') {
    sockets.handleUpgrade(request, socket, head, (each) => {
      each.on('message', (data, isBinary) => each.send(data, { binary: isBinary }));
    });
    return;
  }
  if (request.url === '/no') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    return;
  }
  if (request.url === '/wait') {
    socket.on('error', () => {});
    upstream.server.emit('waits', socket);
    return;
  }
  const protocol = request.url === '/other' ? 'other' : 'echo';
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nX-Up: 1\r\n\r\nhello `,
  );
  socket.on('error', () => {});
  socket.pipe(socket);
});
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const { port, records, failures } = await startProxy({ upstreams: { api } });
const secure = await startProxy({ upstreams: { api }, tls: front });
const asking = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: evil.test\r\nConnection: Upgrade\r\nUpgrade: Echo\r\n\r\n`;

describe('WebSocket', () => {
  it('goes through, under the names of the configuration', async () => {
    upstream.serverNames.length = 0;
    const client = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { host: 'evil.test' } });
    await once(client, 'open');
    const big = Buffer.alloc(3_000_000, 7);
    client.send(big);
    const [echoedBack] = (await once(client, 'message')) as [Buffer];
    assert.ok(echoedBack.equals(big));
    client.close(1000);
    assert.equal((await once(client, 'close'))[0], 1000);
    assert.deepEqual(upstream.serverNames, ['api.test']);
    while (records.length === 0) await wait(10);
    const record = records.at(-1);
    assert.deepEqual([record?.status, record?.problem], [101, null]);
    assert.ok((record?.bytes ?? 0) > 6_000_000);
  });

  it('over TLS in front, beside HTTP/2', async () => {
    const options = { ca: authority.root, servername: 'front.test', headers: { host: 'front.test' } };
    const client = new WebSocket(`wss://127.0.0.1:${secure.port}/ws`, options);
    await once(client, 'open');
    client.send('hello');
    assert.equal(String((await once(client, 'message'))[0]), 'hello');
    client.terminate();
  });
});

describe('an upgrade', () => {
  it('to anything goes through, what came behind its head, too', async () => {
    const answer = await raw(port, `${asking('/echo')}world`);
    assert.match(
      answer,
      /^HTTP\/1\.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\nX-Up: 1\r\n\r\nhello world$/,
    );
  });

  it('in HTTP/1.0 is none (RFC 9110 §7.8)', async () => {
    const answer = await raw(port, asking('/echo').replace('HTTP/1.1', 'HTTP/1.0'), 5000);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*"url":"\/echo"/);
    assert.doesNotMatch(answer, /"upgrade"/i);
  });

  it('that the upstream refuses is its answer', async () => {
    assert.match(await raw(port, asking('/no')), /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nno$/);
  });

  it('to what was not asked for is 502', async () => {
    assert.match(await raw(port, asking('/other')), /^HTTP\/1\.1 502 /);
    assert.equal(failures.at(-1)?.error.message, 'the upstream switched to another protocol');
  });

  it('to an upstream that is another is 502', async () => {
    const server = await startProxy({ upstreams: { api: { ...api, name: 'app.test' } } });
    assert.match(await raw(server.port, asking('/echo')), /^HTTP\/1\.1 502 /);
    assert.equal(server.failures[0]?.error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('ends on one side when it ends on the other', async () => {
    const client = net.connect(port, '127.0.0.1', () => client.write(asking('/echo')));
    await once(client, 'data');
    const before = records.length;
    client.end();
    await once(client, 'close');
    while (records.length === before) await wait(10);
    assert.equal(records.at(-1)?.status, 101);
  });

  for (const [title, server] of [
    ['', { port, records }],
    [', over TLS in front', secure],
  ] as const) {
    it(`is over at the upstream when its client ends before it is answered${title}`, async () => {
      for (const early of ['', 'early']) {
        const before = server.records.length;
        const waits = once(upstream.server, 'waits') as Promise<[Socket]>;
        const client =
          title === ''
            ? net.connect(server.port, '127.0.0.1')
            : tls.connect({
                host: '127.0.0.1',
                port: server.port,
                ca: authority.root,
                servername: 'front.test',
              });
        client.on('error', () => {}).resume();
        client.write(asking('/wait').replace('evil.test', 'front.test'));
        const [socket] = await waits;
        client.end(early);
        await Promise.all([once(socket.resume(), 'close'), once(client, 'close')]);
        while (server.records.length === before) await wait(10);
        const { status, problem } = server.records.at(-1) ?? {};
        assert.deepEqual([status, problem], [0, 'the client went away']);
      }
    });
  }

  it('hands on what came before it was answered, and reads no more than it keeps', async () => {
    const waits = once(upstream.server, 'waits') as Promise<[Socket]>;
    const client = net.connect(port, '127.0.0.1');
    client.on('error', () => {});
    client.write(asking('/wait'));
    const [socket] = await waits;
    const octets = Buffer.alloc(32 * 1024 * 1024, 7);
    let isTaken = false;
    client.write(octets, () => (isTaken = true));
    await wait(300);
    assert.equal(isTaken, false);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    let got = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      assert.ok(chunk.every((octet) => octet === 7));
      got += chunk.length;
      if (got === octets.length) break;
    }
    client.destroy();
  });

  it('is ended when the proxy is closed and its time is over', async () => {
    const server = await startProxy({ upstreams: { api }, timeouts: { drain: 100 } });
    const client = net.connect(server.port, '127.0.0.1', () => client.write(asking('/echo')));
    client.on('error', () => {});
    await once(client, 'data');
    await Promise.all([server.proxy.close(), once(client, 'close')]);
  });
});
