import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { deferred, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startRecorder } from './recorder.ts';
import { readStrictly } from './strict-http.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', '127.0.0.1');
const ca = authority.root;

const head = 'HTTP/1.1 200 OK\r\n';
const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;

/**
 * What an upstream answers to the first request, and what its client sees: a status and a body, or `cut` when the answer
 * has begun and breaks off.
 */
const rows: readonly (readonly [
  title: string,
  source: string,
  answer: string,
  seen: string,
  method?: string,
])[] = [
  [
    'a coding and a length',
    'RFC 9112 §6.3',
    `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    '502',
  ],
  [
    'a length and a coding',
    'RFC 9112 §6.3',
    `${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    '502',
  ],
  [
    'two lengths that differ',
    'RFC 9112 §6.3',
    `${head}Content-Length: 2\r\nContent-Length: 4\r\n\r\nabcd`,
    '502',
  ],
  [
    'two lengths that agree',
    'RFC 9112 §6.3',
    `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\nab`,
    '502',
  ],
  [
    'a field twice that HTTP/2 has once',
    'RFC 9110 §5.3',
    `${head}DNT: 0\r\nDNT: 1\r\nContent-Length: 2\r\n\r\nok`,
    '200 ok',
  ],
  [
    'such a field twice as a trailer',
    'RFC 9110 §6.5',
    `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDNT: 0\r\nDNT: 1\r\n\r\n`,
    '200 ok',
  ],
  ['a list of lengths', 'RFC 9110 §8.6', `${head}Content-Length: 2, 2\r\n\r\nab`, '502'],
  ['length with +', 'RFC 9110 §8.6', `${head}Content-Length: +2\r\n\r\nab`, '502'],
  ['length with -', 'RFC 9110 §8.6', `${head}Content-Length: -2\r\n\r\nab`, '502'],
  ['length in hexadecimal', 'RFC 9110 §8.6', `${head}Content-Length: 0x2\r\n\r\nab`, '502'],
  ['empty length', 'HAProxy, CVE-2023-40225', `${head}Content-Length:\r\n\r\nab`, '502'],
  ['length over 2^64', 'RFC 9110 §8.6', `${head}Content-Length: 18446744073709551618\r\n\r\nab`, '502'],
  ['an unknown coding', 'RFC 9112 §6.1', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, '502'],
  ['chunked not last', 'RFC 9112 §6.3', `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, '502'],
  [
    'another coding below chunked',
    'RFC 9112 §6.1',
    `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    '502',
  ],
  [
    'a coding in HTTP/1.0',
    'RFC 9112 §6.1',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
    '200 ab',
  ],
  ['a chunk size with 0x', 'RFC 9112 §7.1', `${chunked}0x2\r\nab\r\n0\r\n\r\n`, 'cut'],
  ['a chunk that is longer than it says', 'RFC 9112 §7.1', `${chunked}2\r\nabc\r\n0\r\n\r\n`, 'cut'],
  ['a chunk size over 2^64', 'RFC 9112 §7.1', `${chunked}10000000000000002\r\nab\r\n0\r\n\r\n`, 'cut'],
  ['a chunk size line that ends in LF', 'RFC 9112 §2.2', `${chunked}2\nab\r\n0\r\n\r\n`, 'cut'],
  [
    'CR in a value',
    'Kettle 2021, response splitting',
    `${head}X: a\rY: b\r\nContent-Length: 2\r\n\r\nab`,
    '502',
  ],
  ['LF in a value', 'RFC 9112 §2.2', `${head}X: a\nY: b\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['NUL in a value', 'RFC 9110 §5.5', `${head}X: a\0b\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['escape in a value', 'RFC 9110 §5.5', `${head}X: a\x1bb\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['DEL in a value', 'RFC 9110 §5.5', `${head}X: a\x7fb\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['obs-fold', 'RFC 9112 §5.2', `${head}X: a\r\n b\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['white space before a colon', 'RFC 9112 §5.1', `${head}Content-Length : 2\r\n\r\nab`, '502'],
  ['an empty name', 'CVE-2023-25725', `${head}: x\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['a field without a colon', 'RFC 9112 §5', `${head}Xabc\r\nContent-Length: 2\r\n\r\nab`, '502'],
  ['a status of four digits', 'RFC 9112 §4', 'HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nab', '502'],
  ['a status of two digits', 'RFC 9112 §4', 'HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nab', '502'],
  ['status 099', 'RFC 9110 §15', 'HTTP/1.1 099 No\r\nContent-Length: 2\r\n\r\nab', '502'],
  ['status 999', 'RFC 9110 §15', 'HTTP/1.1 999 No\r\nContent-Length: 2\r\n\r\nab', '999 ab'],
  ['HTTP/2.0', 'RFC 9112 §4', 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nab', '200 ab'],
  ['what is no HTTP', 'RFC 9112 §4', 'SSH-2.0-OpenSSH_9.9\r\n', '502'],
  ['nothing but the end', 'RFC 9112 §8', '', '502'],
  [
    'fields over 16 KiB',
    'CVE-2018-12121 family',
    `${head}X: ${'x'.repeat(20_000)}\r\nContent-Length: 2\r\n\r\nab`,
    '502',
  ],
  [
    'ten thousand fields',
    'RFC 6585 §5',
    `${head}${'A: b\r\n'.repeat(10_000)}Content-Length: 2\r\n\r\nab`,
    '502',
  ],
  [
    'a field of its own twice',
    'RFC 9110 §5.3',
    `${head}Content-Type: a/b\r\nContent-Type: c/d\r\nLocation: /a\r\nLocation: /b\r\nETag: "a"\r\nETag: "b"\r\nContent-Length: 2\r\n\r\nab`,
    '200 ab',
  ],
  ['1xx without end', 'RFC 9110 §15.2', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(500), '502'],
  [
    '100 that nobody waits for',
    'RFC 9110 §15.2.1',
    `HTTP/1.1 100 Continue\r\n\r\n${head}Content-Length: 2\r\n\r\nab`,
    '200 ab',
  ],
  [
    'several, with fields',
    'RFC 9110 §15.2.1',
    `${'HTTP/1.1 100 Go on\r\nX: y\r\n\r\n'.repeat(5)}${head}Content-Length: 2\r\n\r\nab`,
    '200 ab',
  ],
  [
    'a hundred of them',
    'RFC 9110 §15.2.1',
    `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${head}Content-Length: 2\r\n\r\nab`,
    '502',
  ],
  [
    'one behind 103',
    'RFC 9110 §15.2.1',
    `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${head}Content-Length: 2\r\n\r\nab`,
    '502',
  ],
  [
    'a body that begins like one',
    'RFC 9112 §6.3',
    `${head}Content-Length: 25\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n`,
    '200 HTTP/1.1 100 Continue',
  ],
  ['102', 'RFC 2518', `HTTP/1.1 102 Processing\r\n\r\n${head}Content-Length: 2\r\n\r\nab`, '200 ab'],
  [
    '101 that nobody asked for',
    'RFC 9110 §15.2.2',
    `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n${evil}`,
    '502',
  ],
  [
    'an answer to HEAD with a body',
    'RFC 9110 §9.3.2',
    `${head}Content-Length: ${evil.length}\r\n\r\n${evil}`,
    '200',
    'HEAD',
  ],
  [
    '204 with a body',
    'RFC 9110 §15.3.5',
    `HTTP/1.1 204 No Content\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`,
    '204',
  ],
  [
    '304 with a body',
    'RFC 9110 §15.4.5',
    `HTTP/1.1 304 Not Modified\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`,
    '304',
  ],
  [
    '204 with chunks',
    'RFC 9112 §6.1',
    `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n`,
    '204',
  ],
  [
    'an answer behind the answer',
    'Kettle 2021, response queue poisoning',
    `${head}Content-Length: 2\r\n\r\nab${evil}`,
    '200 ab',
  ],
  ['an answer behind chunks', 'Kettle 2021', `${chunked}2\r\nab\r\n0\r\n\r\n${evil}`, '200 ab'],
  [
    'half an answer behind the answer',
    'Kettle 2021',
    `${head}Content-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nX-Evil: `,
    '200 ab',
  ],
  ['a body that is shorter than its length', 'RFC 9112 §8', `${head}Content-Length: 9\r\n\r\nab`, 'cut'],
  ['chunks without their end', 'RFC 9112 §8', `${chunked}2\r\nab\r\n`, 'cut'],
  ['a trailer that is no field', 'RFC 9112 §7.1.2', `${chunked}0\r\nX\0: y\r\n\r\n`, 'cut'],
  ['a trailer that frames', 'RFC 9110 §6.5.1', `${chunked}2\r\nab\r\n0\r\nX: y\r\n\r\n`, '200 ab'],
  [
    'a length named by Connection',
    'RFC 9110 §7.6.1',
    `${head}Connection: content-length\r\nContent-Length: 2\r\n\r\nab`,
    '200 ab',
  ],
];

interface Seen {
  /** Status and body, or `cut`. */
  readonly got: string;
  readonly octets: string;
}

async function askHttp1(port: number, method: string, path: string): Promise<Seen> {
  const octets = await raw(
    port,
    `${method} ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`,
    4000,
  );
  const { messages, rest, fault } = readStrictly(octets, 'answers', () => method === 'HEAD');
  assert.equal(fault, null);
  const final = messages.find(({ start }) => !start[1].startsWith('1'));
  if (final === undefined) return { got: 'cut', octets };
  assert.equal(rest, '');
  return { got: shown(final.start[1], final.body), octets };
}

function askHttp2(client: http2.ClientHttp2Session, method: string, path: string): Promise<Seen> {
  const { promise, resolve } = deferred<Seen>();
  const stream = client.request({ ':method': method, ':path': path });
  let status = '';
  let octets = '';
  stream.on('response', (fields) => (status = String(fields[':status'])));
  stream.on('data', (chunk: Buffer) => (octets += chunk.toString('latin1')));
  stream.on('error', () => {});
  stream.setTimeout(4000, () => stream.close());
  stream.on('close', () =>
    resolve({ got: stream.rstCode === 0 && status !== '' ? shown(status, octets) : 'cut', octets }),
  );
  return promise;
}

/** What the proxy says itself is the same for every 502. */
function shown(status: string, body: string): string {
  return status === '502' ? status : `${status} ${body}`.trim();
}

/** Answers behind which the upstream closes. */
const endsWithAnswer = /^(?:$|SSH)|abcd$|Content-Length: 9|\r\nab\r\n$|Early Hints/;

for (const inFront of ['HTTP/1.1', 'HTTP/2']) {
  describe(`what an upstream answers, seen in ${inFront}`, async () => {
    let answer = '';
    let bad = '';
    const recorder = await startRecorder(identity, (line, socket) => {
      if (line !== bad) return `HTTP/1.1 200 OK\r\nContent-Length: ${line.length}\r\n\r\n${line}`;
      if (!endsWithAnswer.test(answer)) return answer;
      socket.end(answer, 'latin1');
      return null;
    });
    const { port, failures } = await startProxy({
      ...(inFront === 'HTTP/2' ? { tls: identity } : {}),
      upstreams: { api: { to: recorder.url, name: 'api.test', ca } },
      timeouts: { answer: 1500 },
    });
    const client =
      inFront === 'HTTP/2'
        ? http2.connect(`https://127.0.0.1:${port}`, { ca, servername: 'api.test' })
        : null;
    after(() => client?.destroy());
    const ask = (method: string, path: string): Promise<Seen> =>
      client === null ? askHttp1(port, method, path) : askHttp2(client, method, path);
    for (const [title, source, octets, seen, method = 'GET'] of rows) {
      it(`${title} (${source}): ${seen}`, async () => {
        [answer, bad] = [octets, `${method} /bad`];
        const began = performance.now();
        const first = await ask(method, '/bad');
        assert.ok(performance.now() - began < 3500, 'the answer did not end');
        // RFC 9113 §8.3.2: HTTP/2 has no status over 599.
        const isPossible = client === null || !seen.startsWith('999');
        assert.equal(first.got, isPossible ? seen : '502', first.octets);
        assert.doesNotMatch(first.octets, /evil/i);
        // Whatever is left on the connection of the upstream is no answer to anybody else.
        for (const path of ['/one', '/two', '/three']) {
          assert.equal((await ask('GET', path)).got, `200 GET ${path}`);
        }
        assert.deepEqual(recorder.faults(), []);
        recorder.forget();
      });
    }

    it('is told to the operator', () => {
      assert.ok(failures.length >= rows.filter(([, , , seen]) => seen === '502').length);
    });
  });
}
