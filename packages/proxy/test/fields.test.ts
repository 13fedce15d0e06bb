import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { ask, echoed, raw, valuesOf } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const upstream = await startUpstream(identity, echo);
const ca = authority.root;
const api = { to: upstream.url, name: 'api.test', ca };
const { port, records } = await startProxy({ upstreams: { api } });

describe('fields', () => {
  it('of one connection are not handed on, nor what Connection names', async () => {
    const { rawHeaders } = await echoed({
      port,
      headers: {
        connection: 'close, X-Mine, Content-Length, Host',
        'keep-alive': 'timeout=1',
        'proxy-connection': 'keep-alive',
        'proxy-authorization': 'Basic c2VjcmV0',
        te: 'trailers',
        'x-mine': '1',
        'x-kept': '2',
        'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
      },
    });
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.deepEqual(names.toSorted(), [
      'connection',
      'forwarded',
      'host',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-kept',
      'x-request-id',
    ]);
    assert.deepEqual(valuesOf(rawHeaders, 'connection'), ['keep-alive']);
    assert.deepEqual(valuesOf(rawHeaders, 'via'), ['1.1 altname']);
  });

  it('that CGI takes for others are not handed on', async () => {
    const { rawHeaders } = await echoed({
      port,
      headers: {
        Proxy: 'http://evil.test',
        Transfer_Encoding: 'chunked',
        Content_Length: '5',
        Content_length: '6',
        X_Forwarded_For: '192.0.2.1',
        X_Request_Id: 'a',
        X_Kept: '1',
        'Proxy-Mode': '2',
      },
    });
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.deepEqual(
      names.filter((name) => /_|proxy|length|encoding/.test(name)),
      ['x_kept', 'proxy-mode'],
    );
  });

  it('Max-Forwards counts the hops of OPTIONS, and the last one answers', async () => {
    const options = { port, method: 'OPTIONS' };
    const last = await ask({ ...options, headers: { 'max-forwards': '0' } });
    assert.deepEqual([last.status, last.body], [204, '']);
    assert.match(last.headers.allow ?? '', /\bGET\b.*\bOPTIONS\b/);
    const handedOn = async (method: string, value: string): Promise<string[]> =>
      valuesOf(
        (await echoed({ port, method, headers: { 'max-forwards': value } })).rawHeaders,
        'max-forwards',
      );
    assert.deepEqual(await handedOn('OPTIONS', '1'), ['0']);
    assert.deepEqual(await handedOn('OPTIONS', '10'), ['9']);
    assert.deepEqual(await handedOn('OPTIONS', 'many'), ['many']);
    assert.deepEqual(await handedOn('GET', '0'), ['0']);
  });

  it('of an answer that are of one connection are not handed on; repeated ones stay apart', async () => {
    const { url } = await startUpstream(identity, (_, response) => {
      response.writeHead(299, 'Fine', [
        ...[
          'Connection',
          'close, x-hop',
          'X-Hop',
          '1',
          'Keep-Alive',
          'timeout=9',
          'Proxy-Authenticate',
          'Basic',
        ],
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Latin', '\u00e9'],
      ]);
      response.end('ok');
    });
    const server = await startProxy({ upstreams: { api: { ...api, to: url } } });
    const { status, headers } = await ask({ port: server.port });
    assert.equal(status, 299);
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
    assert.equal(headers['x-latin'], '\u00e9');
    for (const name of ['x-hop', 'proxy-authenticate']) assert.equal(headers[name], undefined);
  });

  it('that say who asked are those of the proxy; a stranger adds nothing', async () => {
    const { rawHeaders } = await echoed({
      port,
      headers: {
        host: 'shop.test:81',
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-port': '1',
        x_forwarded_for: '1.2.3.4',
        'x-real-ip': '1.2.3.4',
        'x-request-id': 'mine',
      },
    });
    assert.deepEqual(valuesOf(rawHeaders, 'forwarded'), ['for=127.0.0.1;host="shop.test:81";proto=http']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-for'), ['127.0.0.1']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-host'), ['shop.test:81']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-proto'), ['http']);
    for (const name of ['x-forwarded-port', 'x_forwarded_for', 'x-real-ip']) {
      assert.deepEqual(valuesOf(rawHeaders, name), []);
    }
    assert.match(valuesOf(rawHeaders, 'x-request-id')[0] ?? '', /^[0-9a-f-]{36}$/);
  });

  it('of trusted peers are believed up to the first stranger', async () => {
    const server = await startProxy({ upstreams: { api }, trust: ['127.0.0.0/8', '10.0.0.0/8'] });
    const { rawHeaders } = await echoed({
      port: server.port,
      headers: {
        host: 'inner.test',
        forwarded: 'for=6.6.6.6, for="[2001:db8::1]:80";proto=https;host="a,b", for=10.0.0.2',
        'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2',
        'x-forwarded-host': 'shop.test',
        'x-forwarded-proto': 'https',
        'x-request-id': 'edge-1',
      },
    });
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-for'), ['203.0.113.9, 10.0.0.2, 127.0.0.1']);
    assert.deepEqual(valuesOf(rawHeaders, 'forwarded'), [
      'for="[2001:db8::1]:80";proto=https;host="a,b", for=10.0.0.2, for=127.0.0.1;host="inner.test";proto=http',
    ]);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-host'), ['shop.test']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-forwarded-proto'), ['https']);
    assert.deepEqual(valuesOf(rawHeaders, 'x-request-id'), ['edge-1']);
    assert.equal(server.records[0]?.client, '203.0.113.9');
  });
});

describe('routes', () => {
  it('the name before the wildcard before any, the longer path first, in whole segments', async () => {
    const servers = await Promise.all(
      ['any', 'wild', 'name', 'deep'].map(async (name) => [
        name,
        { ...api, to: (await startUpstream(identity, (_, response) => response.end(name))).url },
      ]),
    );
    const server = await startProxy({
      upstreams: Object.fromEntries(servers) as Record<string, typeof api>,
      routes: [
        { to: 'any' },
        { host: '*.shop.test', to: 'wild' },
        { host: 'WWW.shop.test', to: 'name' },
        { host: 'www.shop.test', path: '/api/', to: 'deep' },
      ],
    });
    for (const [host, path, expected] of [
      ['other.test', '/api', 'any'],
      ['shop.test', '/', 'any'],
      ['a.b.shop.test', '/', 'any'],
      ['a.shop.test:80', '/', 'wild'],
      ['www.shop.test.', '/apis', 'name'],
      ['Www.Shop.Test', '/api?x', 'deep'],
      ['www.shop.test', '/api/x', 'deep'],
    ] as const) {
      assert.equal((await ask({ port: server.port, path, headers: { host } })).body, expected, host + path);
    }
  });

  it('404 where there is none, and nobody is asked', async () => {
    const server = await startProxy({ upstreams: { api }, routes: [{ host: 'a.test', to: 'api' }] });
    assert.equal((await ask({ port: server.port, headers: { host: 'b.test' } })).status, 404);
    assert.equal(server.records[0]?.upstream, null);
  });
});

describe('a record', () => {
  it('of what the proxy answers itself says how many octets it sent, and what was asked', async () => {
    const server = await startProxy({ upstreams: { api: { ...api, name: 'other.test' } } });
    const seen = async (octets: string): Promise<unknown[]> => {
      const before = server.records.length;
      const answer = await raw(server.port, octets, 5000);
      while (server.records.length === before) await wait(5);
      const { status, host, path, bytes } = server.records.at(-1) ?? {};
      const [, body = ''] = answer.split('\r\n\r\n');
      assert.equal(bytes, body.length);
      return [status, host, path, body === ''];
    };
    const get = (host: string, target = '/a?token=b'): string =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    assert.deepEqual(await seen(get('a.test')), [502, 'a.test', '/a', false]);
    assert.deepEqual(await seen(get('a.test').replace('GET', 'HEAD')), [502, 'a.test', '/a', true]);
    assert.deepEqual(await seen(get('a..test')), [400, 'a..test', '/a', false]);
    assert.deepEqual(await seen(get('me:secret@a.test/b?token=c')), [400, 'a.test', '/a', false]);
    assert.deepEqual(await seen(get('a.test', 'http://me:secret@a.test/b?token=c')), [
      400,
      'a.test',
      '/b',
      false,
    ]);
    assert.deepEqual(await seen(get('a.test', '/a/../b?token=c')), [400, 'a.test', '/a/../b', false]);
    assert.deepEqual(await seen(get(`${'a'.repeat(300)}`)), [400, `${'a'.repeat(255)}\u2026`, '/a', false]);
    assert.deepEqual(await seen('GET /a HTTP/1.1\r\nConnection: close\r\n\r\n'), [400, null, '/a', false]);
    assert.deepEqual(await seen('\0'), [400, null, '', false]);
  });

  it('has no query, no credential and no field', async () => {
    await ask({
      port,
      path: '/pay?token=secret',
      headers: { authorization: 'Basic secret', cookie: 'secret' },
    });
    const record = records.at(-1);
    assert.doesNotMatch(JSON.stringify(record), /secret|token/);
    assert.deepEqual(
      [record?.method, record?.path, record?.status, record?.upstream, record?.protocol, record?.client],
      ['GET', '/pay', 200, 'api', 'HTTP/1.1', '127.0.0.1'],
    );
  });
});

describe('the head of a request', () => {
  it('absolute-form is read, and its host is the one that counts', async () => {
    const answer = await raw(
      port,
      'GET http://b.test/x?y HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /"url":"\/x\?y"/);
    assert.match(answer, /"host","b\.test"/);
  });

  it('h2c is not handed on: the request is one of HTTP/1.1', async () => {
    const answer = await raw(
      port,
      'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(answer, /h2c|HTTP2-Settings/i);
  });

  it('HTTP/1.0 without Host goes through, with that of the upstream', async () => {
    const answer = await raw(port, 'GET / HTTP/1.0\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.ok(answer.includes(`"host","${new URL(upstream.url).host}"`));
  });
});
