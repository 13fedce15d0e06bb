import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { data, FrameClient, headers, type FieldList } from './http2-frames.ts';
import { startProxy } from './proxy-server.ts';
import { startRecorder } from './recorder.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test');
const ca = authority.root;

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';
const of = (method: string, ...more: FieldList): FieldList => [
  [':method', method],
  [':scheme', 'https'],
  [':authority', 'a.test'],
  [':path', '/a'],
  ...more,
];
const get = (...more: FieldList): Buffer => headers(1, of('GET', ...more));
const post = (...more: FieldList): Buffer => headers(1, of('POST', ...more), 0);
const instead = (name: string, value: string | null, method = 'GET'): Buffer =>
  headers(
    1,
    of(method).flatMap(([each, was]): FieldList =>
      each !== name ? [[each, was]] : value === null ? [] : [[each, value]],
    ),
  );

const malformed = 'reset 1';
/** RFC 9113 §8.2.1 wants it malformed; nghttp2 takes such a field for none, and nobody can tell it to do otherwise. */
const dropped = ['200', ['GET /a']] as const;
/** What is sent on a stream, what becomes of it, and what reaches the upstream. */
const rows: readonly (readonly [
  title: string,
  source: string,
  octets: Buffer[],
  outcome: string,
  reached?: readonly string[],
])[] = [
  [
    'CR LF in a value',
    'Kettle 2021, H2.X; RFC 9113 §8.2.1',
    [get(['x', `y\r\n\r\n${smuggled}`])],
    ...dropped,
  ],
  ['LF in a value', 'RFC 9113 §8.2.1', [get(['x', 'y\nz: 1'])], ...dropped],
  ['CR in a value', 'RFC 9113 §8.2.1', [get(['x', 'y\rz: 1'])], ...dropped],
  ['NUL in a value', 'RFC 9113 §8.2.1', [get(['x', 'y\0z'])], ...dropped],
  ['DEL in a value', 'RFC 9110 §5.5', [get(['x', 'y\x7fz'])], ...dropped],
  ['white space before a value', 'RFC 9113 §8.2.1', [get(['x', ' y'])], ...dropped],
  ['white space behind a value', 'RFC 9113 §8.2.1', [get(['x', 'y\t'])], ...dropped],
  ['CR LF in a name', 'Kettle 2021', [get(['x: 1\r\ny', '2'])], ...dropped],
  [
    'a colon in a name',
    'Kettle 2021; RFC 9113 §8.2.1',
    [get(['transfer-encoding: chunked', 'x'])],
    ...dropped,
  ],
  ['a space in a name', 'RFC 9113 §8.2.1', [get(['x y', 'z'])], ...dropped],
  ['an empty name', 'CVE-2023-25725 family', [get(['', 'x'])], ...dropped],
  ['a name in upper case', 'RFC 9113 §8.2', [get(['X', 'y'])], malformed],
  ['a name that is no ASCII', 'RFC 9113 §8.2.1', [get(['x\xe4', 'y'])], ...dropped],
  [
    'H2.TE',
    'Kettle 2021; RFC 9113 §8.2.2',
    [post(['transfer-encoding', 'chunked']), data(1, `0\r\n\r\n${smuggled}`)],
    malformed,
  ],
  [
    'H2.TE in another case',
    'Kettle 2021',
    [post(['transfer-Encoding', 'chunked']), data(1, '0\r\n\r\n')],
    malformed,
  ],
  ['connection', 'RFC 9113 §8.2.2', [get(['connection', 'close'])], malformed],
  ['keep-alive', 'RFC 9113 §8.2.2', [get(['keep-alive', 'timeout=5'])], malformed],
  ['proxy-connection', 'RFC 9113 §8.2.2', [get(['proxy-connection', 'keep-alive'])], malformed],
  ['upgrade', 'RFC 9113 §8.2.2', [get(['upgrade', 'h2c'])], malformed],
  ['te that is no trailers', 'RFC 9113 §8.2.2', [get(['te', 'gzip'])], malformed],
  [
    'H2.CL, shorter than the body',
    'Kettle 2021; RFC 9113 §8.1.1',
    [post(['content-length', '0']), data(1, smuggled)],
    'reset 1 or goaway 2',
  ],
  ['a length over the body', 'RFC 9113 §8.1.1', [post(['content-length', '9']), data(1, 'abc')], malformed],
  ['a length without a body', 'RFC 9113 §8.1.1', [get(['content-length', '9'])], malformed],
  [
    'two lengths',
    'RFC 9113 §8.1.1',
    [post(['content-length', '3'], ['content-length', '3']), data(1, 'abc')],
    malformed,
  ],
  ['length with +', 'RFC 9110 §8.6', [post(['content-length', '+3']), data(1, 'abc')], malformed],
  ['empty length', 'HAProxy, CVE-2023-40225', [post(['content-length', '']), data(1, 'abc')], malformed],
  [
    'a request as the path',
    'Kettle 2021',
    [instead(':path', `/a HTTP/1.1\r\nHost: a.test\r\n\r\n${smuggled}`)],
    malformed,
  ],
  ['a space in the path', 'Kettle 2021', [instead(':path', '/a HTTP/1.1')], malformed],
  ['a tab in the path', 'RFC 9113 §8.3.1', [instead(':path', '/a\tb')], malformed],
  ['an empty path', 'RFC 9113 §8.3.1', [instead(':path', '')], malformed],
  ['no path', 'RFC 9113 §8.3.1', [instead(':path', null)], malformed],
  ['a path without a slash', 'RFC 9113 §8.3.1', [instead(':path', 'a')], malformed],
  ['a URL as the path', 'RFC 9113 §8.3.1', [instead(':path', 'https://b.test/a')], malformed],
  ['a fragment in the path', 'RFC 9113 §8.3.1', [instead(':path', '/a#b')], '400'],
  ['a dot segment in the path', 'RFC 3986 §5.2.4', [instead(':path', '/a/../b')], '400'],
  ['an octet in the path that is no ASCII', 'RFC 3986 §2', [instead(':path', '/\xff')], '400'],
  ['PRI', 'RFC 9113 §3.4', [instead(':method', 'PRI')], '400'],
  ['a method that nobody knows', 'RFC 9110 §9.1', [instead(':method', 'FOO')], '200', ['FOO /a']],
  ['OPTIONS *', 'RFC 9113 §8.3.1', [headers(1, [...of('OPTIONS').slice(0, 3), [':path', '*']])], '400'],
  ['GET *', 'RFC 9113 §8.3.1', [instead(':path', '*')], malformed],
  ['a request as the method', 'Kettle 2021', [instead(':method', 'GET /admin HTTP/1.1\r\nX:')], malformed],
  ['a space in the method', 'Kettle 2021', [instead(':method', 'GET /admin')], malformed],
  ['an empty method', 'RFC 9110 §9.1', [instead(':method', '')], malformed],
  ['no method', 'RFC 9113 §8.3.1', [instead(':method', null)], malformed],
  ['TRACE', 'RFC 9110 §9.3.8', [instead(':method', 'TRACE')], '405'],
  ['a user in :authority', 'RFC 9113 §8.3.1', [instead(':authority', 'me@a.test')], '400 or reset 1'],
  ['a path in :authority', 'Kettle 2021', [instead(':authority', 'a.test/x')], malformed],
  ['a space in :authority', 'Kettle 2021', [instead(':authority', 'a.test x')], malformed],
  ['CR LF in :authority', 'Kettle 2021', [instead(':authority', 'a.test\r\nX: y')], malformed],
  ['an empty :authority', 'RFC 9113 §8.3.1', [instead(':authority', '')], malformed],
  ['neither :authority nor host', 'RFC 9113 §8.3.1', [instead(':authority', null)], malformed],
  ['host that differs', 'RFC 9113 §8.3.1; HDiff 2022', [get(['host', 'b.test'])], '400'],
  ['two hosts', 'RFC 9113 §8.3.1', [get(['host', 'a.test'], ['host', 'b.test'])], malformed],
  ['a scheme with a URL', 'Kettle 2021', [instead(':scheme', 'https://b.test/a?')], malformed],
  ['a scheme with CR LF', 'Kettle 2021', [instead(':scheme', 'https\r\nX: y')], malformed],
  ['another scheme', 'RFC 9113 §8.3.1', [instead(':scheme', 'ftp')], '200', ['GET /a']],
  ['no scheme', 'RFC 9113 §8.3.1', [instead(':scheme', null)], malformed],
  [':path twice', 'RFC 9113 §8.3', [headers(1, [...of('GET'), [':path', '/b']])], malformed],
  [':method twice', 'Kettle 2021', [headers(1, [...of('GET'), [':method', 'POST']])], malformed],
  [':authority twice', 'RFC 9113 §8.3', [headers(1, [...of('GET'), [':authority', 'b.test']])], malformed],
  ['a pseudo-field that nobody knows', 'RFC 9113 §8.3', [headers(1, [[':x', 'y'], ...of('GET')])], malformed],
  ['a pseudo-field of answers', 'RFC 9113 §8.3', [headers(1, [[':status', '200'], ...of('GET')])], malformed],
  [
    'a pseudo-field behind a field',
    'RFC 9113 §8.3',
    [headers(1, [...of('GET').slice(0, 3), ['x', 'y'], [':path', '/a']])],
    malformed,
  ],
  [
    'a pseudo-field as a trailer',
    'RFC 9113 §8.1',
    [post(), data(1, 'abc', 0), headers(1, [[':path', '/b']])],
    malformed,
  ],
  [
    'trailers that do not end the stream',
    'RFC 9113 §8.1',
    [post(), data(1, 'abc', 0), headers(1, [['x', 'y']], 0), data(1, 'd')],
    malformed,
  ],
  [
    'a coding as a trailer',
    'Kettle 2021',
    [post(), data(1, 'abc', 0), headers(1, [['transfer-encoding', 'chunked']])],
    malformed,
  ],
  [
    'CONNECT',
    'RFC 9113 §8.5',
    [
      headers(1, [
        [':method', 'CONNECT'],
        [':authority', 'a.test:443'],
      ]),
    ],
    '405',
  ],
  ['CONNECT with a path', 'RFC 9113 §8.5', [instead(':method', 'CONNECT')], malformed],
  [
    'an expectation that nobody knows',
    'RFC 9110 §10.1.1',
    [post(['expect', 'y 100-continue']), data(1, 'abc')],
    '417',
  ],
  [
    '257 fields',
    'RFC 6585 §5',
    [get(...Array.from({ length: 257 }, (): [string, string] => ['x', 'y']))],
    'reset 11',
  ],
  ['fields over 16 KiB', 'RFC 6585 §5', [get(['x', 'x'.repeat(9000)], ['y', 'y'.repeat(9000)])], '431'],
  ['a request as a body', 'Kettle 2021, H2.CL', [post(), data(1, smuggled)], '200', [`POST /a ${smuggled}`]],
  ['chunks as a body', 'Kettle 2021, H2.TE', [post(), data(1, '0\r\n\r\nx')], '200', ['POST /a 0\r\n\r\nx']],
  [
    'a length that agrees',
    'RFC 9113 §8.1.1',
    [post(['content-length', '3']), data(1, 'abc')],
    '200',
    ['POST /a abc'],
  ],
  ['host that agrees', 'RFC 9113 §8.3.1', [get(['host', 'a.test'])], '200', ['GET /a']],
  [
    'host alone',
    'RFC 9113 §8.3.1',
    [headers(1, [...of('GET').filter(([name]) => name !== ':authority'), ['host', 'a.test']])],
    '200',
    ['GET /a'],
  ],
  ['a body of a GET', 'Kettle 2022', [headers(1, of('GET'), 0), data(1, 'abc')], '200', ['GET /a abc']],
  [
    'trailers, which are dropped',
    'RFC 9110 §6.5.1',
    [post(), data(1, 'abc', 0), headers(1, [['x', 'y']])],
    '200',
    ['POST /a abc'],
  ],
  [
    'an expectation',
    'RFC 9110 §10.1.1',
    [post(['expect', '100-continue']), data(1, 'abc')],
    '200',
    ['POST /a abc'],
  ],
];

/** What may reach an upstream of these: all that the proxy writes, and the length of a body. */
const expected: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'forwarded',
  'host',
  'transfer-encoding',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);

describe('what is sent in HTTP/2', async () => {
  const recorder = await startRecorder(identity);
  const { port } = await startProxy({
    tls: identity,
    upstreams: { api: { to: recorder.url, name: 'api.test', ca } },
  });
  for (const [title, source, octets, outcome, reached = []] of rows) {
    it(`${title} (${source}): ${outcome}`, async () => {
      recorder.forget();
      const client = await FrameClient.connect(port, ca);
      client.write(...octets);
      const seen = await client.outcome(1);
      assert.ok(outcome.split(' or ').includes(seen), seen);
      // One bad stream ends no other one, where nghttp2 ends a stream alone.
      const others = seen.startsWith('goaway') ? [] : ['GET /a'];
      if (others.length > 0) {
        client.write(headers(3, of('GET')));
        assert.equal(await client.outcome(3), '200');
      }
      client.destroy();
      while (recorder.faults().some((why) => why.startsWith('not whole'))) await wait(5);
      assert.deepEqual(recorder.faults(), []);
      assert.deepEqual(recorder.reached(), [...reached, ...others]);
      assert.deepEqual(
        recorder.fieldNames().filter((name) => !expected.has(name)),
        [],
      );
    });
  }
});
