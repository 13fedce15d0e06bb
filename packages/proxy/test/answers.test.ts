import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask, raw } from './client.ts';
import { startOctets } from './octet-server.ts';
import { startProxy } from './proxy-server.ts';
import { readStrictly } from './strict-http.ts';

describe('an answer that has no body', () => {
  // RFC 9110 §8.6, RFC 9112 §6.3: the length is that of the answer to an unconditional GET.
  for (const [method, status] of [
    ['GET', '304 Not Modified'],
    ['POST', '304 Not Modified'],
    ['GET', '204 No Content'],
    ['HEAD', '200 OK'],
  ] as const) {
    it(`may say a length: ${status} to ${method}`, async () => {
      const to = await startOctets((socket) => {
        socket.on('data', (chunk: Buffer) => {
          const isSecond = chunk.toString('latin1').startsWith('GET /second');
          socket.write(
            isSecond
              ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'
              : `HTTP/1.1 ${status}\r\nContent-Length: 1234\r\nETag: "a"\r\n\r\n`,
          );
        });
      });
      const ejection = { failures: 1, time: 60_000, most: 100 };
      const { port, proxy, records, failures } = await startProxy({ upstreams: { api: { to, ejection } } });
      for (const body of method === 'POST' ? ['', 'body'] : ['']) {
        const answer = await raw(
          port,
          `${method} /first HTTP/1.1\r\nHost: a.test\r\n${body === '' ? '' : 'Content-Length: 4\r\n'}\r\n${body}` +
            'GET /second HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n',
          2000,
        );
        const { messages, rest, fault } = readStrictly(answer, 'answers', (index) => index === 0);
        assert.deepEqual([rest, fault], ['', null]);
        assert.deepEqual(
          messages.map(({ start, body: got }) => `${start[1]} ${got}`),
          [`${status.slice(0, 3)} `, '200 ab'],
        );
      }
      assert.deepEqual([failures, new Set(records.map(({ problem }) => problem))], [[], new Set([null])]);
      const [server] = proxy.upstreams[0]?.servers ?? [];
      assert.deepEqual([server?.state, server?.failures], ['up', 0]);
    });
  }

  it('is not one that breaks off in its head', async () => {
    const to = await startOctets((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag'));
    });
    const { port } = await startProxy({ upstreams: { api: { to, retries: 0 } } });
    assert.equal((await ask({ port })).status, 502);
  });
});

describe('100 that nobody asked for', () => {
  it('is dropped wherever it is parted', async () => {
    const interim = 'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n';
    const parts = ['H', 'HTTP/1.1 ', 'HTTP/1.1 1', 'HTTP/1.1 100', interim.slice(0, -1), interim].map(
      (each) => each.length,
    );
    let asked = 0;
    const to = await startOctets((socket) => {
      socket.setNoDelay().on('data', () => {
        const at = parts[asked++] ?? 0;
        socket.write(interim.slice(0, at));
        setTimeout(() => {
          socket.write(`${interim.slice(at)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab`);
        }, 50);
      });
    });
    const { port } = await startProxy({ upstreams: { api: { to, retries: 0 } } });
    for (const at of parts) {
      const { status, body } = await ask({ port });
      assert.deepEqual([at, status, body], [at, 200, 'ab']);
    }
  });
});
