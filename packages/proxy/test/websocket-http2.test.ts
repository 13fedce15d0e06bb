import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { testAuthority } from './authority.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat' });
const keys: (string | undefined)[] = [];
upstream.server.on('upgrade', (request, socket: Socket, head) => {
  keys.push(request.headers['sec-websocket-key']);
  if (request.url === '/no') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  } else if (request.url === '/wait') {
    socket.on('error', () => {}).resume();
    upstream.server.emit('waits', socket);
  } else if (request.url === '/wrong') {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
    );
    socket.on('error', () => {});
  } else {
    sockets.handleUpgrade(request, socket, head, (each) => {
      each.on('message', (data, isBinary) => each.send(data, { binary: isBinary }));
    });
  }
});
const api = { to: upstream.url, name: 'api.test', ca: authority.root };
const tls = await authority.issue('front.test');
const { port, records } = await startProxy({ upstreams: { api }, tls });

async function open(): Promise<ClientHttp2Session> {
  const session = http2.connect(`https://127.0.0.1:${port}`, {
    ca: authority.root,
    servername: 'front.test',
  });
  after(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

function extendedConnect(session: ClientHttp2Session, path: string, more = {}): http2.ClientHttp2Stream {
  return session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': path,
    ':authority': 'front.test',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'chat',
    ...more,
  });
}

/** A frame of a client, with a mask of zeros. */
function masked(first: number, data: Buffer): Buffer {
  if (data.length < 126) return Buffer.concat([Buffer.from([first, 0x80 | data.length, 0, 0, 0, 0]), data]);
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0xff;
  head.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([head, data]);
}

describe('WebSocket over HTTP/2', () => {
  it('is offered, and goes through', async () => {
    const session = await open();
    assert.equal(session.remoteSettings.enableConnectProtocol, true);
    const stream = extendedConnect(session, '/ws', { 'sec-websocket-key': 'mine' });
    const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    assert.equal(fields[':status'], 200);
    assert.equal(fields['sec-websocket-protocol'], 'chat');
    for (const name of ['sec-websocket-accept', 'upgrade', 'connection'])
      assert.equal(fields[name], undefined);
    assert.match(keys.at(-1) ?? '', /^[A-Za-z0-9+/]{22}==$/);
    const big = Buffer.alloc(3_000_000, 7);
    stream.write(masked(0x82, big));
    stream.write(masked(0x88, Buffer.from([3, 232])));
    const came = Buffer.concat((await stream.toArray()) as Buffer[]);
    stream.end();
    // A frame of 3,000,000 octets, and a close frame with 1000 (RFC 6455 §5.2).
    assert.deepEqual([...came.subarray(0, 2)], [0x82, 127]);
    assert.ok(came.subarray(10, 10 + big.length).equals(big));
    assert.deepEqual([...came.subarray(10 + big.length)], [0x88, 2, 3, 232]);
    while (records.length === 0) await wait(10);
    const record = records.at(-1);
    assert.deepEqual([record?.status, record?.problem, record?.protocol], [101, null, 'HTTP/2.0']);
    assert.ok((record?.bytes ?? 0) > 6_000_000);
  });

  it('that the upstream refuses is its answer', async () => {
    const stream = extendedConnect(await open(), '/no');
    const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    assert.equal(fields[':status'], 403);
    stream.destroy();
  });

  it('whose key the upstream did not answer is 502', async () => {
    const stream = extendedConnect(await open(), '/wrong');
    const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    assert.equal(fields[':status'], 502);
    stream.destroy();
  });

  it('ends at the upstream when the client resets its stream, and the session goes on', async () => {
    const session = await open();
    const stream = extendedConnect(session, '/ws');
    await once(stream, 'response');
    const before = records.length;
    stream.on('error', () => {}).close(http2.constants.NGHTTP2_CANCEL);
    while (records.length === before || sockets.clients.size > 0) await wait(10);
    const next = session.request({ ':path': '/', ':authority': 'front.test' });
    assert.equal(((await once(next, 'response')) as [http2.IncomingHttpHeaders])[0][':status'], 200);
    next.destroy();
  });

  it('ends at the upstream when the client ends its stream before it is answered', async () => {
    const session = await open();
    const waits = once(upstream.server, 'waits') as Promise<[Socket]>;
    const before = records.length;
    const stream = extendedConnect(session, '/wait');
    stream.on('error', () => {});
    const [socket] = await waits;
    stream.end();
    await Promise.all([once(socket, 'close'), once(stream.resume(), 'close')]);
    while (records.length === before) await wait(10);
    assert.equal(records.at(-1)?.problem, 'the client went away');
    assert.equal(session.destroyed, false);
  });

  it('is for no other protocol, and CONNECT alone is 405', async () => {
    const session = await open();
    for (const more of [{ ':protocol': 'connect-udp' }]) {
      const stream = extendedConnect(session, '/ws', more);
      const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
      assert.equal(fields[':status'], 405);
      stream.destroy();
    }
    const plain = session.request({ ':method': 'CONNECT', ':authority': 'front.test' });
    assert.equal(((await once(plain, 'response')) as [http2.IncomingHttpHeaders])[0][':status'], 405);
    plain.destroy();
  });
});
