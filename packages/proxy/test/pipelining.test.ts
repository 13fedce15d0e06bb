import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { testAuthority } from './authority.ts';
import { deferred, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startRecorder } from './recorder.ts';
import { readStrictly } from './strict-http.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('requests that come at once', () => {
  it('are begun one after the other', async () => {
    const hold = deferred();
    const recorder = await startRecorder(identity, (line, socket) => {
      if (line === 'GET /b') return ok;
      void hold.promise.then(() => socket.write(ok));
      return null;
    });
    const { port } = await startProxy({ upstreams: { api: { to: recorder.url, name: 'api.test', ca } } });
    const answer = raw(
      port,
      'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n',
      5000,
    );
    while (recorder.reached().length === 0) await wait(5);
    await wait(100);
    assert.deepEqual(recorder.reached(), ['POST /a x']);
    hold.resolve();
    assert.equal((await answer).split('HTTP/1.1 200').length, 3);
    assert.deepEqual(recorder.reached(), ['POST /a x', 'GET /b']);
  });

  for (const behind of [
    'GET /up HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n',
    'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n',
  ]) {
    it(`${behind.split(' ')[0] ?? ''} behind a request without its answer ends the connection, and no more`, async () => {
      const recorder = await startRecorder(identity, () => null);
      const server = await startProxy({ upstreams: { api: { to: recorder.url, name: 'api.test', ca } } });
      const begin = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n';
      assert.equal(await raw(server.port, `${begin}${behind}`, 5000), '');
      assert.match(
        await raw(server.port, 'TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n', 5000),
        /^HTTP\/1\.1 405 /,
      );
      assert.deepEqual(
        recorder.reached().filter((line) => line !== 'GET /a'),
        [],
      );
    });
  }

  const slow = 'GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n';
  const more = 'GET /more HTTP/1.1\r\nHost: a.test\r\n\r\n';
  const unreadable: readonly (readonly [
    title: string,
    behind: string,
    answers: readonly string[],
    reached: string[],
  ])[] = [
    ['octets that are no request', '0\r\n\r\n', ['200', '400'], ['GET /slow']],
    ['a request, and octets that are none', `${more}\0\0`, ['200', '200', '400'], ['GET /slow', 'GET /more']],
    [
      'a request whose body cannot be read',
      'POST /bad HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n',
      ['200', '400'],
      ['GET /slow'],
    ],
    [
      'fields that are too many',
      `GET /b HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      ['200', '431'],
      ['GET /slow'],
    ],
  ];
  for (const inTls of [false, true]) {
    for (const isBegun of [false, true]) {
      for (const [title, behind, answers, reached] of unreadable) {
        const where = `${inTls ? 'over TLS' : 'in the clear'}, ${isBegun ? 'begun' : 'not begun'}`;
        it(`${title} behind a request take nothing from its answer (${where})`, async () => {
          const hold = deferred();
          const recorder = await startRecorder(identity, (line, socket) => {
            if (line !== 'GET /slow') return ok;
            if (isBegun) socket.write(ok.slice(0, -1));
            void hold.promise.then(() => socket.write(isBegun ? 'k' : ok));
            return null;
          });
          const server = await startProxy({
            upstreams: { api: { to: recorder.url, name: 'api.test', ca } },
            ...(inTls ? { tls: identity } : {}),
          });
          const socket = inTls
            ? tls.connect({ host: '127.0.0.1', port: server.port, ca, servername: 'api.test' })
            : net.connect(server.port, '127.0.0.1');
          const closed = once(socket, 'close', { signal: AbortSignal.timeout(5000) });
          let text = '';
          socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
          socket.write(slow.replaceAll('a.test', 'api.test'));
          while (recorder.reached().length === 0) await wait(5);
          while (isBegun && !text.endsWith('o')) await wait(5);
          // What is behind is never read, in whatever pieces it comes.
          const after = 'GET /never HTTP/1.1\r\nHost: api.test\r\n\r\n';
          socket.write(behind.replaceAll('a.test', 'api.test'), 'latin1');
          for (let piece = 0; piece < 3; piece++) {
            await wait(50);
            socket.write(after);
          }
          assert.match(text, isBegun ? /^HTTP\/1\.1 200 .*\r\n\r\no$/s : /^$/);
          hold.resolve();
          await closed;
          const read = readStrictly(text, 'answers');
          assert.deepEqual([read.fault, read.rest], [null, '']);
          assert.deepEqual(
            read.messages.map(({ start }) => start[1]),
            answers,
          );
          assert.deepEqual(recorder.reached(), reached);
          assert.deepEqual(server.records.map(({ status }) => String(status)).toSorted(), answers);
        });
      }
    }
  }

  it('a client that never stops sending what cannot be read is not listened to', async () => {
    const hold = deferred();
    const recorder = await startRecorder(identity, (_, socket) => {
      void hold.promise.then(() => socket.write(ok));
      return null;
    });
    const server = await startProxy({ upstreams: { api: { to: recorder.url, name: 'api.test', ca } } });
    const socket = net.connect(server.port, '127.0.0.1');
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(slow);
    while (recorder.reached().length === 0) await wait(5);
    const junk = Buffer.alloc(1 << 20);
    for (let sent = 0; sent < 64; sent++) socket.write(junk);
    await wait(500);
    assert.ok(socket.writableLength > 32 << 20, `${socket.writableLength} octets are left`);
    hold.resolve();
    await closed;
    assert.match(text, /^HTTP\/1\.1 200 .*\r\n\r\nokHTTP\/1\.1 400 /s);
  });
});
