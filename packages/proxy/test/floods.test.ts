import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { testAuthority } from './authority.ts';
import { ask } from './client.ts';
import {
  data,
  fieldBlock,
  frame,
  FrameClient,
  headers,
  type,
  uint32,
  type FieldList,
  type Frame,
} from './http2-frames.ts';
import { startProxyProcess } from './proxy-process.ts';
import { startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test');
const ca = authority.root;
const upstream = await startUpstream(identity, (request, response) => {
  request.on('error', () => {}).resume();
  if (request.url === '/large') response.end(Buffer.alloc(1 << 20));
  else if (request.url === '/huge') response.end(Buffer.alloc(1 << 24));
  else if (request.url !== '/never') request.on('end', () => response.end('ok'));
});
const proxy = await startProxyProcess({
  tls: identity,
  upstreams: { api: { to: upstream.url, name: 'api.test', ca } },
  timeouts: { idle: 1000, head: 5000, answer: 5000 },
});

/** One whose times do not run out meanwhile. */
const lasting = await startProxyProcess({
  tls: identity,
  upstreams: { api: { to: upstream.url, name: 'api.test', ca } },
});

const of = (method: string, path: string, ...more: FieldList): FieldList => [
  [':method', method],
  [':scheme', 'https'],
  [':authority', 'a.test'],
  [':path', path],
  ...more,
];

/** Streams of a client, in their order. */
const streams = (count: number): number[] => Array.from({ length: count }, (_, index) => 2 * index + 1);

/** What a client does to the proxy, in one go. It may be ended for it, and no more. */
const floods: readonly (readonly [
  title: string,
  source: string,
  flood: (client: FrameClient) => void | Promise<void>,
  ends?: true,
])[] = [
  [
    'CONTINUATION without end',
    'CVE-2024-27316, CVE-2024-27983',
    (client) => {
      client.write(frame(type.headers, 0, 1, fieldBlock(of('GET', '/'))));
      const more = frame(type.continuation, 0, 1, fieldBlock([['x', 'y'.repeat(1000)]]));
      client.write(...Array.from({ length: 10_000 }, () => more));
    },
    true,
  ],
  [
    'empty CONTINUATION without end',
    'CVE-2024-28182',
    (client) => {
      client.write(frame(type.headers, 0, 1, fieldBlock(of('GET', '/'))));
      client.write(...Array.from({ length: 10_000 }, () => frame(type.continuation, 0, 1)));
    },
    true,
  ],
  [
    'streams that are begun and reset',
    'CVE-2023-44487',
    async (client) => {
      const begun = streams(1000);
      while (begun.length > 0 && !client.isClosed) {
        const some = begun.splice(0, 50);
        client.write(...some.map((id) => headers(id, of('GET', '/never'))));
        await wait(50);
        client.write(...some.map((id) => frame(type.reset, 0, id, uint32(8))));
      }
    },
    true,
  ],
  [
    'streams that are reset with their beginning',
    'CVE-2023-44487',
    (client) =>
      client.write(
        ...streams(5000).flatMap((id) => [
          headers(id, of('GET', '/never')),
          frame(type.reset, 0, id, uint32(8)),
        ]),
      ),
  ],
  [
    'streams that the proxy has to reset',
    'CVE-2025-8671',
    async (client) => {
      const begun = streams(1000);
      while (begun.length > 0 && !client.isClosed) {
        const some = begun.splice(0, 50);
        client.write(...some.map((id) => headers(id, of('POST', '/never'), 4)));
        await wait(50);
        client.write(...some.map((id) => frame(type.window, 0, id, uint32(0))));
      }
    },
    true,
  ],
  [
    'malformed streams',
    'CVE-2025-8671',
    (client) =>
      client.write(...streams(5000).map((id) => headers(id, [...of('GET', '/'), ['connection', 'x']]))),
    true,
  ],
  [
    'SETTINGS',
    'CVE-2019-9515',
    (client) => client.write(...Array.from({ length: 20_000 }, () => frame(type.settings, 0, 0))),
  ],
  [
    'PING',
    'CVE-2019-9512',
    (client) =>
      client.write(...Array.from({ length: 20_000 }, () => frame(type.ping, 0, 0, Buffer.alloc(8)))),
  ],
  [
    'PRIORITY',
    'CVE-2019-9513',
    (client) =>
      client.write(
        ...streams(20_000).map((id) =>
          frame(type.priority, 0, id, Buffer.concat([uint32(0), Buffer.from([1])])),
        ),
      ),
  ],
  [
    'DATA of nothing',
    'CVE-2019-9518',
    (client) =>
      client.write(
        headers(1, of('POST', '/'), 0),
        ...Array.from({ length: 20_000 }, () => data(1, '', 0)),
        data(1, ''),
      ),
  ],
  [
    'DATA of one octet',
    'RFC 9113 §10.5',
    (client) =>
      client.write(
        headers(1, of('POST', '/'), 0),
        ...Array.from({ length: 20_000 }, () => data(1, 'x', 0)),
        data(1, ''),
      ),
  ],
  [
    'fields of nothing',
    'CVE-2019-9516',
    (client) =>
      client.write(
        ...streams(100).map((id) =>
          headers(id, [...of('GET', '/'), ...Array.from({ length: 2000 }, () => ['', ''] as const)]),
        ),
      ),
  ],
  [
    'one large field, a thousand times by its index',
    'RFC 7541 §7.3, HPACK bomb',
    (client) => {
      const kept = Buffer.concat([Buffer.from([0x40]), fieldBlock([['x', 'y'.repeat(4000)]]).subarray(1)]);
      const bomb = Buffer.concat([fieldBlock(of('GET', '/')), kept, Buffer.alloc(4000, 0xbe)]);
      client.write(...streams(50).map((id) => frame(type.headers, 5, id, bomb)));
    },
  ],
  [
    'answers that nobody lets come',
    'CVE-2019-9517; CVE-2020-11080 family',
    (client) => {
      client.write(frame(type.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(0)])));
      client.write(...streams(100).map((id) => headers(id, of('GET', '/large'))));
    },
  ],
];

/** What a client writes behind a good request, so that the whole connection is in error. */
const connectionErrors: readonly Buffer[] = [
  // DATA of a stream that nobody opened (RFC 9113 §5.1), and a frame that is too large (§4.2).
  data(5, 'abc', 0),
  Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]),
  // Fields that cannot be read (§4.3), CONTINUATION of nothing (§6.10), and PING of seven octets (§6.7).
  frame(type.headers, 5, 3, Buffer.alloc(5, 0xff)),
  frame(type.continuation, 4, 3),
  frame(type.ping, 0, 0, Buffer.alloc(7)),
];

describe('floods of HTTP/2', () => {
  for (const [title, source, flood, ends] of floods) {
    it(`${title} (${source})`, async () => {
      await ask({ port: proxy.port, ca, servername: 'a.test', headers: { host: 'a.test' } });
      const before = await proxy.held();
      const client = await FrameClient.connect(proxy.port, ca);
      await flood(client);
      if (ends === true) {
        const goaway = await client.wait(({ type: kind }) => kind === type.goaway);
        assert.ok(goaway !== null || client.isClosed, 'nobody ended it');
      } else await wait(1500);
      // Others are served meanwhile, and no more is held than a flood may cost.
      const { status } = await ask({
        port: proxy.port,
        ca,
        servername: 'a.test',
        headers: { host: 'a.test' },
        timeout: 20_000,
      });
      assert.equal(status, 200);
      const { memory } = await proxy.held();
      assert.ok(memory - before.memory < 100 << 20, `${(memory - before.memory) >> 20} MiB more`);
      client.destroy();
      assert.equal(await proxy.settled(before, 20_000), '');
    });
  }

  for (const leaves of ['are left by their clients', 'are closed, and their clients stay'] as const) {
    it(`connections in error ${leaves} (RFC 9113 §5.4.1)`, async () => {
      await ask({ port: lasting.port, ca, servername: 'a.test', headers: { host: 'a.test' } });
      const before = await lasting.held();
      for (const write of connectionErrors) {
        const client = await FrameClient.connect(lasting.port, ca);
        await client.wait(({ type: kind }) => kind === type.settings);
        client.write(headers(1, of('GET', '/never')), write);
        await wait(50);
        if (leaves === 'are left by their clients') client.destroy();
      }
      assert.equal(await lasting.settled(before, 15_000), '');
    });
  }

  it('a session that asks for nothing stays, and is asked once whether it is there', async () => {
    const client = await FrameClient.connect(lasting.port, ca);
    client.write(headers(1, of('GET', '/')));
    assert.equal(await client.outcome(1), '200');
    const isPing = (each: Frame): boolean => each.type === type.ping;
    const ping = await client.wait(isPing, 15_000);
    client.write(frame(type.ping, 1, 0, ping?.payload));
    await wait(7000);
    assert.equal(client.frames.filter(isPing).length, 1);
    client.write(headers(3, of('GET', '/')));
    assert.equal(await client.outcome(3), '200');
    client.destroy();
  });

  it('a client that takes nothing of its answer for a while gets it after all', async () => {
    const client = await FrameClient.connect(lasting.port, ca);
    client.write(frame(type.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(1 << 25)])));
    client.write(frame(type.window, 0, 0, uint32(1 << 25)));
    client.write(headers(1, of('GET', '/huge')));
    client.socket.pause();
    await wait(9000);
    client.socket.resume();
    assert.equal(await client.outcome(1, 15_000), '200');
    const octets = client.frames
      .filter((each) => each.type === type.data)
      .reduce((sum, { payload }) => sum + payload.length, 0);
    assert.equal(octets, 1 << 24);
    client.destroy();
  });

  for (const [title, begin] of [
    ['nothing', ''],
    ['half a preface', 'PRI * HTTP/2.0\r\n'],
  ] as const) {
    it(`a client that says ${title} is left`, async () => {
      const before = await proxy.held();
      const socket = tls.connect({
        host: '127.0.0.1',
        port: proxy.port,
        ca,
        servername: 'a.test',
        ALPNProtocols: ['h2'],
      });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.write(begin);
      socket.resume();
      await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
      assert.equal(await proxy.settled(before), '');
    });
  }
});
