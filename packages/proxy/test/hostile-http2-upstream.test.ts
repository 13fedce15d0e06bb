import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import { after, describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { data, endStream, frame, headers, type, uint32, type FieldList } from './http2-frames.ts';
import { startOctets } from './octet-server.ts';
import { startProxy } from './proxy-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;

const prefaceLength = 24;

/** A server of HTTP/2 in the clear that answers each request with the frames that it is told to. */
function startFrameServer(answer: (stream: number) => Buffer): Promise<string> {
  return startOctets((socket) => {
    socket.write(frame(type.settings, 0, 0));
    let octets = Buffer.alloc(0);
    let at = prefaceLength;
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= at + 9) {
        const end = at + 9 + octets.readUIntBE(at, 3);
        if (octets.length < end) return;
        const [kind, flags, stream] = [octets[at + 3], octets[at + 4] ?? 0, octets.readUInt32BE(at + 5)];
        if (kind === type.settings && (flags & 1) === 0) socket.write(frame(type.settings, 1, 0));
        if (kind === type.headers) socket.write(answer(stream));
        at = end;
      }
    });
  });
}

const status = (code: string, ...more: FieldList): FieldList => [[':status', code], ...more];
/** A head that goes on with these frames. */
const goesOn = (stream: number, ...frames: readonly Buffer[]): readonly Buffer[] => [
  headers(stream, status('200'), 0),
  ...frames,
];
const twice = (name: string): FieldList => [
  [name, '0'],
  [name, '1'],
];
const noError = uint32(0);
const canceled = uint32(8);

type Row = readonly [
  title: string,
  source: string,
  answer: (stream: number) => readonly Buffer[],
  inHttp1: string,
  inHttp2: string,
];

/** Fields that Node writes once alone, some of which no answer has. */
const single = [
  'dnt',
  'user-agent',
  'referer',
  'from',
  'host',
  'authorization',
  'max-forwards',
  'if-match',
  'access-control-request-method',
  'upgrade-insecure-requests',
];

const rows: readonly Row[] = [
  [
    'a status that HTTP/2 has not',
    'RFC 9113 §8.3.2',
    (stream) => [headers(stream, status('999'), 0), data(stream, 'x')],
    '999 x',
    '502',
  ],
  [
    'such a status, and nothing behind it',
    'RFC 9113 §8.3.2',
    (stream) => [headers(stream, status('600'))],
    '600',
    '502',
  ],
  ...single.map((name): Row => [
    `${name} twice`,
    'RFC 9110 §5.3',
    (stream) => [headers(stream, status('200', ...twice(name)), 0), data(stream, 'ok')],
    '200 ok',
    '200 ok',
  ]),
  ...single.map((name): Row => [
    `${name} twice, and nothing behind it`,
    'RFC 9110 §5.3',
    (stream) => [headers(stream, status('200', ...twice(name)))],
    '200',
    '200',
  ]),
  ...single.map((name): Row => [
    `${name} twice as a trailer`,
    'RFC 9110 §6.5',
    (stream) => goesOn(stream, data(stream, 'ok', 0), headers(stream, twice(name))),
    '200 ok',
    '200 ok',
  ]),
  ['no status', 'RFC 9113 §8.3.2', (stream) => [headers(stream, [['x', 'y']])], '502', '502'],
  [
    'a status that is no number',
    'RFC 9113 §8.3.2',
    (stream) => [headers(stream, status('abc'))],
    '502',
    '502',
  ],
  ['101', 'RFC 9113 §8.6', (stream) => [headers(stream, status('101'))], '502', '502'],
  ['103 that ends it', 'RFC 9113 §8.1', (stream) => [headers(stream, status('103'))], '502', '502'],
  [
    'a body that is shorter than its length',
    'RFC 9113 §8.1.1',
    (stream) => [headers(stream, status('200', ['content-length', '5']), 0), data(stream, 'x')],
    'cut',
    'cut',
  ],
  [
    'a body that is longer than its length',
    'RFC 9113 §8.1.1',
    (stream) => [headers(stream, status('200', ['content-length', '1']), 0), data(stream, 'xyz')],
    'cut',
    'cut',
  ],
  ...(
    [
      ['Upper', 'x', '502'],
      ['connection', 'close', '502'],
      ['transfer-encoding', 'chunked', '502'],
      // nghttp2 drops them.
      ['a b', 'x', '200 ok'],
      ['x', 'a\0b', '200 ok'],
      ['x', 'a\r\nevil: yes', '200 ok'],
    ] as const
  ).map(([name, value, seen]): Row => [
    `${name}: ${JSON.stringify(value)}`,
    'RFC 9113 §8.2',
    (stream) => [headers(stream, status('200', [name, value]), 0), data(stream, 'ok')],
    seen,
    seen,
  ]),
  ...['x\u00e2\u0082\u00acy', 'x\u00ffy'].flatMap((value): Row[] => [
    [
      `octets that are not ASCII: ${JSON.stringify(value)}`,
      'RFC 9110 §5.5',
      (stream) => [headers(stream, status('200', ['x', value]), 0), data(stream, 'ok')],
      '200 ok',
      '200 ok',
    ],
    [
      `octets that are not ASCII as a trailer: ${JSON.stringify(value)}`,
      'RFC 9110 §5.5',
      (stream) => [headers(stream, status('200'), 0), data(stream, 'ok', 0), headers(stream, [['x', value]])],
      '200 ok',
      '200 ok',
    ],
  ]),
  ...[noError, canceled].map((code): Row => [
    `a reset with code ${code.readUInt32BE(0)} in the middle of a body`,
    'RFC 9113 §8.1',
    (stream) => goesOn(stream, data(stream, 'hello', 0), frame(type.reset, 0, stream, code)),
    'cut',
    'cut',
  ]),
  [
    'a reset without an error before an answer',
    'RFC 9113 §8.1',
    (stream) => [frame(type.reset, 0, stream, noError)],
    '502',
    '502',
  ],
  [
    'a reset without an error behind a whole answer',
    'RFC 9113 §8.1',
    (stream) => goesOn(stream, data(stream, 'ok', endStream), frame(type.reset, 0, stream, noError)),
    '200 ok',
    '200 ok',
  ],
  [
    'an empty frame that ends it, and a reset',
    'RFC 9113 §8.1',
    (stream) =>
      goesOn(
        stream,
        data(stream, 'ok', 0),
        data(stream, '', endStream),
        frame(type.reset, 0, stream, noError),
      ),
    '200 ok',
    '200 ok',
  ],
];

for (const inFront of ['HTTP/1.1', 'HTTP/2']) {
  describe(`what an upstream of HTTP/2 answers, seen in ${inFront}`, async () => {
    let answer: (stream: number) => readonly Buffer[] = () => [];
    const to = await startFrameServer((stream) => Buffer.concat(answer(stream)));
    const { port } = await startProxy({
      ...(inFront === 'HTTP/2' ? { tls: identity } : {}),
      upstreams: { api: { to, protocol: 'http2', retries: 0, ejection: false } },
      timeouts: { answer: 5000 },
    });
    const client =
      inFront === 'HTTP/2'
        ? http2.connect(`https://127.0.0.1:${port}`, { ca, servername: 'api.test' })
        : null;
    after(() => client?.destroy());
    /** The status and the body; `cut` for an answer that is seen not to be whole. */
    const ask = (): Promise<string> => (client === null ? askHttp1(port) : askHttp2(client));
    for (const [title, source, frames, inHttp1, inHttp2] of rows) {
      const expected = client === null ? inHttp1 : inHttp2;
      it(`${title} (${source}): ${expected}`, async () => {
        answer = frames;
        assert.equal(await ask(), expected);
        answer = (stream) => [headers(stream, status('200'), 0), data(stream, 'next')];
        assert.equal(await ask(), '200 next');
      });
    }
  });
}

function askHttp1(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', () => resolve('cut'));
      response.on('end', () => {
        assert.equal(response.headers['evil'], undefined);
        resolve(shown(response.statusCode, body));
      });
    });
  });
}

function askHttp2(client: http2.ClientHttp2Session): Promise<string> {
  return new Promise((resolve) => {
    const stream = client.request({ ':path': '/', ':authority': 'api.test' });
    let code: number | undefined;
    let body = '';
    stream.on('response', (head) => (code = head[':status']));
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('error', () => {});
    stream.on('close', () => resolve(stream.rstCode === 0 ? shown(code, body) : 'cut'));
  });
}

/** What the proxy says itself is the same for every 502. */
function shown(code: number | undefined, body: string): string {
  return code === 502 ? '502' : `${code} ${body}`.trim();
}
