import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { testAuthority } from './authority.ts';
import { raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startTcpUpstream } from './tcp-upstream.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const app = await startUpstream(identity, echo);
const api = { to: app.url, name: 'api.test', ca: authority.root };
const proxyProtocol = { from: ['127.0.0.0/8'] };
const request = 'GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n';

/** A header of version 2, in latin1. */
function v2(command: number, family: number, rest: string): string {
  const length = Buffer.byteLength(rest, 'latin1');
  const head = [command, family, length >> 8, length & 255];
  return `\r\n\r\n\0\r\nQUIT\n${Buffer.from(head).toString('latin1')}${rest}`;
}

const v4 = '\x0a\x01\x02\x03\x0a\0\0\x01\x10\x00\x01\xbb';
const v6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x05\x20\x01\x0d\xb8${'\0'.repeat(11)}\x06\x10\x00\x01\xbb`;
const mapped = `${'\0'.repeat(10)}\xff\xff\x0a\x01\x02\x03`;

/** What a listed peer begins with, and who is taken for the client; null where the connection is closed. */
const table: readonly (readonly [name: string, octets: string, client: string | null])[] = [
  ['v1 TCP4', 'PROXY TCP4 10.1.2.3 10.0.0.1 4096 443\r\n', '10.1.2.3'],
  ['v1 TCP6', 'PROXY TCP6 2001:db8::5 2001:db8::6 4096 443\r\n', '2001:db8::5'],
  ['v1 TCP6 with a mapped address', 'PROXY TCP6 ::ffff:10.1.2.3 ::1 4096 443\r\n', '10.1.2.3'],
  ['v1 UNKNOWN', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
  ['v1 UNKNOWN with addresses', 'PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n', '127.0.0.1'],
  ['v1 of another family', 'PROXY TCP4 2001:db8::5 2001:db8::6 4096 443\r\n', null],
  ['v1 with a port that is none', 'PROXY TCP4 10.1.2.3 10.0.0.1 65536 443\r\n', null],
  ['v1 with a port of leading zeros', 'PROXY TCP4 10.1.2.3 10.0.0.1 04096 443\r\n', null],
  ['v1 with two spaces', 'PROXY TCP4  10.1.2.3 10.0.0.1 4096 443\r\n', null],
  ['v1 with LF alone', 'PROXY TCP4 10.1.2.3 10.0.0.1 4096 443\n', null],
  ['v1 of 108 octets', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, null],
  ['v1 in lower case', 'proxy TCP4 10.1.2.3 10.0.0.1 4096 443\r\n', null],
  ['v2 over IPv4', v2(0x21, 0x11, v4), '10.1.2.3'],
  ['v2 over IPv6', v2(0x21, 0x21, v6), '2001:db8::5'],
  ['v2 over IPv6 with a mapped address', v2(0x21, 0x21, mapped + v6.slice(16)), '10.1.2.3'],
  ['v2 with TLVs', v2(0x21, 0x11, `${v4}\x02\0\x03abc\x04\0\0`), '10.1.2.3'],
  ['v2 LOCAL', v2(0x20, 0, ''), '127.0.0.1'],
  ['v2 LOCAL with what is none', v2(0x20, 0x11, 'x'), '127.0.0.1'],
  ['v2 unspecified', v2(0x21, 0, ''), '127.0.0.1'],
  ['v2 of a Unix socket', v2(0x21, 0x31, 'x'.repeat(216)), '127.0.0.1'],
  ['v2 whose addresses are too short', v2(0x21, 0x11, v4.slice(1)), null],
  ['v2 whose TLVs do not fit', v2(0x21, 0x11, `${v4}\x02\0\x04abc`), null],
  ['v2 of an unknown family', v2(0x21, 0x41, v4), null],
  ['v2 of an unknown command', v2(0x22, 0x11, v4), null],
  ['v2 of another version', v2(0x11, 0x11, v4), null],
  ['v2 that is too long', `\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff`, null],
  ['none', '', null],
];

describe('the PROXY protocol of a listed peer', () => {
  const listed = startProxy({ upstreams: { api }, proxyProtocol });

  for (const [name, octets, client] of table) {
    it(`${name}: ${client === null ? 'refused' : `the client is ${client}`}`, async () => {
      const { port, records } = await listed;
      const before = records.length;
      const answer = await raw(port, octets + request, 2000);
      if (client === null) {
        assert.equal(answer, '');
        assert.equal(records.length, before);
        return;
      }
      assert.match(answer, /^HTTP\/1\.1 200 /);
      assert.equal(records.at(-1)?.client, client);
      const shown = client.includes(':') ? `"[${client}]"` : client;
      assert.ok(answer.includes(JSON.stringify(`for=${shown};host="api.test";proto=http`)), answer);
    });
  }

  it('may come one octet at a time', async () => {
    const { port, records } = await listed;
    for (const octets of ['PROXY TCP4 10.9.9.9 10.0.0.1 4096 443\r\n', v2(0x21, 0x11, v4)]) {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      for (const octet of octets + request) {
        socket.write(octet, 'latin1');
        await new Promise(setImmediate);
      }
      assert.match(String(((await once(socket, 'data')) as [Buffer])[0]), /^HTTP\/1\.1 200 /);
      socket.destroy();
    }
    assert.deepEqual(
      new Set(records.slice(-2).map((each) => each.client)),
      new Set(['10.9.9.9', '10.1.2.3']),
    );
  });

  it('has to come in time', async () => {
    const { port, connections } = await startProxy({
      upstreams: { api },
      proxyProtocol,
      timeouts: { head: 100 },
    });
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PROXY '));
    socket.on('error', () => {});
    await once(socket, 'close');
    assert.equal(connections[0]?.problem, 'it did not begin in time');
  });

  it('is in front of TLS, with HTTP/1.1 and HTTP/2, and makes the client one that is trusted', async () => {
    const { port, records } = await startProxy({
      upstreams: { api },
      tls: identity,
      proxyProtocol,
      trust: ['10.1.0.0/16'],
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('PROXY TCP4 10.1.2.3 10.0.0.1 4096 443\r\n');
    const secure = tls.connect({ socket, servername: 'api.test', ca: authority.root });
    secure.write(request.replace('\r\n\r\n', '\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n'));
    const chunks: Buffer[] = [];
    for await (const chunk of secure) chunks.push(chunk as Buffer);
    assert.match(Buffer.concat(chunks).toString(), /"203\.0\.113\.7, 10\.1\.2\.3"/);
    assert.equal(records[0]?.client, '203.0.113.7');
    const http2 = await import('node:http2');
    const under = net.connect(port, '127.0.0.1');
    under.write(Buffer.from(v2(0x21, 0x21, v6), 'latin1'));
    const session = http2.connect('https://api.test', {
      createConnection: () =>
        tls.connect({ socket: under, servername: 'api.test', ca: authority.root, ALPNProtocols: ['h2'] }),
    });
    const stream = session.request({ ':path': '/' });
    stream.resume();
    await once(stream, 'end');
    session.destroy();
    assert.equal(records[1]?.client, '2001:db8::5');
    assert.equal(records[1]?.protocol, 'HTTP/2.0');
  });
});

describe('the PROXY protocol of anyone else', () => {
  it('is no HTTP', async () => {
    const { port } = await startProxy({ upstreams: { api }, proxyProtocol: { from: ['192.0.2.0/24'] } });
    assert.match(await raw(port, table[0]?.[1] + request), /^HTTP\/1\.1 400 /);
    assert.match(await raw(port, v2(0x21, 0x11, v4) + request), /^HTTP\/1\.1 400 /);
    assert.match(await raw(port, request), /^HTTP\/1\.1 200 /);
  });

  it('is no HTTP where nobody is listed', async () => {
    const { port } = await startProxy({ upstreams: { api } });
    assert.match(await raw(port, table[0]?.[1] + request), /^HTTP\/1\.1 400 /);
  });
});

describe('an upstream of TCP', () => {
  it('is told who connects, by the version it asks for', async () => {
    const seen: Buffer[] = [];
    const sink = net.createServer((socket) => {
      socket.once('data', (chunk) => {
        seen.push(chunk);
        socket.destroy();
      });
      socket.on('error', () => {});
    });
    sink.listen(0, '127.0.0.1');
    await once(sink, 'listening');
    after(() => sink.close());
    const to = `tcp://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const { port } = await startProxy({
      upstreams: { one: { to, proxyProtocol: 'v1' }, two: { to, proxyProtocol: 'v2' } },
      routes: [
        { host: 'one.test', tls: 'passthrough', to: 'one' },
        { host: 'two.test', tls: 'passthrough', to: 'two' },
      ],
    });
    const ports: number[] = [];
    for (const servername of ['one.test', 'two.test']) {
      const socket = tls.connect({ port, host: '127.0.0.1', servername, ALPNProtocols: ['imap'] });
      socket.on('error', () => {});
      socket.once('connect', () => ports.push(socket.localPort ?? 0));
      await new Promise((resolve) => socket.once('close', resolve));
    }
    const line = `PROXY TCP4 127.0.0.1 127.0.0.1 ${ports[0]} ${port}\r\n`;
    assert.equal(seen[0]?.toString('latin1', 0, line.length), line);
    assert.equal(seen[0]?.[line.length], 22);
    const block = Buffer.from('7f0000017f00000100000000', 'hex');
    block.writeUInt16BE(ports[1] ?? 0, 8);
    block.writeUInt16BE(port, 10);
    const expected = v2(0x21, 0x11, `${block.toString('latin1')}\x01\0\x04imap\x02\0\x08two.test`);
    assert.equal(seen[1]?.toString('latin1', 0, expected.length), expected);
    assert.equal(seen[1]?.[expected.length], 22);
  });

  it('is told the client that a listed peer told', async () => {
    const upstream = await startTcpUpstream(await authority.issue('db.test'));
    const inner = await startProxy({
      upstreams: { db: { to: upstream.url } },
      proxyProtocol,
      routes: [{ tls: 'passthrough', to: 'db' }],
    });
    const outer = await startProxy({
      upstreams: { db: { to: `tcp://127.0.0.1:${inner.port}`, proxyProtocol: 'v2' } },
      proxyProtocol,
      routes: [{ tls: 'passthrough', to: 'db' }],
    });
    const socket = net.connect(outer.port, '127.0.0.1');
    socket.write('PROXY TCP6 2001:db8::5 2001:db8::6 4096 443\r\n');
    const secure = tls.connect({ socket, servername: 'db.test', ca: authority.root });
    secure.end('x');
    const chunks: Buffer[] = [];
    for await (const chunk of secure) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'db.test: x');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(outer.connections[0]?.client, '2001:db8::5');
    assert.equal(inner.connections[0]?.client, '2001:db8::5');
  });
});
