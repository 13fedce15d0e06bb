import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { ask, deferred, echoed, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const upstream = await startUpstream(identity, echo);
const ca = authority.root;
const api = { to: upstream.url, name: 'api.test', ca };
const { port } = await startProxy({ upstreams: { api } });

describe('bodies', () => {
  it('go both ways as they are, with a length and in chunks', async () => {
    const body = 'x'.repeat(300_000);
    assert.equal(
      (await echoed({ port, method: 'POST', headers: { 'content-length': 300_000 }, body })).body,
      body,
    );
    const chunked = await echoed({ port, method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body });
    assert.equal(chunked.body, body);
    assert.equal(
      (await echoed({ port, method: 'DELETE', headers: { 'content-length': 2 }, body: 'ab' })).body,
      'ab',
    );
    assert.equal((await echoed({ port, method: 'POST', headers: { 'content-length': 0 } })).body, '');
  });

  it('are not held back: an event arrives while the answer goes on, its head before', async () => {
    const go = deferred();
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      void go.promise.then(() => response.write('data: 1\n\n'));
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const request = http.get({ host: '127.0.0.1', port: server.port, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    go.resolve();
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'data: 1\n\n');
    request.on('error', () => {}).destroy();
  });

  it('are not read faster than the client takes them', async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    const { url } = await startUpstream(identity, (_, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const request = http.get({ host: '127.0.0.1', port: server.port, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.pause();
    await wait(500);
    const held = written;
    assert.ok(held < total / 2, `${held} octets were taken for a client that reads nothing`);
    let received = 0;
    response.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
    await once(response, 'end');
    assert.equal(received, total);
  });

  it('a client that takes nothing for too long is left', async () => {
    const { url } = await startUpstream(identity, (_, response) =>
      response.end(Buffer.alloc(32 * 1024 * 1024)),
    );
    const server = await startProxy({ upstreams: { api: { ...api, to: url } }, timeouts: { idle: 200 } });
    const request = http.get({ host: '127.0.0.1', port: server.port, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.pause().on('error', () => {});
    while (server.records.length === 0) await wait(20);
    assert.equal(server.records[0]?.problem, 'the client took nothing of its answer');
    request.destroy();
  });

  it('trailers of an answer go through', async () => {
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeHead(200, { trailer: 'x-sum, x-more' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42', 'x-more': 'yes', 'content-type': 'text/evil' });
      response.end();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const { body, trailers } = await ask({ port: server.port });
    assert.deepEqual([body, { ...trailers }], ['body', { 'x-sum': '42', 'x-more': 'yes' }]);
    assert.doesNotMatch(await raw(server.port, 'GET / HTTP/1.0\r\nHost: a.test\r\n\r\n'), /x-sum: 42/);
  });

  it('no body to HEAD, 204 and 304', async () => {
    const { url } = await startUpstream(identity, (request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, status === 200 ? { 'content-length': 5 } : {});
      response.end();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const head = await ask({ port: server.port, method: 'HEAD', path: '/200' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '5', '']);
    for (const status of [204, 304]) {
      assert.equal((await ask({ port: server.port, path: `/${status}` })).status, status);
    }
  });

  it('100 is said when the upstream has the request, and never before an own answer', async () => {
    const waiting = 'POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${waiting}Connection: close\r\n\r\n`));
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    const [second] = (await once(socket, 'data')) as [Buffer];
    assert.match(second.toString(), /^HTTP\/1\.1 200 [^]*"body":"abc"/);
    socket.destroy();
    const nobody = await startProxy({ upstreams: { api: { ...api, to: 'https://127.0.0.1:9' } } });
    assert.match(await raw(nobody.port, `${waiting}\r\n`), /^HTTP\/1\.1 502 /);
  });

  it('103 goes through', async () => {
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('ok'));
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const answer = await raw(server.port, 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
    assert.match(
      answer,
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 /i,
    );
  });
});

describe('ends', () => {
  it('a client that goes away ends its request at the upstream', async () => {
    const gone = deferred();
    const came = deferred();
    const { url } = await startUpstream(identity, (request) => {
      request.on('aborted', gone.resolve).on('error', () => {});
      came.resolve();
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const request = http.get({ host: '127.0.0.1', port: server.port, agent: false });
    request.on('error', () => {});
    await came.promise;
    request.destroy();
    await gone.promise;
    while (server.records.length === 0) await wait(10);
    assert.deepEqual([server.records[0]?.status, server.records[0]?.problem], [0, 'the client went away']);
    assert.equal(server.failures.length, 0);
  });

  it('an upload that breaks off ends at the upstream', async () => {
    const gone = deferred();
    const came = deferred();
    const { url } = await startUpstream(identity, (request) => {
      request
        .on('data', () => came.resolve())
        .on('aborted', gone.resolve)
        .on('error', () => {});
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const request = http.request({ host: '127.0.0.1', port: server.port, agent: false, method: 'POST' });
    request.on('error', () => {}).write('begin');
    await came.promise;
    request.destroy();
    await gone.promise;
  });

  it('an answer that breaks off is seen to be broken', async () => {
    const { url } = await startUpstream(identity, (request, response) => {
      response.write('half');
      setTimeout(() => request.socket.destroy(), 50);
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    await assert.rejects(ask({ port: server.port }), { code: 'ECONNRESET' });
    assert.equal(server.failures[0]?.status, 0);
  });

  it('an upstream that dies in the middle of an upload is 502, and the client sees it', async () => {
    const { url } = await startUpstream(identity, (request) => request.socket.destroy());
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const body = 'x'.repeat(4_000_000);
    const { status } = await ask({
      port: server.port,
      method: 'POST',
      headers: { 'content-length': body.length },
      body,
    });
    assert.equal(status, 502);
  });

  it('an answer before the end of an upload is handed on', async () => {
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeHead(413).end('too much');
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const body = 'x'.repeat(1_000_000);
    const { status } = await ask({
      port: server.port,
      method: 'POST',
      headers: { 'content-length': body.length },
      body,
    });
    assert.equal(status, 413);
  });

  it('503 beyond the connections that an upstream may have', async () => {
    const hold = deferred();
    const { url } = await startUpstream(
      identity,
      (_, response) => void hold.promise.then(() => response.end('ok')),
    );
    const server = await startProxy({ upstreams: { api: { ...api, to: url, connections: 2 } } });
    const first = [ask({ port: server.port }), ask({ port: server.port })];
    await wait(100);
    assert.equal((await ask({ port: server.port })).status, 503);
    hold.resolve();
    assert.deepEqual(
      (await Promise.all(first)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await ask({ port: server.port })).status, 200);
  });

  it('a proxy that is closed lets requests end, and takes no more', async () => {
    const hold = deferred();
    const came = deferred();
    const { url } = await startUpstream(identity, (_, response) => {
      came.resolve();
      void hold.promise.then(() => response.end('ok'));
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } }, timeouts: { drain: 5000 } });
    const first = ask({ port: server.port });
    await came.promise;
    const closed = server.proxy.close();
    await assert.rejects(ask({ port: server.port }), { code: 'ECONNREFUSED' });
    hold.resolve();
    assert.equal((await first).body, 'ok');
    await closed;
  });
});
