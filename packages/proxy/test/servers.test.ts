import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerState } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { ask, type Answer, deferred, echoed, valuesOf } from './client.ts';
import { startOctets } from './octet-server.ts';
import { startProxy, type TestProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;

/** A server that says who it is. */
async function named(name: string, status = 200): Promise<string> {
  const { url } = await startUpstream(identity, (request, response) => {
    request.resume().on('end', () => {
      response.statusCode = status;
      response.end(name);
    });
  });
  return url;
}

/** A port of loopback on which nobody listens. */
async function nobody(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `https://127.0.0.1:${port}`;
}

async function bodies({ port }: TestProxy, count: number, method = 'GET'): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < count; at++) found.push((await ask({ port, method })).body);
  return found;
}

function statesOf({ proxy }: TestProxy): readonly ServerState[] {
  return proxy.upstreams[0]?.servers ?? [];
}

describe('several servers', () => {
  it('take turns, and the least busy comes first', async () => {
    const to = [await named('a'), await named('b'), await named('c')];
    const server = await startProxy({ upstreams: { api: { to, name: 'api.test', ca } } });
    assert.deepEqual((await bodies(server, 6)).toSorted(), ['a', 'a', 'b', 'b', 'c', 'c']);
    const go = deferred();
    const { url } = await startUpstream(
      identity,
      (_, response) => void go.promise.then(() => response.end('slow')),
    );
    const busy = await startProxy({ upstreams: { api: { to: [url, to[0] ?? ''], name: 'api.test', ca } } });
    const slow: Promise<Answer>[] = [];
    while (statesOf(busy)[0]?.underWay === 0) {
      slow.push(ask({ port: busy.port }));
      await wait(50);
    }
    const quick = await bodies(busy, 4);
    assert.ok(
      quick.every((body) => body === 'a'),
      quick.join(),
    );
    assert.equal(statesOf(busy)[0]?.underWay, 1);
    go.resolve();
    assert.equal((await Promise.all(slow)).filter(({ body }) => body === 'slow').length, 1);
    assert.equal(statesOf(busy)[0]?.underWay, 0);
  });

  it('each have a name of their own, and the Host of the one that was chosen', async () => {
    const other = await authority.issue('b.test');
    const [a, b] = [await startUpstream(identity, echo), await startUpstream(other, echo)];
    const server = await startProxy({
      upstreams: {
        api: { to: [a.url, { to: b.url, name: 'b.test' }], name: 'api.test', ca, host: 'upstream' },
      },
    });
    const hosts = [await echoed({ port: server.port }), await echoed({ port: server.port })];
    const found = hosts.flatMap(({ rawHeaders }) => valuesOf(rawHeaders, 'host')).toSorted();
    assert.deepEqual(found, [a.url, b.url].map((url) => new URL(url).host).toSorted());
    assert.deepEqual([a.serverNames, b.serverNames], [['api.test'], ['b.test']]);
  });

  it('one address under two names is two servers, each asked for its own', async () => {
    const both = await authority.issue('api.test', 'b.test');
    const { url, serverNames } = await startUpstream(both, echo);
    const server = await startProxy({
      upstreams: { api: { to: [url, { to: url, name: 'b.test' }], name: 'api.test', ca } },
    });
    for (let at = 0; at < 4; at++) assert.equal((await ask({ port: server.port })).status, 200);
    assert.deepEqual(serverNames.toSorted(), ['api.test', 'b.test']);
    assert.deepEqual(
      statesOf(server).map(({ to, name }) => [to, name]),
      [
        [url, 'api.test'],
        [url, 'b.test'],
      ],
    );
    const failing = await startUpstream(await authority.issue('other.test'), echo);
    const wrong = await startProxy({
      upstreams: {
        api: { to: [failing.url, { to: failing.url, name: 'b.test' }], name: 'api.test', ca, retries: 0 },
      },
    });
    for (let at = 0; at < 2; at++) assert.equal((await ask({ port: wrong.port })).status, 502);
    // Each is told in full: they fail for different names.
    assert.deepEqual(wrong.failures.map(({ diagnosis }) => diagnosis?.names.checked.value).toSorted(), [
      'api.test',
      'b.test',
    ]);
  });

  it('503 when all have as much as they may', async () => {
    const go = deferred();
    const slow = await startUpstream(identity, (_, response) => void go.promise.then(() => response.end()));
    const second = await startUpstream(identity, (_, response) => void go.promise.then(() => response.end()));
    const server = await startProxy({
      upstreams: { api: { to: [slow.url, second.url], name: 'api.test', ca, connections: 1 } },
    });
    const under = [ask({ port: server.port }), ask({ port: server.port })];
    while (statesOf(server).some(({ underWay }) => underWay === 0)) await new Promise(setImmediate);
    assert.equal((await ask({ port: server.port })).status, 503);
    go.resolve();
    assert.deepEqual(
      (await Promise.all(under)).map(({ status }) => status),
      [200, 200],
    );
  });
});

describe('retries', () => {
  for (const method of ['GET', 'PUT', 'POST']) {
    it(`${method}: a server that is not there is passed over`, async () => {
      const to = [await nobody(), await named('b')];
      const server = await startProxy({
        upstreams: { api: { to, name: 'api.test', ca, ejection: false } },
      });
      const body = method === 'GET' ? {} : { body: 'x'.repeat(100_000) };
      for (let at = 0; at < 4; at++) {
        assert.equal((await ask({ port: server.port, method, ...body })).body, 'b');
      }
      assert.deepEqual(server.failures, []);
      assert.equal(statesOf(server)[0]?.failures, 2);
    });
  }

  it('a server with another name is passed over, and the request goes to one that has it', async () => {
    const { url, server: impostor } = await startUpstream(await authority.issue('other.test'), echo);
    let asked = 0;
    impostor.on('request', () => asked++);
    const server = await startProxy({
      upstreams: { api: { to: [url, await named('b')], name: 'api.test', ca, ejection: false } },
    });
    assert.deepEqual(await bodies(server, 4), ['b', 'b', 'b', 'b']);
    assert.equal(asked, 0);
  });

  it('retries: 0 turns them off, and the failure names the very server', async () => {
    const to = [await nobody(), await named('b')];
    const server = await startProxy({
      upstreams: { api: { to, name: 'api.test', ca, retries: 0, ejection: false } },
    });
    const statuses = [(await ask({ port: server.port })).status, (await ask({ port: server.port })).status];
    assert.deepEqual(statuses.toSorted(), [200, 502]);
    assert.deepEqual(
      server.failures.map((failure) => failure.to),
      [to[0]],
    );
  });

  it('a kept connection that the server closes as the request comes is no 502 for GET, and POST is sent once', async () => {
    let heads = 0;
    const url = await startOctets((socket) => {
      let requests = 0;
      socket.on('data', (data: Buffer) => {
        if (!/^[A-Z]+ /.test(data.toString('latin1'))) return;
        heads++;
        if (++requests > 1) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const server = await startProxy({ upstreams: { api: { to: url } } });
    assert.equal((await ask({ port: server.port })).status, 200);
    assert.equal((await ask({ port: server.port })).status, 200);
    assert.equal(heads, 3);
    assert.equal((await ask({ port: server.port, method: 'POST', body: 'once' })).status, 502);
    assert.equal(heads, 4);
  });

  it('nothing is retried once an octet of the answer came', async () => {
    let connections = 0;
    const url = await startOctets((socket) => {
      connections++;
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha', () => socket.destroy()),
      );
    });
    const server = await startProxy({ upstreams: { api: { to: url } } });
    await assert.rejects(ask({ port: server.port }));
    assert.equal(connections, 1);
  });

  it('half a head is an answer, too: 502, and nothing is retried', async () => {
    let connections = 0;
    const url = await startOctets((socket) => {
      connections++;
      socket.once('data', () => socket.end('HTTP/1.1 200 O'));
    });
    const server = await startProxy({ upstreams: { api: { to: url } } });
    assert.equal((await ask({ port: server.port })).status, 502);
    assert.equal(connections, 1);
  });

  it('there is no storm of them', async () => {
    let connections = 0;
    const url = await startOctets((socket) => {
      connections++;
      socket.once('data', () => socket.destroy());
    });
    const server = await startProxy({ upstreams: { api: { to: url, retries: 10 } } });
    for (let at = 0; at < 100; at++) assert.equal((await ask({ port: server.port })).status, 502);
    // 100 were saved up; each request earns a fifth of one.
    assert.ok(connections > 200 && connections <= 221, String(connections));
  });
});

describe('ejection', () => {
  it('leaves out a server whose answers fail, and lets it back when its time is over', async () => {
    let status = 503;
    let asked = 0;
    const { url } = await startUpstream(identity, (_, response) => {
      asked++;
      response.statusCode = status;
      response.end('a');
    });
    const to = [url, await named('b')];
    const server = await startProxy({
      upstreams: { api: { to, name: 'api.test', ca, ejection: { failures: 3, time: 300 } } },
    });
    await bodies(server, 12);
    assert.equal(asked, 3);
    const [first, second] = statesOf(server);
    assert.deepEqual([first?.state, first?.failures, second?.state], ['ejected', 3, 'up']);
    assert.equal(first?.to, to[0]);
    status = 200;
    while (statesOf(server)[0]?.state === 'ejected') await wait(20);
    assert.ok((await bodies(server, 4)).includes('a'));
    assert.equal(statesOf(server)[0]?.state, 'up');
  });

  it('leaves out half of them at most, and never the only one', async () => {
    const to = [await named('a', 500), await named('b', 500), await named('c', 500)];
    const api = { to, name: 'api.test', ca, ejection: { failures: 1, time: 60_000 } };
    const server = await startProxy({ upstreams: { api } });
    await bodies(server, 12);
    assert.equal(statesOf(server).filter(({ state }) => state === 'ejected').length, 1);
    const alone = await startProxy({ upstreams: { api: { ...api, to: to[0] ?? '' } } });
    await bodies(alone, 3);
    assert.equal(statesOf(alone)[0]?.state, 'up');
  });

  it('asks all when all are left out', async () => {
    const to = [await named('a', 500), await named('b', 500)];
    const ejection = { failures: 1, time: 60_000, most: 100 };
    const server = await startProxy({ upstreams: { api: { to, name: 'api.test', ca, ejection } } });
    await bodies(server, 4);
    assert.deepEqual(
      statesOf(server).map(({ state }) => state),
      ['ejected', 'ejected'],
    );
    assert.deepEqual((await bodies(server, 4)).toSorted(), ['a', 'a', 'b', 'b']);
  });
});

describe('health checks', () => {
  const health = { path: '/healthy?deep', interval: 100, timeout: 300, healthy: 2, unhealthy: 2 };
  const until = async (server: TestProxy, state: string): Promise<void> => {
    while (statesOf(server)[0]?.state !== state) await wait(20);
  };

  for (const protocol of ['http1', 'http2'] as const) {
    it(`${protocol}: a server that says it is not well gets no request until it says it is`, async () => {
      let isWell = true;
      const paths = new Set<string>();
      const server = http2.createSecureServer({ ...identity, allowHTTP1: true }, (request, response) => {
        paths.add(`${request.httpVersion} ${request.url}`);
        response.statusCode = isWell || request.url === '/' ? 200 : 418;
        response.end('a');
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const sessions = new Set<http2.ServerHttp2Session>();
      server.on('session', (session) => sessions.add(session));
      after(() => {
        server.close();
        for (const session of sessions) session.destroy();
      });
      const first = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const to = protocol === 'http1' ? [first, await named('b')] : first;
      const proxy = await startProxy({
        upstreams: { api: { to, name: 'api.test', ca, protocol, health: { ...health, status: [200, 404] } } },
      });
      isWell = false;
      await until(proxy, 'down');
      if (protocol === 'http1') assert.deepEqual(await bodies(proxy, 4), ['b', 'b', 'b', 'b']);
      // Where none is up, the one there is is asked.
      else assert.deepEqual(await bodies(proxy, 1), ['a']);
      isWell = true;
      await until(proxy, 'up');
      assert.ok((await bodies(proxy, 4)).includes('a'));
      const version = protocol === 'http1' ? '1.1' : '2.0';
      assert.ok(paths.has(`${version} /healthy?deep`), [...paths].join());
    });
  }

  it('a server that says nothing, and one with another name, are down; after close nothing is asked', async () => {
    let asked = 0;
    const silent = await startOctets(() => asked++);
    const { url } = await startUpstream(await authority.issue('other.test'), echo);
    for (const options of [{ to: silent }, { to: url, name: 'api.test', ca }]) {
      const server = await startProxy({ upstreams: { api: { ...options, health } } });
      await until(server, 'down');
      await server.proxy.close();
    }
    const before = asked;
    await wait(400);
    assert.equal(asked, before);
  });
});

describe('plain HTTP behind', () => {
  it('by port and by socket, when it is said', async () => {
    const path = join(await scratch(), 'app.sock');
    const origins: string[] = [];
    for (const place of [{ port: 0, host: '127.0.0.1' }, { path }]) {
      const app = http.createServer(echo).listen(place);
      await once(app, 'listening');
      after(() => app.close().closeAllConnections());
      origins.push(
        'path' in place ? `unix:${path}` : `http://127.0.0.1:${(app.address() as AddressInfo).port}`,
      );
    }
    for (const to of origins) {
      const server = await startProxy({ upstreams: { api: { to, host: 'upstream' } } });
      const { body, rawHeaders } = await echoed({ port: server.port, method: 'POST', body: 'hello' });
      assert.equal(body, 'hello');
      const host = to.startsWith('unix:') ? 'localhost' : new URL(to).host;
      assert.deepEqual(valuesOf(rawHeaders, 'host'), [host]);
      assert.equal(statesOf(server)[0]?.to, to);
    }
  });

  it('502 and a name for the operator when nobody listens', async () => {
    const to = (await nobody()).replace('https', 'http');
    const server = await startProxy({ upstreams: { api: { to } } });
    assert.equal((await ask({ port: server.port })).status, 502);
    const [failure] = server.failures;
    assert.deepEqual([failure?.to, failure?.error.code, failure?.diagnosis], [to, 'ECONNREFUSED', null]);
  });
});

describe('kept connections that a server ends one after the other', () => {
  it('cost no request: what is sent again goes on a new connection', async () => {
    const kept = new Set<unknown>();
    let isLeaving = false;
    let together = deferred();
    const { url } = await startUpstream(identity, async (request, response) => {
      if (isLeaving && kept.has(request.socket)) {
        request.socket.destroy();
        return;
      }
      kept.add(request.socket);
      if (kept.size === 8) together.resolve();
      if (!isLeaving) await together.promise;
      response.end('answered');
    });
    const proxy = await startProxy({ upstreams: { api: { to: url, name: 'api.test', ca } } });
    await Promise.all(Array.from({ length: 8 }, () => ask({ port: proxy.port })));
    together = deferred();
    isLeaving = true;
    const before = kept.size;
    const { status, body } = await ask({ port: proxy.port });
    assert.deepEqual([status, body], [200, 'answered']);
    assert.equal(kept.size, before + 1, 'no connection was made for it');
  });
});
