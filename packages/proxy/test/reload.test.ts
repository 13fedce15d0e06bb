import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { createProxy, type ProxyOptions } from '@altname/proxy';
import { WebSocket, WebSocketServer } from 'ws';
import { scratch, testAuthority } from './authority.ts';
import { ask, deferred } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('a.test', 'b.test');
const named = (name: string): http.RequestListener => {
  return (request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end(name), 300);
    else response.end(name);
  };
};
const [a, b] = await Promise.all([startUpstream(identity, named('a')), startUpstream(identity, named('b'))]);
const [toA, toB] = [a, b].map(({ url }) => ({ to: url, name: 'a.test', ca: authority.root }));
const listen = '127.0.0.1:0';

/** What a proxy is told: everything to one upstream. */
function everythingTo(to: ProxyOptions['upstreams'][string] | undefined): ProxyOptions {
  assert.ok(to);
  return { listen, upstreams: { x: to }, timeouts: { drain: 500 } };
}

describe('a reload', () => {
  it('holds for the requests that begin then; those under way end with what they began with', async () => {
    const { proxy, port } = await startProxy(everythingTo(toA));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const slow = ask({ port, agent, path: '/slow' });
    await once(a.server, 'request');
    await proxy.reload(everythingTo(toB));
    assert.equal((await ask({ port, agent })).body, 'b');
    assert.equal((await slow).body, 'a');
    agent.destroy();
  });

  it('keeps the connections of an upstream that is alike, and ends those of one that is gone', async () => {
    const { proxy, port } = await startProxy(everythingTo(toA));
    await ask({ port });
    const before = a.serverNames.length;
    const other = await startUpstream(identity, named('other'));
    const more = { ...everythingTo(toA), routes: [{ to: 'x', path: '/only' }] };
    await proxy.reload(more);
    assert.equal((await ask({ port })).status, 404);
    assert.equal((await ask({ port, path: '/only' })).body, 'a');
    assert.equal(a.serverNames.length, before, 'no new handshake');
    await proxy.reload({
      ...more,
      upstreams: { x: { ...more.upstreams['x'], to: other.url, host: 'c.test' } },
    });
    assert.equal((await ask({ port, path: '/only' })).body, 'other');
    const connections = (): Promise<number> =>
      new Promise((resolve) => other.server.getConnections((_, count) => resolve(count)));
    assert.equal(await connections(), 1);
    await proxy.reload(more);
    while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('of what is wrong leaves everything as it was', async () => {
    const { proxy, port } = await startProxy(everythingTo(toA));
    const { config } = proxy;
    for (const [wrong, expected] of [
      [{ ...everythingTo(toB), listen: 'here' }, /^listen "here": /],
      [{ ...everythingTo(toB), listen: a.url.slice(8) }, /^listen 127\.0\.0\.1:\d+: another program/],
      [{ ...everythingTo(toB), listen: port }, /^listen \*:\d+: the proxy has this port now/],
      [{ ...everythingTo(toB), tls: identity }, /^tls: one address speaks HTTP or TLS/],
    ] as const) {
      await assert.rejects(proxy.reload(wrong), { code: 'ALTNAME_BAD_OPTION', message: expected });
    }
    assert.equal(proxy.config, config);
    assert.equal((await ask({ port })).body, 'a');
  });

  it('is for a proxy that listens', async () => {
    const proxy = createProxy(everythingTo(toA));
    await assert.rejects(proxy.reload(everythingTo(toB)), /^AltnameError: reload: /);
    await proxy.listen();
    await proxy.close();
    await assert.rejects(proxy.reload(everythingTo(toB)), /^AltnameError: reload: /);
  });

  it('to another address: the new one is listened on, and the one before ends with what is under way', async () => {
    const { proxy, port } = await startProxy(everythingTo(toA));
    const slow = ask({ port, path: '/slow' });
    await once(a.server, 'request');
    const moved = await proxy.reload({ ...everythingTo(toB), listen: 0 });
    assert.notEqual(moved.port, port);
    assert.equal((await ask({ port: moved.port })).body, 'b');
    await assert.rejects(ask({ port }), { code: 'ECONNREFUSED' });
    assert.equal((await slow).body, 'a');
  });

  it('shows other certificates to connections that begin then, and ends none that stands', async () => {
    const dir = await scratch();
    const [first, second, third] = await Promise.all(
      ['a.test', 'a.test', 'a.test'].map((name) => authority.issue(name)),
    );
    assert.ok(first && second && third);
    await writeFile(join(dir, 'a.pem'), third.cert);
    await writeFile(join(dir, 'a.key'), third.key);
    const { proxy, port } = await startProxy({ ...everythingTo(toA), tls: first });
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const front = { port, ca: authority.root, servername: 'a.test', headers: { host: 'a.test' } };
    const serialOn = async (one: http.Agent | false): Promise<string> => {
      const request = https.request({ ...front, host: '127.0.0.1', agent: one });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      await once(response, 'end');
      return serialNumber;
    };
    const kept = await serialOn(agent);
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.root, servername: 'a.test' });
    await once(session, 'connect');
    const seen = [kept];
    for (const next of [
      second,
      { dir },
      { ...first, minVersion: 'TLSv1.3' as const },
      { dir, default: 'a.test' },
    ]) {
      await proxy.reload({ ...everythingTo(toB), tls: next });
      seen.push(await serialOn(false));
      assert.equal(await serialOn(agent), kept, 'a connection of HTTP/1.1 stands');
      const stream = session.request({ ':authority': 'a.test' });
      const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
      assert.equal(head[':status'], 200, 'a session of HTTP/2 stands');
      stream.resume();
    }
    assert.equal(new Set(seen).size, 3);
    assert.deepEqual([seen[3], seen[4]], [seen[0], seen[2]]);
    session.close();
    agent.destroy();
  });

  it('200 times under load fails no request, and leaks neither sockets nor listeners', async () => {
    const sockets = new WebSocketServer({ noServer: true });
    const upstream = await startUpstream(identity, named('a'));
    upstream.server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (one) =>
        one.on('message', (data) => one.send(data as Buffer)),
      ),
    );
    const leaves = await Promise.all([authority.issue('a.test'), authority.issue('a.test')]);
    const target = { to: upstream.url, name: 'a.test', ca: authority.root };
    const optionsFor = (turn: number): ProxyOptions => ({
      listen,
      tls: leaves[turn % 2] as { cert: string; key: string },
      upstreams: { same: target, x: { ...target, connections: 500 + (turn % 3) } },
      routes: [{ to: 'x' }, { to: 'same', path: '/same' }],
      timeouts: { drain: 500 },
    });
    const { proxy, port } = await startProxy(optionsFor(0));
    const front = { port, ca: authority.root, servername: 'a.test', headers: { host: 'a.test' } };
    const agent = new https.Agent({ keepAlive: true, maxSockets: 4 });
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.root, servername: 'a.test' });
    const socket = new WebSocket('wss://a.test/', {
      createConnection: () =>
        tls.connect({ port, host: '127.0.0.1', ca: authority.root, servername: 'a.test' }),
    });
    await once(socket, 'open');
    let over = false;
    const counts = { fresh: 0, kept: 0, streams: 0, messages: 0 };
    const until = async (count: keyof typeof counts, one: () => Promise<void>): Promise<void> => {
      while (!over) {
        await one();
        counts[count]++;
      }
    };
    const load = [
      until('fresh', async () => assert.equal((await ask(front)).status, 200)),
      ...['/', '/same', '/slow'].map((path) =>
        until('kept', async () => assert.equal((await ask({ ...front, agent, path })).status, 200)),
      ),
      until('streams', async () => {
        const stream = session.request({ ':authority': 'a.test', ':path': '/same' });
        const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
        assert.equal(head[':status'], 200);
        await once(stream.resume(), 'end');
      }),
      until('messages', async () => {
        const { promise, resolve } = deferred<string>();
        socket.once('message', (data) => resolve((data as Buffer).toString()));
        socket.send(String(counts.messages));
        assert.equal(await promise, String(counts.messages));
      }),
    ];
    const failed = Promise.all(load);
    for (let turn = 1; turn <= 200; turn++) {
      await Promise.race([proxy.reload(optionsFor(turn)), failed]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    over = true;
    await failed;
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 10, `${what}: ${count}`);
    socket.close();
    session.close();
    agent.destroy();
    await Promise.all([once(socket, 'close'), once(session, 'close')]);
    // Of both upstreams nothing but the connections that are kept for the next request is left.
    let left = Infinity;
    for (let wait = 0; wait < 200 && left > 8; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      left = await new Promise((resolve) => upstream.server.getConnections((_, count) => resolve(count)));
    }
    assert.ok(left <= 8, `${left} connections to the upstream`);
    const listening = process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap').length;
    await proxy.close();
    await new Promise((resolve) => setImmediate(resolve));
    const after = process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap').length;
    assert.equal(listening - after, 1, 'it listened once');
  });
});
