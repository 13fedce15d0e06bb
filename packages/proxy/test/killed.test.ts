import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { after, describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { ask, deferred } from './client.ts';
import { startProxyProcess, type ProxyProcess } from './proxy-process.ts';
import { startUpstreamProcess, type UpstreamProcess } from './upstream-process.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test');
const ca = authority.root;
/** With the id that the operator has, too. */
const badGateway = /^502 Bad Gateway\nrequest [0-9a-f-]{36}\n$/;

interface Scene {
  readonly proxy: ProxyProcess;
  readonly servers: readonly UpstreamProcess[];
  /** A request over TLS; `half` and such never end by themselves. */
  readonly via: (more: https.RequestOptions) => https.RequestOptions;
}

for (const protocol of ['http1', 'http2'] as const) {
  const scene = async (...names: string[]): Promise<Scene> => {
    const servers = await Promise.all(names.map((name) => startUpstreamProcess(identity, name)));
    const to = servers.map(({ url }) => url);
    const proxy = await startProxyProcess({
      tls: identity,
      upstreams: { api: { to, name: 'api.test', ca, protocol, keepAlive: 3000, ejection: false } },
    });
    const front = { port: proxy.port, ca, servername: 'a.test', headers: { host: 'a.test' } };
    return { proxy, servers, via: (more) => ({ ...front, ...more }) };
  };
  /** Until each server was asked, so that there are connections to all. */
  const warm = async ({ servers, via }: Scene): Promise<void> => {
    const found = new Set<string>();
    while (found.size < servers.length) found.add((await ask(via({}))).body);
  };
  const until = async (look: () => Promise<boolean>, what: string): Promise<void> => {
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      if (await look()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`not within 20 s: ${what}`);
  };

  describe(`an upstream process is killed with SIGKILL, ${protocol}`, () => {
    it('when idle: no request fails, with a body or without; the other server answers', async () => {
      const at = await scene('a', 'b');
      await warm(at);
      const before = await at.proxy.held();
      await at.servers[0]?.kill();
      for (let turn = 0; turn < 10; turn++) {
        assert.deepEqual((await ask(at.via({}))).body, 'b');
        const { status, body } = await ask({ ...at.via({ method: 'POST' }), body: 'x'.repeat(1000) });
        assert.deepEqual([status, body], [200, 'b']);
      }
      assert.equal(await at.proxy.settled(before), '');
    });

    it('the only one: 502 with the id, and all is well when it is back', async () => {
      const at = await scene('a');
      await warm(at);
      const before = await at.proxy.held();
      await at.servers[0]?.kill();
      for (let turn = 0; turn < 5; turn++) {
        const { status, body } = await ask(at.via({}));
        assert.equal(status, 502);
        assert.match(body, badGateway);
      }
      await startUpstreamProcess(identity, 'again', at.servers[0]?.port);
      assert.equal((await ask(at.via({}))).body, 'again');
      assert.equal(await at.proxy.settled(before), '');
    });

    it('with a request that has no answer yet: GET goes to the other, POST is 502 and is not sent twice', async () => {
      const at = await scene('a', 'b');
      await warm(at);
      const before = await at.proxy.held();
      const [first, second] = at.servers as [UpstreamProcess, UpstreamProcess];
      const counts = [await first.requests(), await second.requests()] as const;
      const sum = async (): Promise<number> => (await first.requests()) + (await second.requests());
      // One of each to either server: two are of the one that is killed.
      const given = new AbortController();
      const waiting: Promise<{ status: number; body: string }>[] = [];
      for (const method of ['GET', 'GET', 'POST', 'POST']) {
        const body = method === 'POST' ? { body: 'once' } : {};
        waiting.push(ask({ ...at.via({ method, path: '/silent', signal: given.signal }), ...body }));
        const expected = counts[0] + counts[1] + waiting.length;
        await until(async () => (await sum()) === expected, `${waiting.length} at the servers`);
      }
      assert.equal(await first.requests(), counts[0] + 2);
      await first.kill();
      // The GET of the first is at the second now, which has no answer either; the POST is answered.
      const posts = await Promise.race(waiting.slice(2));
      assert.equal(posts.status, 502);
      assert.match(posts.body, badGateway);
      await until(async () => (await second.requests()) === counts[1] + 3, 'the GET at the second');
      given.abort();
      await Promise.allSettled(waiting);
      assert.equal(await second.requests(), counts[1] + 3, 'no POST was sent twice');
      assert.equal((await ask(at.via({}))).body, 'b');
      assert.equal(await at.proxy.settled(before), '');
    });

    it('in the middle of an answer: it is broken for the client, and the next request is answered', async () => {
      const at = await scene('a');
      await warm(at);
      const before = await at.proxy.held();
      const broken = new Promise<string>((resolve) => {
        const request = https.get({ host: '127.0.0.1', agent: false, ...at.via({ path: '/half' }) });
        request.on('error', (error: NodeJS.ErrnoException) => resolve(`request: ${error.code}`));
        request.on('response', (response: http.IncomingMessage) => {
          let octets = 0;
          response.on('data', (chunk: Buffer) => {
            octets += chunk.length;
            if (octets === 1000) half.resolve();
          });
          response.on('error', (error: NodeJS.ErrnoException) => resolve(`${octets} ${error.code}`));
          response.on('end', () => resolve(`ended with ${octets}`));
        });
      });
      const half = deferred();
      const session = http2.connect(`https://127.0.0.1:${at.proxy.port}`, { ca, servername: 'a.test' });
      after(() => session.destroy());
      const stream = session.request({ ':path': '/half', ':authority': 'a.test' });
      const reset = new Promise<string>((resolve) => {
        stream.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code} ${stream.rstCode}`));
        stream.on('end', () => resolve('ended'));
      });
      let octets = 0;
      stream.on('data', (chunk: Buffer) => (octets += chunk.length));
      await half.promise;
      await until(async () => Promise.resolve(octets === 1000), 'half of the stream');
      await at.servers[0]?.kill();
      assert.equal(await broken, '1000 ECONNRESET');
      assert.match(await reset, /^ERR_HTTP2_STREAM_ERROR [1-9]/);
      // The session goes on.
      await startUpstreamProcess(identity, 'again', at.servers[0]?.port);
      const next = session.request({ ':path': '/', ':authority': 'a.test' });
      const [head] = (await once(next, 'response')) as [http2.IncomingHttpHeaders];
      next.resume();
      assert.equal(head[':status'], 200);
      session.close();
      await once(session, 'close');
      assert.equal((await ask(at.via({}))).body, 'again');
      assert.equal(await at.proxy.settled(before), '');
    });
  });
}
