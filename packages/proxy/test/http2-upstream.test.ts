import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import WebSocket, { WebSocketServer } from 'ws';
import { testAuthority } from './authority.ts';
import { ask, deferred } from './client.ts';
import { clientCertificate } from './client-certificate.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;

interface Http2Upstream {
  readonly to: string;
  readonly server: Http2Server;
  readonly sessions: Set<ServerHttp2Session>;
}

type Listener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

async function startHttp2(
  listener: Listener,
  options: http2.SecureServerOptions | null = {},
): Promise<Http2Upstream> {
  const server =
    options === null ? http2.createServer() : http2.createSecureServer({ ...identity, ...options });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    listener(stream, headers);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, sessions, to: `${options === null ? 'http' : 'https'}://127.0.0.1:${port}` };
}

const named = { name: 'api.test', ca, protocol: 'http2' } as const;

/** Answers with the fields that came, and the body behind them. */
const tell: Listener = (stream, headers) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end(JSON.stringify({ headers, body: Buffer.concat(chunks).toString() }));
  });
};

interface Told {
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe('HTTP/2 behind', () => {
  it('carries requests of HTTP/1.1, many on one connection', async () => {
    const { to, sessions } = await startHttp2(tell);
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const asked = Array.from({ length: 50 }, (_, at) =>
      ask({ port, method: 'POST', path: `/${at}?x`, body: `body ${at}`, headers: { 'X-Two': ['a', 'b'] } }),
    );
    for (const [at, { status, body }] of (await Promise.all(asked)).entries()) {
      const told = JSON.parse(body) as Told;
      assert.deepEqual([status, told.body, told.headers[':path']], [200, `body ${at}`, `/${at}?x`]);
      assert.deepEqual([told.headers[':authority'], told.headers['x-two']], [`127.0.0.1:${port}`, 'a, b']);
      assert.equal(told.headers['host'], undefined);
    }
    assert.equal(sessions.size, 1);
  });

  it('is verified: another name is 502, and nothing is asked', async () => {
    let asked = 0;
    const { to } = await startHttp2(() => asked++);
    const { port, failures } = await startProxy({ upstreams: { api: { to, ...named, name: 'other.test' } } });
    assert.equal((await ask({ port })).status, 502);
    assert.deepEqual([asked, failures[0]?.diagnosis?.cause?.code], [0, 'name-mismatch']);
  });

  it('shows the certificate of the proxy', async () => {
    const own = await clientCertificate();
    let shown: string | undefined;
    const { to } = await startHttp2(
      (stream) => {
        const { session } = stream;
        const peer = session === undefined ? null : (session.socket as TLSSocket).getPeerCertificate();
        shown = peer?.subject.CN as string | undefined;
        stream.respond({}, { endStream: true });
      },
      { requestCert: true, rejectUnauthorized: true, ca: own.cert },
    );
    const { port } = await startProxy({ upstreams: { api: { to, ...named, ...own } } });
    assert.equal((await ask({ port })).status, 200);
    assert.equal(shown, 'proxy');
  });

  it('speaks it without TLS when it is said', async () => {
    const { to } = await startHttp2(tell, null);
    const { port } = await startProxy({ upstreams: { api: { to, protocol: 'http2' } } });
    const told = JSON.parse((await ask({ port })).body) as Told;
    assert.equal(told.headers[':scheme'], 'http');
  });

  it('hands on trailers, and those of the request', async () => {
    let trailers: IncomingHttpHeaders | null = null;
    const { to } = await startHttp2((stream) => {
      stream.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
      stream.resume().on('end', () => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1', 'set-cookie': 'no' }));
        stream.end('body');
      });
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const socket = net.connect(port, '127.0.0.1');
    socket.write(
      'POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n',
    );
    socket.write('2\r\nhi\r\n0\r\nX-Checksum: 2\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    assert.match(Buffer.concat(chunks).toString(), /\r\nx-sum: 1\r\n\r\n$/i);
    assert.deepEqual(Object.entries(trailers ?? {}), [['x-checksum', '2']]);
  });

  it('103 comes before the answer', async () => {
    const { to } = await startHttp2((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
      stream.respond({ ':status': 200 });
      stream.end('body');
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const { request } = await import('node:http');
    const sent = request({ port, host: '127.0.0.1', agent: false }).end();
    const answered = once(sent, 'response');
    const [hint] = (await once(sent, 'information')) as [{ statusCode: number; headers: { link: string } }];
    assert.deepEqual([hint.statusCode, hint.headers.link], [103, '</a.css>; rel=preload']);
    const [response] = (await answered) as [import('node:http').IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.resume();
  });

  it('is not read faster than the client takes it', async () => {
    const chunk = Buffer.alloc(256 * 1024);
    let written = 0;
    const { to } = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      const more = (): void => {
        while (written < 64 * 1024 * 1024) {
          written += chunk.length;
          if (!stream.write(chunk)) {
            stream.once('drain', more);
            return;
          }
        }
        stream.end();
      };
      more();
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.pause().write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
    let before = -1;
    while (written !== before) {
      before = written;
      await wait(300);
    }
    assert.ok(written < 16 * 1024 * 1024, `${written} octets were sent`);
    let read = 0;
    for await (const part of socket) read += (part as Buffer).length;
    assert.ok(read >= 64 * 1024 * 1024);
  });

  it('a client that goes away resets the stream with CANCEL, and the connection goes on', async () => {
    const reset = deferred<number>();
    const { to, sessions } = await startHttp2((stream, { ':path': path }) => {
      if (path === '/ok') {
        stream.respond({ ':status': 200 }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200 });
      stream.write('x');
      stream.on('close', () => reset.resolve(stream.rstCode));
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    assert.equal(await reset.promise, http2.constants.NGHTTP2_CANCEL);
    assert.equal((await ask({ port, path: '/ok' })).status, 200);
    assert.equal(sessions.size, 1);
  });

  it('opens another connection when the peer takes no more streams on one', async () => {
    const go = deferred();
    const { to, sessions } = await startHttp2(
      (stream) => {
        void go.promise.then(() => stream.respond({ ':status': 200 }, { endStream: true }));
      },
      { settings: { maxConcurrentStreams: 3 } },
    );
    const { port, proxy } = await startProxy({ upstreams: { api: { to, ...named } } });
    const asked = Array.from({ length: 9 }, () => ask({ port, method: 'POST', body: 'x' }));
    while (sessions.size < 3) await wait(20);
    go.resolve();
    assert.ok((await Promise.all(asked)).every(({ status }) => status === 200));
    assert.equal(proxy.upstreams[0]?.servers[0]?.underWay, 0);
    assert.equal(sessions.size, 3);
  });

  it('a refused stream is tried again, and a stream that was reset is not', async () => {
    let asked = 0;
    const { to } = await startHttp2((stream, { ':path': path }) => {
      asked++;
      const code =
        path === '/refused' ? http2.constants.NGHTTP2_REFUSED_STREAM : http2.constants.NGHTTP2_INTERNAL_ERROR;
      if (asked === 1 || path === '/reset') stream.close(code);
      else stream.respond({ ':status': 200 }, { endStream: true });
    });
    const { port, failures } = await startProxy({ upstreams: { api: { to, ...named } } });
    // It did nothing with it, so that POST without a body is safe, too.
    assert.equal(
      (await ask({ port, method: 'POST', path: '/refused', headers: { 'content-length': 0 } })).status,
      200,
    );
    assert.equal(asked, 2);
    assert.equal((await ask({ port, path: '/reset' })).status, 502);
    assert.equal(asked, 3);
    assert.equal(failures[0]?.error.code, 'ERR_HTTP2_STREAM_ERROR');
  });

  it('GOAWAY ends no request: the one under way ends, the next goes on a new connection', async () => {
    const go = deferred();
    const { to, sessions } = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('first ');
      void go.promise.then(() => stream.end('last'));
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const { get } = await import('node:http');
    const sent = get({ port, host: '127.0.0.1', agent: false });
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    let body = '';
    response.on('data', (chunk: Buffer) => (body += chunk.toString()));
    await once(response, 'data');
    for (const session of sessions) session.close();
    await wait(50);
    const second = ask({ port });
    while (sessions.size < 2) await wait(20);
    go.resolve();
    await once(response, 'end');
    assert.equal(body, 'first last');
    assert.equal((await second).body, 'first last');
  });

  it('a connection that dies in the middle of an answer breaks it; before one, GET is tried again', async () => {
    let asked = 0;
    const { to } = await startHttp2((stream, { ':path': path }) => {
      asked++;
      if (path === '/half') {
        stream.respond({ ':status': 200, 'content-length': '100' });
        stream.write('half', () => stream.session?.destroy());
      } else if (asked === 2) stream.session?.destroy();
      else stream.respond({ ':status': 200 }, { endStream: true });
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    await assert.rejects(ask({ port, path: '/half' }));
    assert.equal((await ask({ port })).status, 200);
    assert.equal(asked, 3);
  });

  it('an answer that is reset with NO_ERROR in its middle is not taken for whole', async () => {
    const { to } = await startHttp2((stream) => {
      stream.respond({ ':status': 200, 'content-length': '100' });
      stream.write('half', () => stream.close(http2.constants.NGHTTP2_CANCEL));
    });
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    await assert.rejects(ask({ port }));
  });

  it('504 when no answer comes, and when no settings come', async () => {
    const { to } = await startHttp2(() => {});
    const silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    after(() => silent.close());
    const mute = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const timeouts = { answer: 300, connect: 300 };
    const first = await startProxy({ upstreams: { api: { to, ...named } }, timeouts });
    const second = await startProxy({ upstreams: { api: { to: mute, protocol: 'http2' } }, timeouts });
    assert.equal((await ask({ port: first.port })).status, 504);
    assert.equal((await ask({ port: second.port })).status, 504);
  });

  it('a server that offers HTTP/1.1 alone is 502 with http2, and is spoken to with auto', async () => {
    const { url } = await startUpstream(identity, echo);
    const strict = await startProxy({ upstreams: { api: { to: url, ...named } } });
    assert.equal((await ask({ port: strict.port })).status, 502);
    assert.equal(strict.failures[0]?.error.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    const auto = await startProxy({ upstreams: { api: { to: url, ...named, protocol: 'auto' } } });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ port: auto.port })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    const both = await startHttp2(tell);
    const chosen = await startProxy({ upstreams: { api: { to: both.to, ...named, protocol: 'auto' } } });
    assert.equal((await ask({ port: chosen.port })).status, 200);
    assert.equal(both.sessions.size, 1);
  });

  it('a WebSocket goes by HTTP/1.1 beside it', async () => {
    const { to, server } = await startHttp2(tell, { allowHTTP1: true });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', ((
      request: import('node:http').IncomingMessage,
      socket: net.Socket,
      rest: Buffer,
    ) => {
      sockets.handleUpgrade(request, socket, rest, (client) =>
        client.on('message', (data) => client.send(data)),
      );
    }) as () => void);
    const { port } = await startProxy({ upstreams: { api: { to, ...named } } });
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    socket.send('hello');
    const [data] = (await once(socket, 'message')) as [Buffer];
    assert.equal(data.toString(), 'hello');
    socket.terminate();
  });
});
