import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import http2 from 'node:http2';
import { test } from 'node:test';
import { createProxy } from '@altname/proxy';
import { testAuthority } from './authority.ts';
import { ask, deferred, raw } from './client.ts';
import { parseExposition, valueOf, type Sample } from './exposition.ts';
import { startProxy, type TestProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const [front, api, other] = await Promise.all([
  authority.issue('front.test', 'localhost'),
  authority.issue('api.test'),
  authority.issue('other.test'),
]);
const ca = authority.root;
const admin = { listen: '127.0.0.1:0' };

async function scrape({ proxy }: TestProxy): Promise<{ samples: Sample[]; text: string }> {
  const { status, headers, body } = await ask({ port: proxy.adminAddress?.port, path: '/metrics' });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return { samples: parseExposition(body), text: body };
}

async function started(): Promise<TestProxy> {
  const good = await startUpstream(api, echo);
  const bad = await startUpstream(other, echo);
  return startProxy({
    admin,
    tls: front,
    upstreams: {
      good: { to: good.url, name: 'api.test', ca },
      bad: { to: bad.url, name: 'api.test', ca },
      none: { to: 'https://127.0.0.1:9', name: 'api.test', ca },
    },
    routes: [
      { to: 'good' },
      { path: '/bad', to: 'bad' },
      { path: '/none', to: 'none' },
      { host: 'front.test', path: '/api', to: 'good' },
    ],
  });
}

test('what is counted of requests, of both sides, and of certificates', async () => {
  const proxy = await started();
  const via = { port: proxy.port, servername: 'front.test', ca, headers: { host: 'front.test' } };
  for (let at = 0; at < 3; at++) assert.equal((await ask({ ...via, path: '/' })).status, 200);
  const sent = await ask({ ...via, path: '/api/x', method: 'POST', body: 'x'.repeat(1000) });
  assert.equal((await ask({ ...via, path: '/', method: 'PURGE' })).status, 200);
  assert.equal((await ask({ ...via, path: '/bad' })).status, 502);
  assert.equal((await ask({ ...via, path: '/none' })).status, 502);
  assert.equal((await ask({ ...via, headers: { host: 'evil.test' }, path: '/' })).status, 421);
  const session = http2.connect(`https://localhost:${proxy.port}`, { ca });
  const stream = session.request({ ':path': '/' });
  await new Promise((resolve) => stream.resume().once('end', resolve));
  const { samples } = await scrape(proxy);
  session.close();
  const value = (name: string, labels: Record<string, string> = {}): number =>
    valueOf(samples, `altname_proxy_${name}`, labels);
  assert.equal(value('requests_total', { upstream: 'good', route: '/', method: 'GET', code: '200' }), 4);
  assert.equal(value('requests_total', { route: 'front.test/api', method: 'POST', code: '200' }), 1);
  assert.equal(value('requests_total', { upstream: 'good', method: 'other', code: '200' }), 1);
  assert.equal(value('requests_total', { upstream: 'bad', code: '502' }), 1);
  assert.equal(value('request_duration_seconds_count', { upstream: 'good', route: '/' }), 5);
  const took = value('request_duration_seconds_sum', { upstream: 'good', route: '/' });
  assert.ok(took > 0 && took < 60, `${took} s`);
  assert.equal(value('request_body_bytes_total', { route: 'front.test/api' }), 1000);
  assert.equal(value('response_body_bytes_total', { route: 'front.test/api' }), Buffer.byteLength(sent.body));
  assert.equal(value('requests_under_way', { upstream: 'good', route: '/' }), 0);
  assert.equal(value('refusals_total', { code: '421', reason: 'the connection is for another host' }), 1);
  assert.equal(value('front_connections_open', { protocol: 'h2' }), 1);
  assert.ok(value('front_connections_total') >= 9);
  assert.ok(value('front_received_bytes_total') > 1000);
  assert.ok(value('front_sent_bytes_total') > 3000);
  assert.equal(value('front_handshakes_total', { version: 'TLSv1.3', protocol: 'h2' }), 1);
  assert.ok(value('upstream_handshakes_total', { upstream: 'good', result: 'accepted' }) >= 1);
  assert.equal(value('upstream_handshakes_total', { upstream: 'bad', result: 'failed' }), 1);
  assert.equal(value('upstream_handshake_failures_total', { upstream: 'bad', cause: 'name-mismatch' }), 1);
  assert.equal(value('upstream_handshake_failures_total', { upstream: 'none', cause: 'ECONNREFUSED' }), 1);
  const ends = value('certificate_not_after_timestamp_seconds', { name: 'front.test' });
  assert.ok(ends * 1000 > Date.now());
  assert.ok(
    value('upstream_certificate_not_after_timestamp_seconds', { upstream: 'good' }) * 1000 > Date.now(),
  );
  assert.equal(value('build_info', { node: process.version }), 1);
  assert.ok(valueOf(samples, 'process_resident_memory_bytes') > 0);
});

test('a client makes up no label, however many it tries', async () => {
  const proxy = await started();
  const { samples: before } = await scrape(proxy);
  const own = (samples: readonly Sample[]): Sample[] =>
    samples.filter(({ name }) => name.startsWith('altname_'));
  const hostile = Array.from({ length: 60 }, (_, at) => ({
    port: proxy.port,
    ca,
    servername: 'localhost',
    method: ['GET', 'PROPFIND', 'MKCOL', 'LOCK'][at % 4] ?? 'GET',
    path: `/secret-${at}?token=secret`,
    headers: { host: at % 2 === 0 ? `secret-${at}.test` : 'localhost' },
  }));
  for (const each of hostile) await ask(each);
  const { samples, text } = await scrape(proxy);
  assert.doesNotMatch(text, /secret|PROPFIND/);
  assert.ok(own(samples).length < own(before).length + 30, `${own(samples).length} samples`);
});

test('promtool reads it, and has nothing to say', { skip: promtoolIsMissing() }, async () => {
  const proxy = await started();
  await ask({
    port: proxy.port,
    servername: 'front.test',
    ca,
    path: '/bad',
    headers: { host: 'front.test' },
  });
  const { text } = await scrape(proxy);
  // nodejs_* and process_* are named by prom-client.
  const own = text
    .split(/\n\n/)
    .filter((part) => part.includes('altname_proxy_'))
    .join('\n');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: `${own}\n`,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('healthy, and ready while it serves; not ready while it drains', async () => {
  let answer = (): void => {};
  const came = deferred();
  const slow = await startUpstream(api, (_, response) => {
    answer = () => response.end('late');
    came.resolve();
  });
  const { proxy, port } = await startProxy({
    admin,
    upstreams: { slow: { to: slow.url, name: 'api.test', ca } },
    timeouts: { drain: 5000 },
  });
  const at = { port: proxy.adminAddress?.port };
  const shown = async (path: string, method = 'GET'): Promise<unknown[]> => {
    const { status, body, headers } = await ask({ ...at, path, method });
    assert.equal(headers['cache-control'], 'no-store');
    return [status, body];
  };
  assert.deepEqual(await shown('/-/healthy'), [200, 'healthy\n']);
  assert.deepEqual(await shown('/-/ready'), [200, 'ready\n']);
  assert.deepEqual(await shown('/-/ready', 'HEAD'), [200, '']);
  assert.deepEqual(await shown('/-/ready', 'POST'), [405, 'GET and HEAD are answered\n']);
  assert.deepEqual(await shown('/'), [404, 'not found\n']);
  assert.deepEqual((await shown('/metrics', 'HEAD'))[1], '');
  const late = ask({ port, path: '/' });
  await came.promise;
  const closed = proxy.close();
  assert.deepEqual(await shown('/-/healthy'), [200, 'healthy\n']);
  assert.deepEqual(await shown('/-/ready'), [503, 'draining: no more connections are taken\n']);
  answer();
  assert.equal((await late).body, 'late');
  await closed;
  await assert.rejects(ask({ ...at, path: '/-/healthy' }), { code: 'ECONNREFUSED' });
});

test('a page whose name was made to point here is told nothing; heads have an end', async () => {
  const { proxy } = await startProxy({ admin, upstreams: { a: { to: 'https://a.test' } } });
  const port = proxy.adminAddress?.port ?? 0;
  const rebound = await ask({ port, path: '/metrics', headers: { host: 'evil.test' } });
  assert.deepEqual([rebound.status, rebound.body.includes('altname_proxy')], [421, false]);
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:9901', 'LOCALHOST']) {
    assert.equal((await ask({ port, path: '/-/healthy', headers: { host } })).status, 200, host);
  }
  const long = await raw(
    port,
    `GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(5000)}\r\n\r\n`,
  );
  assert.match(long, /^HTTP\/1\.1 431 /);
});

test('without admin nothing is counted; without a port it is counted, and told to who asks', async () => {
  const upstreams = { a: { to: 'https://a.test' } };
  const off = createProxy({ listen: 0, upstreams });
  assert.deepEqual(await off.metrics(), []);
  assert.equal(off.adminAddress, null);
  const on = createProxy({ listen: 0, upstreams, admin: {} });
  assert.ok((await on.metrics()).some(({ name }) => name === 'altname_proxy_build_info'));
  assert.equal(on.unready(), 'not listening yet');
  await Promise.all([on.close(), off.close()]);
});

test('a port of the admin that is taken is one line, and nothing is left listening', async () => {
  const taken = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const proxy = createProxy({
    listen: '127.0.0.1:0',
    upstreams: { a: { to: 'https://a.test' } },
    admin: { listen: port },
  });
  await assert.rejects(proxy.listen(), {
    message: `admin.listen 127.0.0.1:${port}: another program listens there`,
  });
  taken.close();
});

for (const [given, message] of [
  [{ listen: 'x' }, 'admin.listen "x": a port, or host:port with an address, is expected'],
  [{ port: 1 }, 'admin.port: there is no such option (listen)'],
  [true, 'admin: an object with listen is expected'],
] as const) {
  test(`admin ${JSON.stringify(given)} is one line`, () => {
    assert.throws(
      () => createProxy({ listen: 0, upstreams: { a: { to: 'https://a.test' } }, admin: given as object }),
      { code: 'ALTNAME_BAD_OPTION', message },
    );
  });
}

function promtoolIsMissing(): string | false {
  const { error } = spawnSync('promtool', ['--version']);
  if (error === undefined) return false;
  if (process.env['CI'] === 'true')
    throw new Error('promtool is missing: the Debian package prometheus is expected in CI');
  return 'needs promtool (Debian package prometheus)';
}
