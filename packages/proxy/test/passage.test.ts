import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { testAuthority } from './authority.ts';
import { clientHellos } from './client-hellos.ts';
import { startProxy, type TestProxy } from './proxy-server.ts';
import { startTcpUpstream } from './tcp-upstream.ts';

/** A ClientHello, behind which anything may come here: nobody decrypts it. */
const hello = Buffer.from(clientHellos['node-26'] ?? '', 'base64');
const routes = [{ tls: 'passthrough', to: 'tcp' }] as const;
type Options = Parameters<typeof startProxy>[0];

/** A proxy, a client of it that has said its hello, and the socket at the upstream that has read it. */
async function joined(
  options: Partial<Options> = {},
): Promise<TestProxy & { client: Socket; server: Socket }> {
  const listener = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const started = await startProxy({
    upstreams: { tcp: { to: `tcp://127.0.0.1:${port}` } },
    routes,
    ...options,
  } as Options);
  const client = net.connect({ port: started.port, host: '127.0.0.1', allowHalfOpen: true });
  client.write(hello);
  const [server] = (await once(listener, 'connection')) as [Socket];
  for (const socket of [client, server]) socket.on('error', () => {});
  after(() => {
    client.destroy();
    server.destroy();
    listener.close();
  });
  let got = Buffer.alloc(0);
  while (got.length < hello.length) got = Buffer.concat([got, ((await once(server, 'data')) as [Buffer])[0]]);
  assert.deepEqual(got, hello);
  return { ...started, client, server };
}

/** Until a side, which ends when the other has ended, is closed. */
async function closed(socket: Socket): Promise<void> {
  socket.once('end', () => socket.end()).resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** The digest of all that comes, taken at the pace that is given: milliseconds of rest for each piece. */
async function digest(socket: Socket, rest: number): Promise<string> {
  const hash = createHash('sha256');
  // An iterator would destroy the socket with the last piece, and what it has to send.
  socket.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    if (rest === 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), rest);
  });
  await once(socket, 'end');
  return hash.digest('hex');
}

describe('a passage', () => {
  for (const [who, rest] of [
    ['takes it at once', 0],
    ['takes it slowly', 2],
  ] as const) {
    it(`hands 8 MiB both ways, unchanged, where each side ${who}`, async () => {
      const { client, server } = await joined();
      const [up, down] = [randomBytes(8 << 20), randomBytes(8 << 20)];
      client.end(up);
      server.end(down);
      const found = await Promise.all([digest(server, rest), digest(client, rest)]);
      const expected = [up, down].map((octets) => createHash('sha256').update(octets).digest('hex'));
      assert.deepEqual(found, expected);
    });
  }

  it('hands over small pieces as they come', async () => {
    const { client, server } = await joined();
    for (let turn = 0; turn < 300; turn++) {
      const text = `${turn} ${'x'.repeat((turn * 37) % 5000)}`;
      server.write(text);
      let got = '';
      while (got.length < text.length) got += String(((await once(client, 'data')) as [Buffer])[0]);
      assert.equal(got, text);
    }
  });

  it('reads no more than the other side takes', async () => {
    const { client, server } = await joined();
    client.pause();
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    // What the systems of three sockets hold is some MiB; the proxy does not add to that.
    while (sent < 256 && server.writableLength < 8 << 20) {
      server.write(chunk);
      sent++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(sent < 100, `${sent} MiB`);
    client.destroy();
  });

  it('ends one way alone, from either side', async () => {
    for (const [first, second] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      const sides = await joined();
      sides[first].end('last words');
      sides[second].resume();
      await once(sides[second], 'end');
      sides[second].write('still here');
      assert.equal(String(((await once(sides[first], 'data')) as [Buffer])[0]), 'still here');
      sides[second].end();
      await Promise.all([closed(sides.client), closed(sides.server)]);
      await told(sides);
      assert.equal(sides.connections[0]?.problem, null);
      assert.equal(sides.connections[0]?.bytesUp, hello.length + 10);
      assert.equal(sides.connections[0]?.bytesDown, 10);
    }
  });

  it('that one side resets is reset for the other', async () => {
    for (const [first, second] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      const sides = await joined();
      sides[first].resetAndDestroy();
      const [error] = (await new Promise((resolve) =>
        sides[second].once('error', (given) => resolve([given])),
      )) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
      await told(sides);
      assert.match(
        sides.connections[0]?.problem ?? '',
        first === 'client' ? /^the client: / : /^the upstream: /,
      );
    }
  });

  it('on which nothing comes is ended', async () => {
    const sides = await joined({ timeouts: { idle: 150 } });
    await Promise.all([closed(sides.client), closed(sides.server)]);
    await told(sides);
    assert.equal(sides.connections[0]?.problem, 'nothing came for too long');
  });

  it('is let end when the proxy is closed, and ended in time', async () => {
    const sides = await joined({ timeouts: { drain: 300 } });
    const began = performance.now();
    const done = sides.proxy.close();
    sides.server.write('x');
    await once(sides.client, 'data');
    await Promise.all([closed(sides.client), closed(sides.server), done]);
    assert.ok(performance.now() - began >= 250);
    await told(sides);
    assert.equal(sides.connections[0]?.problem, 'the client went away');
  });

  it('beyond the connections of its upstream is refused with an alert', async () => {
    const upstream = await startTcpUpstream(await (await testAuthority()).issue('db.test'));
    const { port, connections } = await startProxy({
      upstreams: { tcp: { to: upstream.url, connections: 1 } },
      routes,
    });
    const first = net.connect(port, '127.0.0.1', () => first.write(hello));
    await once(first, 'data');
    const second = net.connect(port, '127.0.0.1', () => second.write(hello));
    const [alert] = (await once(second, 'data')) as [Buffer];
    assert.deepEqual([...alert], [21, 3, 3, 0, 2, 2, 80]);
    assert.equal(connections[0]?.problem, 'every connection of the upstream is taken');
    // One that only ended its side could still be answered.
    first.resetAndDestroy();
    second.destroy();
    await until(() => connections.length === 2);
    const third = net.connect(port, '127.0.0.1', () => third.write(hello));
    assert.equal(((await once(third, 'data')) as [Buffer])[0][0], 22);
    third.destroy();
  });

  it('to what does not answer is given up in time', async () => {
    // Nothing is routed there (RFC 5737): the system waits, or says so at once.
    const { port, failures } = await startProxy({
      upstreams: { tcp: { to: 'tcp://192.0.2.1:9' } },
      routes,
      timeouts: { connect: 200 },
    });
    const socket = net.connect(port, '127.0.0.1', () => socket.write(hello));
    const [alert] = (await once(socket, 'data')) as [Buffer];
    assert.deepEqual([...alert], [21, 3, 3, 0, 2, 2, 80]);
    assert.match(
      failures[0]?.error.code ?? '',
      /^(?:ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|EPERM|EACCES)$/,
    );
    socket.destroy();
  });
});

describe('a beginning', () => {
  it('of one octet at a time is read, where TLS ends here and where it does not', async () => {
    const authority = await testAuthority();
    const identity = await authority.issue('db.test', 'api.test');
    const upstream = await startTcpUpstream(identity);
    const { port } = await startProxy({
      upstreams: { tcp: { to: upstream.url }, api: { to: 'https://127.0.0.1:9', name: 'api.test' } },
      tls: identity,
      routes: [{ host: 'db.test', tls: 'passthrough', to: 'tcp' }, { to: 'api' }],
    });
    for (const servername of ['db.test', 'api.test']) {
      const relay = await slowRelay(port);
      const secure = tls.connect({ port: relay, host: '127.0.0.1', servername, ca: authority.root });
      await once(secure, 'secureConnect');
      assert.equal(secure.authorized, true);
      if (servername === 'db.test') secure.end('slow');
      else secure.write('GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n');
      const chunks: Buffer[] = [];
      for await (const chunk of secure) chunks.push(chunk as Buffer);
      assert.match(
        Buffer.concat(chunks).toString(),
        servername === 'db.test' ? /^db\.test: slow$/ : /^HTTP\/1\.1 502 /,
      );
    }
  });

  it('that does not come to an end is ended in time', async () => {
    const { port, connections } = await startProxy({
      upstreams: { tcp: { to: 'tcp://127.0.0.1:9' } },
      routes,
      timeouts: { head: 150 },
    });
    const socket = net.connect(port, '127.0.0.1');
    const trickle = setInterval(() => socket.write(hello.subarray(0, 1)), 20);
    socket.write(hello.subarray(0, 9));
    socket.on('error', () => {});
    await closed(socket);
    clearInterval(trickle);
    assert.match(connections[0]?.problem ?? '', /^it did not begin in time$/);
  });

  it('of a client that only looks whether somebody listens is not told of', async () => {
    const { port, connections } = await startProxy({
      upstreams: { tcp: { to: 'tcp://127.0.0.1:9' } },
      routes,
    });
    const socket = net.connect(port, '127.0.0.1', () => socket.end());
    await closed(socket);
    const other = net.connect(port, '127.0.0.1', () => other.end(hello.subarray(0, 30)));
    await closed(other);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(connections.length, 1);
    assert.equal(connections[0]?.problem, 'the client went away in the middle of its beginning');
  });
});

describe('a reload', () => {
  it('begins and ends passthrough, and what stands goes on', async () => {
    const authority = await testAuthority();
    const identity = await authority.issue('db.test');
    const upstream = await startTcpUpstream(identity);
    const api = { to: 'https://127.0.0.1:9', name: 'api.test' };
    const ends = { listen: '127.0.0.1:0', tls: identity, upstreams: { api } };
    const passes = {
      ...ends,
      upstreams: { api, tcp: { to: upstream.url } },
      routes: [{ host: 'db.test', tls: 'passthrough', to: 'tcp' }, { to: 'api' }],
    } as const;
    const { proxy, port } = await startProxy({ tls: identity, upstreams: { api } });
    const say = async (isEnded: boolean): Promise<string> => {
      const secure = tls.connect({ port, host: '127.0.0.1', servername: 'db.test', ca: authority.root });
      await once(secure, 'secureConnect');
      secure.write('GET / HTTP/1.0\r\n\r\n');
      if (isEnded) secure.end();
      const chunks: Buffer[] = [];
      for await (const chunk of secure) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString();
    };
    assert.match(await say(false), /^HTTP\/1\.1 502 /);
    await proxy.reload(passes);
    assert.match(await say(true), /^db\.test: GET/);
    const standing = tls.connect({ port, host: '127.0.0.1', servername: 'db.test', ca: authority.root });
    await once(standing, 'secureConnect');
    await proxy.reload(ends);
    assert.match(await say(false), /^HTTP\/1\.1 502 /);
    standing.end('still');
    assert.equal(String(((await once(standing, 'data')) as [Buffer])[0]), 'db.test: still');
  });
});

/** Until the proxy has told of the connection. */
async function told({ connections }: TestProxy): Promise<void> {
  await until(() => connections.length > 0);
}

async function until(isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !isDone(); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Hands on what a client sends one octet at a time; the answers as they come. */
async function slowRelay(to: number): Promise<number> {
  const relay = net.createServer({ allowHalfOpen: true }, (client) => {
    const server = net.connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let turn = Promise.resolve();
    client.on('data', (chunk) => {
      turn = turn.then(async () => {
        for (const octet of chunk) {
          server.write(Buffer.from([octet]));
          await new Promise(setImmediate);
        }
      });
    });
    client.on('end', () => void turn.then(() => server.end()));
    server.pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {});
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  after(() => relay.close());
  return (relay.address() as AddressInfo).port;
}
