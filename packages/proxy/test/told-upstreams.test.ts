import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { checkUpstreams, createProxy } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { absent, freePort, serve } from './program.ts';
import { startProxy } from './proxy-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const dir = await scratch();
const [certificate, key, pair] = ['cert.pem', 'key.pem', 'pair.pem'].map((name) => join(dir, name));
await writeFile(certificate ?? '', identity.cert);
await writeFile(key ?? '', identity.key);
await writeFile(pair ?? '', identity.cert + identity.key);
const nginx = absent('nginx', 'nginx-light', '-v');
const haproxy = absent('haproxy', 'haproxy', '-v');
const clients = ['127.0.0.1', '127.0.0.2'] as const;
const tlsOptions = { name: 'api.test', ca: authority.root };

/** A server behind a header of the PROXY protocol, which answers with it and with the number of its connection. */
async function startTold(
  isSecure: boolean,
  path: string | null = null,
): Promise<{ url: string; headers: string[]; open: () => number }> {
  const headers: string[] = [];
  const sockets = new Set<net.Socket>();
  const numbers = new WeakMap<net.Socket, number>();
  const answer: http.RequestListener = (request, response) => {
    response.end(`${numbers.get(request.socket)}`);
  };
  const server = http.createServer(answer);
  server.on('upgrade', (_request: http.IncomingMessage, socket: net.Socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n`);
    socket.end(`${numbers.get(socket)}`);
  });
  const context = tls.createSecureContext(identity);
  const outer = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    socket.once('readable', () => {
      const first = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
      const end = first[0] === 13 ? 16 + first.readUInt16BE(14) : first.indexOf('\r\n') + 2;
      const number = headers.push(first.subarray(0, end).toString('latin1')) - 1;
      socket.unshift(first.subarray(end));
      const stream = isSecure
        ? new tls.TLSSocket(socket, { isServer: true, secureContext: context })
        : socket;
      stream.on('error', () => {});
      numbers.set(stream, number);
      server.emit('connection', stream);
    });
  });
  outer.listen(path === null ? { port: 0, host: '127.0.0.1' } : { path });
  await once(outer, 'listening');
  after(() => {
    outer.close();
    for (const socket of sockets) socket.destroy();
  });
  if (path !== null) return { url: `unix:${path}`, headers, open: () => sockets.size };
  const { port } = outer.address() as AddressInfo;
  return { url: `http${isSecure ? 's' : ''}://127.0.0.1:${port}`, headers, open: () => sockets.size };
}

/** The text of an answer, by a client that keeps its connection. */
function ask(port: number, agent: http.Agent, more: http.RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent, ...more, headers: { host: 'api.test' } });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
    });
  });
}

function keeping(localAddress: string): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1, localAddress } as http.AgentOptions);
  after(() => agent.destroy());
  return agent;
}

async function settled(isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !isDone(); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const version of ['v1', 'v2'] as const) {
  describe(`PROXY protocol ${version} to HTTP upstreams`, () => {
    const addressOf = (header = ''): string =>
      version === 'v1'
        ? (header.split(' ')[2] ?? '')
        : [...Buffer.from(header.slice(16, 20), 'latin1')].join('.');

    for (const isSecure of [true, false]) {
      const scheme = isSecure ? 'https' : 'http';

      it(`${scheme}: a connection is for one client, for all its requests, and ends with it`, async () => {
        const { url, headers, open } = await startTold(isSecure);
        const api = { to: url, ...(isSecure ? tlsOptions : {}), proxyProtocol: version };
        const { port } = await startProxy({ upstreams: { api } });
        const agents = clients.map((address) => keeping(address));
        const numbers = [];
        for (let round = 0; round < 4; round++) {
          numbers.push(await Promise.all(agents.map((agent) => ask(port, agent))));
        }
        const [first = ['', '']] = numbers;
        assert.deepEqual(numbers, [first, first, first, first]);
        assert.notEqual(first[0], first[1]);
        assert.deepEqual(
          first.map((number) => addressOf(headers[Number(number)])),
          clients,
        );
        assert.equal(headers.length, 2);
        agents[0]?.destroy();
        await settled(() => open() === 1);
        assert.equal(open(), 1);
        assert.equal(await ask(port, agents[1] as http.Agent), first[1]);
      });

      it(`${scheme}: an upgrade has one of its own`, async () => {
        const { url, headers } = await startTold(isSecure);
        const api = { to: url, ...(isSecure ? tlsOptions : {}), proxyProtocol: version };
        const { port } = await startProxy({ upstreams: { api } });
        for (const [index, localAddress] of clients.entries()) {
          const socket = net.connect({ host: '127.0.0.1', port, localAddress });
          socket.write('GET / HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
          const chunks: Buffer[] = [];
          for await (const chunk of socket) chunks.push(chunk as Buffer);
          const told = Buffer.concat(chunks).toString();
          assert.match(told, new RegExp(`^HTTP/1\\.1 101 [^]*\r\n\r\n${index}$`));
          assert.equal(addressOf(headers[index]), localAddress);
        }
      });
    }

    it('unix: a connection is for one client, ends with it, and is asked by checkUpstreams', async () => {
      const { url, headers, open } = await startTold(false, join(dir, `${version}.sock`));
      const upstreams = { api: { to: url, proxyProtocol: version } };
      const { port } = await startProxy({ upstreams });
      const agents = clients.map((address) => keeping(address));
      const rounds = [];
      for (let round = 0; round < 3; round++)
        rounds.push(await Promise.all(agents.map((agent) => ask(port, agent))));
      assert.deepEqual(rounds, [rounds[0], rounds[0], rounds[0]]);
      assert.deepEqual(
        rounds[0]?.map((number) => addressOf(headers[Number(number)])),
        clients,
      );
      for (const agent of agents) agent.destroy();
      await settled(() => open() === 0);
      assert.equal(open(), 0);
      const [checked] = await checkUpstreams({ upstreams });
      assert.deepEqual([checked?.to, checked?.isGood, checked?.problem], [url, true, null]);
    });

    it('HTTP/2 in front: one for a session', async () => {
      const { url, headers, open } = await startTold(true);
      const api = { to: url, ...tlsOptions, proxyProtocol: version };
      const { port } = await startProxy({ tls: identity, upstreams: { api } });
      const sessions = clients.map((localAddress) =>
        http2.connect(`https://api.test:${port}`, {
          createConnection: () =>
            tls.connect({
              socket: net.connect({ host: '127.0.0.1', port, localAddress }),
              servername: 'api.test',
              ca: authority.root,
              ALPNProtocols: ['h2'],
            }),
        }),
      );
      for (let round = 0; round < 3; round++) {
        for (const [index, session] of sessions.entries()) {
          const stream = session.request({ ':path': '/' });
          let text = '';
          stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
          await once(stream, 'end');
          assert.equal(text, String(index));
        }
      }
      assert.deepEqual(headers.map(addressOf), clients);
      for (const session of sessions) session.close();
      await settled(() => open() === 0);
      assert.equal(open(), 0);
    });

    it('a health check is for no client', async () => {
      const { url, headers } = await startTold(true);
      const api = { to: url, ...tlsOptions, proxyProtocol: version, health: { path: '/', interval: 1000 } };
      const { proxy } = await startProxy({ upstreams: { api } });
      await settled(() => headers.length > 0);
      const local = version === 'v1' ? 'PROXY UNKNOWN\r\n' : '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0';
      assert.equal(headers[0], local);
      assert.equal(proxy.upstreams[0]?.servers[0]?.state, 'up');
    });

    it('checkUpstreams asks such a server, and tells of a wrong name', async () => {
      const { url } = await startTold(true);
      const asked = async (name: string): Promise<boolean | undefined> => {
        const api = { to: url, name, ca: authority.root, proxyProtocol: version };
        return (await checkUpstreams({ upstreams: { api } }))[0]?.isGood;
      };
      assert.equal(await asked('api.test'), true);
      assert.equal(await asked('other.test'), false);
    });

    it('a certificate with another name is 502, and is told', async () => {
      const { url } = await startTold(true);
      const api = { to: url, name: 'other.test', ca: authority.root, proxyProtocol: version };
      const { port, records, failures } = await startProxy({ upstreams: { api } });
      await ask(port, keeping('127.0.0.1'));
      await settled(() => records.length > 0 && failures.length > 0);
      assert.equal(records[0]?.status, 502);
      assert.equal(failures[0]?.diagnosis?.cause?.code, 'name-mismatch');
    });

    it('more clients than connections: the one that waits longest loses its own', async () => {
      const { url, headers, open } = await startTold(false);
      const api = { to: url, proxyProtocol: version, connections: 2 };
      const { port } = await startProxy({ upstreams: { api } });
      const agents = Array.from({ length: 4 }, () => keeping('127.0.0.1'));
      for (const agent of agents) await ask(port, agent);
      await settled(() => open() <= 2);
      assert.equal(headers.length, 4);
      assert.equal(open(), 2);
      assert.equal(await ask(port, agents[3] as http.Agent), '3');
      assert.equal(await ask(port, agents[0] as http.Agent), '4');
    });

    it('to nginx', { skip: nginx }, async () => {
      const behind = await freePort();
      const at = join(dir, `nginx-${version}`);
      await mkdir(at);
      await chmod(at, 0o777);
      const server = `server { listen 127.0.0.1:${behind} ssl proxy_protocol; ssl_certificate ${certificate};
        ssl_certificate_key ${key}; return 200 "$proxy_protocol_addr $connection"; }`;
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((each) => `${each}_temp_path ${at}/${each};`)
        .join(' ');
      const lines = `daemon off; master_process off; pid ${at}/pid; error_log stderr; events {}
        http { access_log off; ${paths} ${server} }`;
      await writeFile(join(at, 'nginx.conf'), lines);
      await serve('nginx', ['-p', at, '-e', 'stderr', '-c', join(at, 'nginx.conf')], behind);
      await askAsBoth(behind);
    });

    it('to HAProxy', { skip: haproxy }, async () => {
      const behind = await freePort();
      const config = join(dir, `haproxy-${version}.cfg`);
      await writeFile(
        config,
        `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:${behind} accept-proxy ssl crt ${pair}
  http-request return status 200 content-type text/plain lf-string "%[src] %[fc_src_port]"
`,
      );
      await serve('haproxy', ['-f', config, '-db'], behind);
      await askAsBoth(behind);
    });

    /** Two clients in turns, each kept; the answers are the address and what stands for the connection. */
    async function askAsBoth(behind: number): Promise<void> {
      const api = { to: `https://127.0.0.1:${behind}`, ...tlsOptions, proxyProtocol: version };
      const [checked] = await checkUpstreams({ upstreams: { api } });
      assert.equal(checked?.isGood, true, JSON.stringify(checked?.diagnosis?.cause));
      const { port } = await startProxy({ upstreams: { api } });
      const agents = clients.map((address) => keeping(address));
      const told = [];
      for (let round = 0; round < 3; round++) {
        told.push(await Promise.all(agents.map((agent) => ask(port, agent))));
      }
      const [first = ['', '']] = told;
      assert.deepEqual(told, [first, first, first]);
      assert.deepEqual(
        first.map((text) => text.split(' ')[0]),
        clients,
      );
    }
  });
}

describe('PROXY protocol to an HTTP upstream, as an option', () => {
  it('is v1 or v2', () => {
    const options = {
      listen: 0,
      upstreams: { api: { to: 'http://127.0.0.1:1', proxyProtocol: 'v3' as 'v2' } },
    };
    assert.throws(() => createProxy(options), /^AltnameError: upstreams\.api\.proxyProtocol: 'v1' or 'v2'/);
  });

  it('goes with HTTP/2 behind', async () => {
    const headers: string[] = [];
    const server = http2.createSecureServer(identity, (_request, response) => response.end('two'));
    const outer = net.createServer((socket) => {
      socket
        .on('error', () => {})
        .once('readable', () => {
          const first = socket.read() as Buffer;
          const end = first.indexOf('\r\n') + 2;
          headers.push(first.subarray(0, end).toString('latin1'));
          socket.unshift(first.subarray(end));
          server.emit('connection', socket);
        });
    });
    outer.listen(0, '127.0.0.1');
    await once(outer, 'listening');
    after(() => outer.close());
    const to = `https://127.0.0.1:${(outer.address() as AddressInfo).port}`;
    const api = { to, ...tlsOptions, protocol: 'http2', proxyProtocol: 'v1' } as const;
    const { port } = await startProxy({ upstreams: { api } });
    const agents = clients.map((address) => keeping(address));
    for (let round = 0; round < 3; round++) {
      for (const agent of agents) assert.equal(await ask(port, agent), 'two');
    }
    assert.deepEqual(
      headers.map((header) => header.split(' ')[2]),
      clients,
    );
  });
});
