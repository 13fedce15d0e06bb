import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UpstreamOptions } from '@altname/proxy';
import { testAuthority } from './authority.ts';
import { clientCertificate } from './client-certificate.ts';
import { ask, echoed, valuesOf } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const wrong = await startUpstream(await authority.issue('wrong.test'), echo);
const front = await authority.issue('front.test', 'other.test', '127.0.0.1');
const api = { to: upstream.url, name: 'api.test', ca: authority.root };

/** As a fix says, the upstream answers; and it is verified as before: under another name it is refused. */
async function isMended(fixed: UpstreamOptions): Promise<void> {
  const right = await startProxy({ upstreams: { api: fixed } });
  assert.equal((await ask({ port: right.port })).status, 200);
  const named = await startProxy({ upstreams: { api: { ...fixed, name: 'other.test' } } });
  assert.equal((await ask({ port: named.port })).status, 502);
  assert.equal(named.failures[0]?.diagnosis?.cause?.code, 'name-mismatch');
}

describe('the names of an upstream', () => {
  it('come from its configuration, whatever Host a client sends', async () => {
    const { port } = await startProxy({ upstreams: { api } });
    upstream.serverNames.length = 0;
    for (const host of ['evil.test', 'api.test', '127.0.0.1', 'evil.test:8443', '[::1]:80']) {
      const { rawHeaders } = await echoed({ port, headers: { host } });
      assert.deepEqual(valuesOf(rawHeaders, 'host'), [host]);
    }
    assert.deepEqual([...new Set(upstream.serverNames)], ['api.test']);
    assert.equal(upstream.serverNames.length, 1, 'another Host is no other connection');
  });

  it('come from its configuration, whatever server name a client sends', async () => {
    const { port } = await startProxy({ upstreams: { api: { ...api } }, tls: front });
    upstream.serverNames.length = 0;
    await echoed({ port, ca: authority.root, servername: 'front.test', headers: { host: 'front.test' } });
    assert.deepEqual(upstream.serverNames, ['api.test']);
  });

  it('are none on the wire where an address is checked, and Host does not fill in', async () => {
    const byAddress = await startUpstream(await authority.issue('127.0.0.1'), echo);
    const { port } = await startProxy({
      upstreams: { api: { ...api, to: byAddress.url, name: '127.0.0.1' } },
    });
    await echoed({ port, headers: { host: 'evil.test' } });
    await echoed({ port, headers: { host: 'more.test' } });
    assert.deepEqual(byAddress.serverNames, ['-']);
  });

  it('host: preserve, upstream or a value', async () => {
    const { host } = new URL(upstream.url);
    for (const [mode, expected] of [
      ['preserve', 'front.test'],
      ['upstream', host],
      ['inner.test:81', 'inner.test:81'],
    ] as const) {
      const { port } = await startProxy({ upstreams: { api: { ...api, host: mode } } });
      const { rawHeaders } = await echoed({ port, headers: { host: 'front.test' } });
      assert.deepEqual(valuesOf(rawHeaders, 'host'), [expected]);
    }
  });
});

describe('an upstream that is another', () => {
  it('is 502 with an id, and the log has the names, the cause and the fix', async () => {
    const { url, server } = wrong;
    let served = 0;
    server.on('request', () => served++);
    const { port, failures, records } = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const { status, headers, body } = await ask({ port, headers: { host: 'front.test' } });
    assert.equal(status, 502);
    assert.equal(served, 0);
    const [failure] = failures;
    assert.equal(body, `502 Bad Gateway\nrequest ${failure?.requestId}\n`);
    assert.equal(headers['x-request-id'], failure?.requestId);
    assert.doesNotMatch(JSON.stringify(headers) + body, /api\.test|wrong\.test|127\.0\.0\.1|ALTNAME|altname/);
    assert.equal(failure?.error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(failure.diagnosis?.cause?.code, 'name-mismatch');
    const { names } = failure.diagnosis;
    assert.deepEqual(
      [names.sent.value, names.checked.value, names.host.value, names.presented?.dns],
      ['api.test', 'api.test', 'front.test', ['wrong.test']],
    );
    assert.deepEqual(failure.fixes, [
      'upstreams.api.name: wrong.test, only if this is the server you mean',
      'issue the certificate of the upstream again, with api.test on it',
    ]);
    assert.equal(records[0]?.problem, 'ERR_TLS_CERT_ALTNAME_INVALID');
    await isMended({ ...api, to: wrong.url, name: 'wrong.test' });
  });

  it('is told in full once, and counted after', async () => {
    const { port, failures } = await startProxy({ upstreams: { api: { ...api, to: wrong.url } } });
    for (let count = 0; count < 3; count++) await ask({ port });
    assert.deepEqual(
      failures.map(({ diagnosis, repeated }) => [diagnosis !== null, repeated]),
      [
        [true, 0],
        [false, 1],
        [false, 2],
      ],
    );
  });

  it('is 502 when its CA is unknown', async () => {
    const other = await testAuthority();
    const { url } = await startUpstream(await other.issue('api.test'), echo);
    const { port, failures } = await startProxy({ upstreams: { api: { ...api, to: url } } });
    assert.equal((await ask({ port })).status, 502);
    assert.match(
      failures[0]?.diagnosis?.cause?.code ?? '',
      /issuer-unknown|self-signed|intermediate-missing/,
    );
    assert.match(failures[0]?.fixes[0] ?? '', /^upstreams\.api\.ca: add the certificate of the CA/);
    await isMended({ ...api, to: url, ca: other.root });
  });

  it('is 502 when it sends no intermediate certificate', async () => {
    const { cert, key } = await authority.issue('api.test');
    const [leaf = '', ...intermediates] = cert.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
    assert.ok(intermediates.length > 0);
    const { url } = await startUpstream({ cert: leaf, key }, echo);
    const { port, failures } = await startProxy({ upstreams: { api: { ...api, to: url } } });
    assert.equal((await ask({ port })).status, 502);
    assert.equal(failures[0]?.diagnosis?.cause?.code, 'intermediate-missing');
    assert.match(failures[0]?.fixes[1] ?? '', /until then, add that to upstreams\.api\.ca$/);
    await isMended({ ...api, to: url, ca: [authority.root, ...intermediates].join('\n') });
  });

  it('is told to want a certificate, when that is why it closes', async () => {
    const own = await clientCertificate();
    const { url } = await startUpstream(
      { ...(await authority.issue('api.test')), ca: own.cert, requestCert: true, rejectUnauthorized: true },
      echo,
    );
    const { port, failures } = await startProxy({ upstreams: { api: { ...api, to: url } } });
    assert.equal((await ask({ port })).status, 502);
    assert.equal(failures[0]?.diagnosis?.cause?.code, 'client-certificate-required');
    assert.deepEqual(failures[0]?.fixes, [
      'upstreams.api.cert and upstreams.api.key: a certificate that the upstream accepts',
    ]);
    await isMended({ ...api, ...own, to: url });
  });

  it('is 502 when nobody listens, and 504 when nobody answers', async () => {
    const { port } = await startProxy({
      upstreams: { api: { ...api, to: 'https://127.0.0.1:9' }, slow: { ...api } },
      routes: [{ to: 'api' }, { path: '/slow', to: 'slow' }],
    });
    assert.equal((await ask({ port })).status, 502);
    const silent = await startUpstream(await authority.issue('api.test'), () => {});
    const late = await startProxy({
      upstreams: { api: { ...api, to: silent.url } },
      timeouts: { answer: 200 },
    });
    assert.equal((await ask({ port: late.port })).status, 504);
    assert.equal(late.failures[0]?.error.code, 'UND_ERR_HEADERS_TIMEOUT');
  });
});

describe('a connection in front', () => {
  it('is for the server name of its handshake, and for what its certificate carries: else 421', async () => {
    const { port, records } = await startProxy({ upstreams: { api }, tls: front });
    const tls = { port, ca: authority.root, servername: 'front.test' };
    for (const [host, status] of [
      ['front.test', 200],
      ['FRONT.test.:8443', 200],
      ['other.test', 200],
      ['evil.test', 421],
      ['api.test', 421],
      ['127.0.0.2', 421],
    ] as const) {
      assert.equal((await ask({ ...tls, headers: { host } })).status, status, host);
    }
    assert.equal(records.at(-1)?.upstream, null);
    const nameless = { ...tls, servername: '', headers: { host: 'elsewhere.test' } };
    assert.equal((await ask(nameless)).status, 200);
  });
});
