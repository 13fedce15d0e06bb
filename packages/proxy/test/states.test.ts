import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it, mock } from 'node:test';
import tls from 'node:tls';
import { formatMetrics, type ProxyOptions } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { ask, raw } from './client.ts';
import { parseExposition, valueOf, type Sample } from './exposition.ts';
import { absent, freePort } from './program.ts';
import { startProxy, type TestProxy } from './proxy-server.ts';
import { startTcpUpstream } from './tcp-upstream.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'db.test', 'front.test');
const ca = authority.root;
const admin = { listen: '127.0.0.1:0' };
const promtool = absent('promtool', 'prometheus');

/** A server of plain HTTP. */
async function plain(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function started(options: Omit<ProxyOptions, 'listen' | 'admin'>): Promise<TestProxy> {
  return startProxy({ ...options, admin });
}

async function samplesOf({ proxy }: TestProxy): Promise<Sample[]> {
  const { body } = await ask({ port: proxy.adminAddress?.port, path: '/metrics' });
  if (promtool === false) {
    // nodejs_* and process_* are named by prom-client.
    const own = body.split(/\n\n/).filter((part) => part.includes('altname_proxy_'));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: `${own.join('\n')}\n`,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  }
  return parseExposition(body);
}

async function value(
  proxy: TestProxy,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  return valueOf(await samplesOf(proxy), `altname_proxy_${name}`, labels);
}

async function until(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 30 s: ${what}`);
}

async function health({ proxy }: TestProxy, path: '/-/ready' | '/-/healthy'): Promise<[number, string]> {
  const { status, body } = await ask({ port: proxy.adminAddress?.port, path });
  return [status, body];
}

describe('how the servers of an upstream stand', () => {
  it('down by health checks: the states, the checks by result, and not ready when none is up', async () => {
    const isWell = [true, true];
    const to = await Promise.all(
      isWell.map((_, at) => plain((_request, response) => response.writeHead(isWell[at] ? 200 : 500).end())),
    );
    const checks = { path: '/health', interval: 100, timeout: 5000, healthy: 2, unhealthy: 2 };
    const proxy = await started({
      upstreams: { api: { to, health: checks }, other: { to: 'http://127.0.0.1:9' } },
      routes: [{ to: 'api' }, { path: '/other', to: 'other' }],
    });
    const stateOf = (at: number): string => proxy.proxy.upstreams[0]?.servers[at]?.state ?? '';
    const results = { upstream: 'api' };
    assert.equal(await value(proxy, 'upstream_health_checks_total', { ...results, result: 'no_answer' }), 0);
    await until(
      async () => (await value(proxy, 'upstream_health_checks_total', { ...results, result: 'good' })) > 0,
      'a good check',
    );
    isWell[0] = false;
    await until(() => stateOf(0) === 'down', 'the first is down');
    const server = { upstream: 'api', server: to[0] ?? '' };
    assert.equal(await value(proxy, 'upstream_server_state', { ...server, state: 'down' }), 1);
    assert.equal(await value(proxy, 'upstream_server_state', { ...server, state: 'up' }), 0);
    assert.equal(await value(proxy, 'upstream_server_state', { server: to[1] ?? '', state: 'up' }), 1);
    assert.ok((await value(proxy, 'upstream_health_checks_total', { result: 'bad_status' })) >= 2);
    assert.deepEqual(await health(proxy, '/-/ready'), [200, 'ready\n']);
    isWell[1] = false;
    await until(() => stateOf(1) === 'down', 'the second is down');
    assert.deepEqual(await health(proxy, '/-/ready'), [503, 'upstreams.api: no server is up\n']);
    assert.deepEqual(await health(proxy, '/-/healthy'), [200, 'healthy\n']);
    isWell[0] = true;
    await until(() => stateOf(0) === 'up', 'the first is up');
    assert.deepEqual(await health(proxy, '/-/ready'), [200, 'ready\n']);
  });

  it('an upstream that no route goes to makes nothing unready', async () => {
    const checks = { path: '/', interval: 100, timeout: 5000, unhealthy: 1 };
    const proxy = await started({
      upstreams: {
        api: { to: await plain((_request, response) => response.end()) },
        spare: { to: 'http://127.0.0.1:9', health: checks },
      },
      routes: [{ to: 'api' }],
    });
    await until(() => proxy.proxy.upstreams[1]?.servers[0]?.state === 'down', 'the spare is down');
    assert.deepEqual(await health(proxy, '/-/ready'), [200, 'ready\n']);
  });

  for (const [result, listener] of [
    ['good', (_request, response) => response.end()],
    ['bad_status', (_request, response) => response.writeHead(301).end()],
    ['too_late', (_request, response) => response.write('x')],
    ['too_long', (_request, response) => response.end(Buffer.alloc(2 << 20))],
    ['no_answer', (request) => request.socket.destroy()],
  ] as const satisfies readonly (readonly [string, RequestListener])[]) {
    it(`a health check whose result is ${result}`, async () => {
      const timeout = result === 'too_late' ? 100 : 10_000;
      const checks = { path: '/', interval: 100, timeout, unhealthy: 1 };
      const proxy = await started({ upstreams: { api: { to: await plain(listener), health: checks } } });
      await until(
        async () => (await value(proxy, 'upstream_health_checks_total', { result })) >= 2,
        `two of ${result}`,
      );
      const all = (await samplesOf(proxy)).filter(
        ({ name }) => name === 'altname_proxy_upstream_health_checks_total',
      );
      const others = all.filter((each) => each.labels['result'] !== result);
      assert.deepEqual(
        others.map((each) => each.value),
        [0, 0, 0, 0],
      );
    });
  }

  it('ejected for answers that fail', async () => {
    const to = await plain((_request, response) => response.writeHead(503).end());
    const ejection = { failures: 3, time: 60_000, most: 100 };
    const proxy = await started({ upstreams: { api: { to, ejection } } });
    assert.equal(await value(proxy, 'upstream_ejections_total', { upstream: 'api' }), 0);
    for (let at = 0; at < 5; at++) assert.equal((await ask({ port: proxy.port })).status, 503);
    assert.equal(await value(proxy, 'upstream_ejections_total', { upstream: 'api' }), 1);
    assert.equal(await value(proxy, 'upstream_server_state', { server: to, state: 'ejected' }), 1);
    assert.deepEqual(await health(proxy, '/-/ready'), [503, 'upstreams.api: no server is up\n']);
  });

  it('with workers, how many see it so', async () => {
    const { proxy } = await started({ upstreams: { api: { to: 'https://127.0.0.1:9', name: 'api.test' } } });
    const samples = parseExposition(await formatMetrics([await proxy.metrics(), await proxy.metrics()]));
    const labels = { upstream: 'api', server: 'https://127.0.0.1:9', name: 'api.test' };
    const found = (state: string): number =>
      valueOf(samples, 'altname_proxy_upstream_server_state', { ...labels, state });
    assert.deepEqual([found('up'), found('ejected'), found('down')], [2, 0, 0]);
  });
});

describe('retries', () => {
  const retries = (proxy: TestProxy, reason: string): Promise<number> =>
    value(proxy, 'upstream_retries_total', { upstream: 'api', reason });

  it('by reason: not_sent', async () => {
    const to = [`http://127.0.0.1:${await freePort()}`, await plain((_request, response) => response.end())];
    const proxy = await started({ upstreams: { api: { to, ejection: false } } });
    assert.equal(await retries(proxy, 'not_sent'), 0);
    for (let at = 0; at < 4; at++) assert.equal((await ask({ port: proxy.port })).status, 200);
    assert.equal(await retries(proxy, 'not_sent'), 2);
  });

  it('by reason: connection_ended', async () => {
    let count = 0;
    const to = await plain((request, response) => {
      if (++count === 1) request.socket.destroy();
      else response.end();
    });
    const proxy = await started({ upstreams: { api: { to } } });
    assert.equal((await ask({ port: proxy.port })).status, 200);
    assert.equal(await retries(proxy, 'connection_ended'), 1);
  });

  it('by reason: refused_stream', async () => {
    let count = 0;
    const server = http2.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      if (++count === 1) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      else stream.respond({ ':status': 200 }, { endStream: true });
    });
    after(() => {
      server.close();
      for (const session of sessions) session.destroy();
    });
    const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = await started({ upstreams: { api: { to, protocol: 'http2' } } });
    assert.equal((await ask({ port: proxy.port })).status, 200);
    assert.equal(await retries(proxy, 'refused_stream'), 1);
  });

  it('those that are withheld, as there are too many', async () => {
    const to = await plain((request) => request.socket.destroy());
    const proxy = await started({ upstreams: { api: { to, retries: 10 } } });
    for (let at = 0; at < 20; at++) assert.equal((await ask({ port: proxy.port })).status, 502);
    const done = await retries(proxy, 'connection_ended');
    assert.ok(done >= 100 && done <= 104, `${done} retries`);
    assert.ok((await value(proxy, 'upstream_retries_withheld_total', { upstream: 'api' })) > 5);
  });
});

describe('connections that are passed through', () => {
  it('open, in all, refused by reason, and their octets', async () => {
    const database = await startTcpUpstream(identity);
    const proxy = await started({
      upstreams: {
        db: { to: database.url, connections: 1 },
        gone: { to: `tcp://127.0.0.1:${await freePort()}` },
      },
      routes: [
        { host: 'db.test', tls: 'passthrough', to: 'db' },
        { host: 'gone.test', tls: 'passthrough', to: 'gone' },
      ],
    });
    assert.equal(await value(proxy, 'passthrough_connections_open', { upstream: 'db' }), 0);
    const dial = (servername: string): tls.TLSSocket =>
      tls.connect({ host: '127.0.0.1', port: proxy.port, ca, servername }).on('error', () => {});
    const client = dial('db.test');
    await once(client, 'secureConnect');
    assert.equal(await value(proxy, 'passthrough_connections_open', { upstream: 'db' }), 1);
    for (const name of ['db.test', 'gone.test', 'other.test', '']) {
      await new Promise((resolve) => dial(name).once('close', resolve));
    }
    assert.match(await raw(proxy.port, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'), /^HTTP\/1\.1 400 /);
    const cut = net.connect(proxy.port, '127.0.0.1');
    cut.end(Buffer.from([22, 3, 1, 1]));
    await once(cut.resume(), 'close');
    client.end('hello');
    await once(client.resume(), 'close');
    await until(
      async () => (await value(proxy, 'passthrough_connections_open', { upstream: 'db' })) === 0,
      'its end',
    );
    const refused = (upstream: string, reason: string): Promise<number> =>
      value(proxy, 'passthrough_refusals_total', { upstream, reason });
    assert.equal(await refused('db', 'every connection of the upstream is taken'), 1);
    assert.equal(await refused('gone', 'ECONNREFUSED'), 1);
    assert.equal(await refused('', 'no route'), 1);
    assert.equal(await refused('', 'no server name'), 1);
    assert.equal(await refused('', 'plain HTTP where TLS is expected'), 1);
    assert.equal(await refused('', 'the client went away in the middle of its beginning'), 1);
    assert.equal(await value(proxy, 'passthrough_connections_total', { upstream: 'db' }), 1);
    assert.equal(await value(proxy, 'passthrough_connections_total', { upstream: 'gone' }), 1);
    assert.equal(await value(proxy, 'passthrough_connections_open', { upstream: 'gone' }), 0);
    assert.ok((await value(proxy, 'passthrough_received_bytes_total', { upstream: 'db' })) > 300);
    assert.ok((await value(proxy, 'passthrough_sent_bytes_total', { upstream: 'db' })) > 500);
  });
});

describe('ready by certificates', () => {
  it('not while a directory holds none, and not when all are over', async () => {
    const dir = await scratch();
    const proxy = await started({ tls: { dir }, upstreams: { api: { to: 'http://127.0.0.1:9' } } });
    assert.deepEqual(await health(proxy, '/-/ready'), [503, 'no certificate is loaded\n']);
    assert.deepEqual(await health(proxy, '/-/healthy'), [200, 'healthy\n']);
    await writeFile(join(dir, 'front.key'), identity.key);
    await writeFile(join(dir, 'front.pem'), identity.cert);
    await until(async () => (await health(proxy, '/-/ready'))[0] === 200, 'the certificate');
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 20 * 365 * 86_400_000 });
    assert.equal(proxy.proxy.unready(), 'every certificate in front is over');
    mock.timers.reset();
    assert.equal(proxy.proxy.unready(), null);
    await rm(dir, { recursive: true });
  });
});

it('every metric of the proxy stands in the table of the README, and no other', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const table = readme.slice(
    readme.indexOf('| metric, behind `altname_proxy_`'),
    readme.indexOf('Labels come from'),
  );
  const rows = table.split('\n').slice(2);
  const written = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const { proxy } = await started({ upstreams: { api: { to: 'http://127.0.0.1:9' } } });
  const own = (await proxy.metrics()).map(({ name }) => name).filter((name) => name.startsWith('altname_'));
  // The command adds these, of its workers.
  const ofWorkers = ['workers_serving', 'worker_restarts_total'];
  assert.deepEqual(
    written.toSorted(),
    [...own.map((name) => name.replace('altname_proxy_', '')), ...ofWorkers].toSorted(),
  );
});
