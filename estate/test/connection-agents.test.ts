import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import https from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { connection, expectName, httpsAgent, undiciConnect, type Connection } from '@altname/client';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { createAuthority, type Authority, type Credentials } from '../src/authority.ts';

// The agents go where the connection goes, whatever a request says, and cannot be talked out of verifying.

const name = 'expected.test';
const tooOld = Number(process.versions.node.split('.')[0]) < 22;
const servers: Server[] = [];
let known: Authority;
let leaf: Credentials;
let other: Credentials;

/** An HTTP server that keeps its sockets, and what it saw. */
interface Site {
  readonly port: number;
  readonly sent: (string | false | null)[];
  readonly hosts: (string | undefined)[];
  sockets: number;
}

before(async () => {
  known = await createAuthority({ name: 'Known CA' });
  leaf = await known.issue({ names: [name] });
  other = await known.issue({ names: ['other.test'] });
});

after(() => {
  for (const server of servers) {
    server.close();
    (server as https.Server).closeAllConnections?.();
  }
});

describe('httpsAgent', () => {
  it('dials the endpoint, whatever host the URL has, and keeps the socket', async () => {
    const site = await open();
    const agent = httpsAgent(connectionTo(site));
    assert.equal(await get(agent, 'https://somewhere.test/'), 200);
    assert.equal(await get(agent, 'https://else.test:9/', { headers: { host: 'third.test' } }), 200);
    assert.deepEqual(site.sent, [name]);
    assert.deepEqual(site.hosts, ['somewhere.test', 'third.test']);
    assert.ok(agent instanceof https.Agent);
    agent.destroy();
  });

  it('dials the port of the URL where the endpoint has none', async () => {
    const site = await open();
    const agent = httpsAgent(connection({ to: 'localhost', name, ca: known.cert }));
    assert.equal(await get(agent, `https://somewhere.test:${site.port}/`), 200);
    agent.destroy();
  });

  it('refuses another name', async () => {
    const site = await open(other);
    const agent = httpsAgent(connectionTo(site));
    // The URL and the Host header name what the certificate is for.
    const request = get(agent, `https://other.test:${site.port}/`, { headers: { host: 'other.test' } });
    await assert.rejects(request, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.deepEqual(site.hosts, []);
  });

  const attempts: Readonly<Record<string, https.RequestOptions>> = {
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    'rejectUnauthorized: false': { rejectUnauthorized: false },
    // altname-ignore-next-line no-disabled-identity-check: options that connection() refuses
    checkServerIdentity: { checkServerIdentity: () => undefined },
    ca: { ca: 'anything' },
    'a client certificate': { cert: 'anything', key: 'anything' },
  };
  for (const [what, options] of Object.entries(attempts)) {
    it(`is not talked out of it by a request with ${what}`, async () => {
      const site = await open();
      const agent = httpsAgent(connectionTo(site));
      const refused = { code: 'ALTNAME_BAD_OPTION' };
      await assert.rejects(get(agent, 'https://somewhere.test/', options), refused);
      assert.equal(site.sockets, 0);
      // Nor does it get the socket that another request has left.
      assert.equal(await get(agent, 'https://somewhere.test/'), 200);
      await assert.rejects(get(agent, 'https://somewhere.test/', options), refused);
      assert.deepEqual(site.hosts, ['somewhere.test']);
      agent.destroy();
    });
  }

  it('is not talked out of it by its own options', async () => {
    const site = await open(other);
    const agent = httpsAgent(connectionTo(site), {
      // altname-ignore-next-line no-disabled-verification: options that connection() refuses
      rejectUnauthorized: false,
      // altname-ignore-next-line no-disabled-identity-check: options that connection() refuses
      checkServerIdentity: () => undefined,
    } as object);
    await assert.rejects(get(agent, 'https://somewhere.test/'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    Object.assign(agent.options, { rejectUnauthorized: false });
    await assert.rejects(get(agent, 'https://somewhere.test/'), { code: 'ALTNAME_BAD_OPTION' });
    assert.deepEqual(site.hosts, []);
  });

  it('takes no copy of a connection', async () => {
    const made = connectionTo(await open());
    // @ts-expect-error nor does it compile
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    const copy: Connection = { ...made, secure: { ...made.secure, rejectUnauthorized: false as never } };
    assert.throws(() => httpsAgent(copy), { code: 'ALTNAME_BAD_OPTION' });
    assert.throws(() => undiciConnect(copy), { code: 'ALTNAME_BAD_OPTION' });
  });

  it('gives up in time', async () => {
    const silent = await openSilent();
    const agent = httpsAgent(connection({ to: `127.0.0.1:${silent}`, name, timeout: 50 }));
    await assert.rejects(get(agent, 'https://somewhere.test/'), {
      code: 'ETIMEDOUT',
      message: /within 50 ms/,
    });
  });
});

describe('the options of a connection, through a proxy', () => {
  const ask = (c: Connection, proxy: string) =>
    https.get({ ...c.dial, ...c.secure, agent: new HttpsProxyAgent(proxy) });

  it('have another name checked than is dialled', async () => {
    const site = await open();
    const request = ask(connectionTo(site), await openProxy());
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.deepEqual(site.sent, [name]);
  });

  it('refuse another name', async () => {
    const site = await open(other);
    const request = ask(connectionTo(site), await openProxy());
    await assert.rejects(once(request, 'response'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.deepEqual(site.hosts, []);
  });
});

describe('the check for one name', () => {
  it('is asked on an agent that has a socket and a session for the host, once it is kept apart', async () => {
    const site = await open();
    for (const keepAlive of [true, false]) {
      const agent = new https.Agent({ keepAlive });
      const url = `https://localhost:${site.port}/`;
      const given = { ca: known.cert, servername: name };
      assert.equal(await get(agent, url, given), 200);
      assert.equal(await get(agent, url, { ...given, ...expectName(name).tls }), 200);
      for (const expected of ['evil.test', name.toUpperCase()]) {
        const request = get(agent, url, { ...given, ...expectName(expected).tls });
        if (expected === 'evil.test') await assert.rejects(request, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
        else assert.equal(await request, 200);
      }
      agent.destroy();
    }
  });
});

describe('an agent of Node', () => {
  it('shares no kept socket between connections that check other names', async () => {
    // Both dial the same place and send the same: the pools of Node know no other difference.
    const site = await open();
    const agent = new https.Agent({ keepAlive: true });
    const to = `127.0.0.1:${site.port}` as const;
    const ask = (expected: string): Promise<number | undefined> => {
      const made = connection({ to, name: expected, sni: false, ca: known.cert });
      return get(agent, `https://${to}/`, made.tls as https.RequestOptions);
    };
    assert.equal(await ask(name), 200);
    assert.equal(await ask(name), 200);
    // A Node that has the fault: newer ones keep no socket of a request with a check of its own.
    if (tooOld) assert.equal(site.sockets, 1, 'the socket is kept for the same connection');
    await assert.rejects(ask('other.test'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.deepEqual(site.hosts, [to, to]);
    agent.destroy();
  });
});

const undicis = ['undici6', 'undici', 'undici8'];
for (const version of undicis) {
  const skip = version === 'undici8' && tooOld ? 'undici 8 needs Node 22.19' : false;
  describe(`undiciConnect, ${version}`, { skip }, () => {
    let undici: typeof import('undici');
    before(async () => {
      undici = (await import(version)) as typeof import('undici');
    });

    it('dials the endpoint, whatever host the URL has', async () => {
      const site = await open();
      const dispatcher = new undici.Agent({ connect: undiciConnect(connectionTo(site)) });
      const { statusCode, body } = await undici.request('https://somewhere.test/', { dispatcher });
      await body.dump();
      const headers = { host: 'third.test' };
      const second = await undici.request('https://else.test:9/', { dispatcher, headers });
      await second.body.dump();
      const fetched = await undici.fetch('https://fetched.test/', { dispatcher });
      await fetched.text();
      assert.deepEqual([statusCode, second.statusCode, fetched.status], [200, 200, 200]);
      assert.deepEqual(new Set(site.sent), new Set([name]));
      assert.deepEqual(site.hosts, ['somewhere.test', 'third.test', 'fetched.test']);
      await dispatcher.close();
    });

    it('refuses another name', async () => {
      const site = await open(other);
      const dispatcher = new undici.Agent({ connect: undiciConnect(connectionTo(site)) });
      const headers = { host: 'other.test' };
      const asked = undici.request(`https://other.test:${site.port}/`, { dispatcher, headers });
      await assert.rejects(asked, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      await assert.rejects(undici.fetch('https://other.test/', { dispatcher }), (error: Error) => {
        return (error.cause as NodeJS.ErrnoException).code === 'ERR_TLS_CERT_ALTNAME_INVALID';
      });
      assert.deepEqual(site.hosts, []);
      await dispatcher.close();
    });

    it('goes nowhere in plain text', async () => {
      const site = await open();
      const dispatcher = new undici.Agent({ connect: undiciConnect(connectionTo(site)) });
      await assert.rejects(undici.request('http://somewhere.test/', { dispatcher }), {
        code: 'ALTNAME_BAD_OPTION',
      });
      assert.equal(site.sockets, 0);
      await dispatcher.close();
    });

    it('speaks HTTP/2 where the connection offers it', async () => {
      const server = createSecureServer({ cert: leaf.chain, key: leaf.key }, (request, response) => {
        response.end(request.httpVersion);
      });
      const port = await listen(server);
      const made = connection({ to: `127.0.0.1:${port}`, name, ca: known.cert, alpn: ['h2'] });
      const dispatcher = new undici.Agent({ connect: undiciConnect(made), allowH2: true });
      const { body } = await undici.request('https://somewhere.test/', { dispatcher });
      assert.equal(await body.text(), '2.0');
      await dispatcher.destroy();
    });

    it('gives up in time', async () => {
      const silent = await openSilent();
      const made = connection({ to: `127.0.0.1:${silent}`, name, timeout: 50 });
      const dispatcher = new undici.Agent({ connect: undiciConnect(made) });
      await assert.rejects(undici.request('https://somewhere.test/', { dispatcher }), { code: 'ETIMEDOUT' });
      await dispatcher.close();
    });
  });
}

async function open({ chain, key }: Credentials = leaf): Promise<Site> {
  const site = {
    port: 0,
    sent: [] as (string | false | null)[],
    hosts: [] as (string | undefined)[],
    sockets: 0,
  };
  const server = https.createServer({ cert: chain, key }, (request, response) => {
    site.hosts.push(request.headers.host);
    response.end('here');
  });
  server.on('connection', () => (site.sockets += 1));
  server.on('secureConnection', (socket: TLSSocket & { servername?: string | false }) => {
    site.sent.push(socket.servername ?? null);
  });
  site.port = await listen(server);
  return site;
}

/** A proxy that goes wherever it is asked to. @returns its URL */
async function openProxy(): Promise<string> {
  const server = createHttpServer().on('connect', ({ url = '' }, socket) => {
    const { hostname, port } = new URL(`tcp://${url}`);
    const through = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      pipeline(socket, through, socket, () => {});
    });
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

/** Accepts connections, and says nothing. */
async function openSilent(): Promise<number> {
  return listen(createTcpServer((socket) => socket.on('error', () => {}).resume()));
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function connectionTo({ port }: Site): Connection {
  return connection({ to: `127.0.0.1:${port}`, name, ca: known.cert });
}

async function get(
  agent: https.Agent,
  url: string,
  options: https.RequestOptions = {},
): Promise<number | undefined> {
  const request = https.get(url, { ...options, agent });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  // Then the agent has the socket back.
  await setImmediate();
  return response.statusCode;
}
