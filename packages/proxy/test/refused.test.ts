import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const upstream = await startUpstream(identity, echo);
const ca = authority.root;
const api = { to: upstream.url, name: 'api.test', ca };
const { port } = await startProxy({ upstreams: { api } });

describe('what is refused', () => {
  const post = 'POST / HTTP/1.1\r\nHost: a.test\r\n';
  const table: readonly [string, string, number][] = [
    [
      'Content-Length and Transfer-Encoding',
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'the same the other way round',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    ['a list of lengths', `${post}Content-Length: 3, 3\r\n\r\nabc`, 400],
    ['a length with a sign', `${post}Content-Length: +3\r\n\r\nabc`, 400],
    ['an unknown transfer coding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
    [
      'chunked twice',
      `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['chunked not last', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
    ['another coding below chunked', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    ['white space before the colon', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a vertical tab before chunked', `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`, 400],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a line that ends in CR', `${post}X: a\rY: b\r\n\r\n`, 400],
    ['lines that end in LF', 'GET / HTTP/1.1\nHost: a.test\n\n', 400],
    ['obs-fold', `${post}X: a\r\n b\r\n\r\n`, 400],
    ['obs-fold with a tab', `${post}X: a\r\n\tb\r\n\r\n`, 400],
    ['white space before the first field', 'GET / HTTP/1.1\r\n X: y\r\nHost: a.test\r\n\r\n', 400],
    ['NUL in a value', `${post}X: a\0b\r\n\r\n`, 400],
    ['DEL in a value', `${post}X: a\x7fb\r\n\r\n`, 400],
    ['chunk size with a sign', `${post}Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n`, 400],
    ['chunks that end in LF', `${post}Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n`, 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n', 400],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['a Host with a user', 'GET / HTTP/1.1\r\nHost: me@a.test\r\n\r\n', 400],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n', 400],
    ['a user in absolute-form', 'GET http://me@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['asterisk-form', 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a fragment', 'GET /#x HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a dot segment', 'GET /a/../b HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['an encoded dot segment', 'GET /a/%2E%2e/b HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a dot segment with a parameter', 'GET /a/..;/b HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['dot segments between backslashes', 'GET /a\\..\\b HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a backslash in a path', 'GET /a\\b HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a dot segment behind an encoded slash', 'GET /a%2f..%2Fb HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a dot segment before an encoded backslash', 'GET /a/..%5cb HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['NUL in a path', 'GET /a%00 HTTP/1.1\r\nHost: a.test\r\n\r\n', 400],
    ['a Host with an empty label', 'GET / HTTP/1.1\r\nHost: .a.test\r\n\r\n', 400],
    ['a Host with a port that is none', 'GET / HTTP/1.1\r\nHost: a.test:65536\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n', 405],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n', 405],
    ['HTTP/2.0 on the request line', 'GET / HTTP/2.0\r\nHost: a.test\r\n\r\n', 505],
    ['fields over 16 KiB', `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    [
      'an upgrade with a body',
      `${post}Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 3\r\n\r\nabc`,
      400,
    ],
  ];
  for (const [title, octets, status] of table) {
    it(`${title}: ${status}`, async () => {
      let asked = 0;
      const count = (): number => asked++;
      upstream.server.on('request', count);
      // What is behind would be a request of its own to whoever reads the first one otherwise.
      const answer = await raw(port, `${octets}GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      upstream.server.off('request', count);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.equal(answer.split('HTTP/1.1 ').length, 2, answer);
      assert.equal(asked, 0);
    });
  }

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
