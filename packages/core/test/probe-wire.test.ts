import assert from 'node:assert/strict';
import { connect as dial } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect, type TlsOptions } from 'node:tls';
import { chainAsSent } from '../src/probe/as-sent.ts';
import type { HandshakeSpec } from '../src/probe/handshake.ts';
import { readServerFlight, type ServerFlight } from '../src/probe/wire.ts';
import { Desk, skipWithout } from './daemon.ts';
import {
  createRoot,
  fingerprints,
  freePort,
  listen,
  listenTls,
  type Credentials,
  type Issuer,
} from './loopback.ts';

interface World {
  readonly root: Issuer;
  readonly between: Issuer;
  readonly leaf: Credentials;
  readonly rsa: Credentials;
  readonly stranger: Issuer;
}

async function makeWorld(): Promise<World> {
  const [root, stranger] = await Promise.all([createRoot(), createRoot('Somebody Else')]);
  const between = await root.intermediate('Between');
  const names = ['shop.test'];
  const [leaf, rsa] = await Promise.all([between.issue({ names }), between.issue({ names, rsa: true })]);
  return { root, between, leaf, rsa, stranger };
}

/** What one handshake shows, read off the wire. */
async function flightOf(
  port: number,
  { root }: World,
  more: Partial<HandshakeSpec> = {},
): Promise<ServerFlight | null> {
  const { flight } = await chainAsSent(
    {
      host: '127.0.0.1',
      addresses: ['127.0.0.1'],
      port,
      sent: 'shop.test',
      checked: 'shop.test',
      ca: root.cert,
      starttls: null,
      domain: 'shop.test',
      versions: {},
      timeout: 5000,
      signal: new AbortController().signal,
      ...more,
    },
    false,
  );
  return flight;
}

function printsOf(flight: ServerFlight | null): string[] {
  const pems = (flight?.chain ?? []).map(
    (der) =>
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`,
  );
  return fingerprints(...pems);
}

describe('the flight of a Node server', { concurrency: 4 }, () => {
  let world: World;
  before(async () => {
    world = await makeWorld();
  });

  /** Of each key and version, every AEAD of the default list, one CBC suite, and the groups that ask for a retry. */
  const shapes: readonly (readonly [title: string, key: 'leaf' | 'rsa', options: TlsOptions])[] = [
    ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'].map(
      (ciphers) => [`TLS 1.3 ${ciphers}`, 'leaf', { ciphers, minVersion: 'TLSv1.3' }] as const,
    ),
    ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-SHA'].flatMap((suite) =>
      (['leaf', 'rsa'] as const).map(
        (key) =>
          [
            `TLS 1.2 ${suite}, ${key}`,
            key,
            { ciphers: `ECDHE-${key === 'rsa' ? 'RSA' : 'ECDSA'}-${suite}`, maxVersion: 'TLSv1.2' },
          ] as const,
      ),
    ),
    [
      'TLS 1.2 AES128-GCM-SHA256 without a key exchange',
      'rsa',
      { ciphers: 'AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
    ],
    ['TLS 1.3, RSA', 'rsa', {}],
    ['TLS 1.3 after a HelloRetryRequest', 'leaf', { ecdhCurve: 'P-384', minVersion: 'TLSv1.3' }],
    [
      'TLS 1.3 after a HelloRetryRequest, with AES-256',
      'leaf',
      { ecdhCurve: 'P-521', ciphers: 'TLS_AES_256_GCM_SHA384' },
    ],
    ['TLS 1.2 with P-384', 'leaf', { ecdhCurve: 'P-384', maxVersion: 'TLSv1.2' }],
  ];
  for (const [title, which, options] of shapes) {
    it(`${title}: the chain as it is`, async () => {
      const { chain, key } = world[which];
      const server = await listenTls({ cert: chain, key, ...options });
      const flight = await flightOf(server.port, world);
      await server.close();
      assert.deepEqual(printsOf(flight), fingerprints(chain));
      assert.equal(flight?.asksForClientCertificate, false);
    });
  }

  it('is a HelloRetryRequest where the test says so', async () => {
    const { chain, key } = world.leaf;
    const server = await listenTls({ cert: chain, key, ecdhCurve: 'P-384', minVersion: 'TLSv1.3' });
    const { octets } = await capture(server.port, world);
    await server.close();
    // The random of every HelloRetryRequest (RFC 8446 §4.1.3).
    assert.equal(octets.subarray(11, 19).toString('hex'), 'cf21ad74e59a6111');
  });

  const chains: Record<string, (world: World) => string[]> = {
    'the leaf alone': ({ leaf }) => [leaf.cert],
    'the root with it': ({ leaf, root }) => [leaf.chain, root.cert],
    'the wrong order': ({ leaf, root, between }) => [leaf.cert, root.cert, between.cert],
    'the intermediate twice': ({ leaf, between }) => [leaf.chain, between.cert],
    'a stranger between': ({ leaf, stranger, between }) => [leaf.cert, stranger.cert, between.cert],
    'the leaf twice': ({ leaf }) => [leaf.cert, leaf.chain],
    'thirty more': ({ leaf, between }) => [leaf.chain, between.cert.repeat(30)],
    'more than one record holds': ({ leaf, between }) => [leaf.chain, between.cert.repeat(150)],
  };
  for (const [title, make] of Object.entries(chains)) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`${title}, ${maxVersion}: as sent`, async () => {
        const chain = make(world).join('');
        const server = await listenTls({ cert: chain, key: world.leaf.key, maxVersion });
        const flight = await flightOf(server.port, world);
        await server.close();
        // More than 100 are not read: OpenSSL takes no such chain.
        assert.deepEqual(printsOf(flight), fingerprints(chain).slice(0, 100));
      });
    }
  }

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`${maxVersion}: asks for a client certificate or not, confirms the server name or not`, async () => {
      const { chain, key } = world.leaf;
      const seen: unknown[] = [];
      for (const options of [
        {},
        { requestCert: true, rejectUnauthorized: false },
        { requestCert: true, ca: world.root.cert },
        { SNICallback: (_name: string, done: (error: null) => void) => done(null) },
      ]) {
        const server = await listenTls({ cert: chain, key, maxVersion, ...options });
        const named = await flightOf(server.port, world);
        const nameless = await flightOf(server.port, world, { sent: null });
        await server.close();
        seen.push([
          named?.asksForClientCertificate,
          named?.serverNameConfirmed,
          nameless?.serverNameConfirmed,
        ]);
      }
      // A server of Node confirms no name, not even one it chose a certificate by.
      assert.deepEqual(seen, [
        [false, false, false],
        [true, false, false],
        [true, false, false],
        [false, false, false],
      ]);
    });
  }

  it('is nothing where no certificate came', async () => {
    for (const answer of [
      Buffer.of(21, 3, 3, 0, 2, 2, 112),
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      null,
    ]) {
      const server = await listen((socket) => {
        socket.once('data', () => (answer === null ? socket.end() : socket.end(answer)));
      });
      assert.equal(await flightOf(server.port, world), null);
      await server.close();
    }
  });
});

describe('the flight of other servers', () => {
  let world: World;
  let desk: Desk;
  before(async () => {
    world = await makeWorld();
    desk = await Desk.make();
  });
  after(() => desk.clear());

  const files = async (): Promise<
    Record<'chain' | 'leaf' | 'between' | 'key' | 'both' | 'root', string>
  > => ({
    chain: await desk.write('chain.pem', world.leaf.chain),
    leaf: await desk.write('leaf.pem', world.leaf.cert),
    between: await desk.write('between.pem', world.between.cert),
    key: await desk.write('key.pem', world.leaf.key),
    both: await desk.write('both.pem', world.leaf.chain + world.leaf.key),
    root: await desk.write('root.pem', world.root.cert),
  });

  async function look(port: number, more: Partial<HandshakeSpec> = {}): Promise<unknown[]> {
    const flight = await flightOf(port, world, more);
    return [printsOf(flight).length, flight?.serverNameConfirmed, flight?.asksForClientCertificate];
  }
  const old = { versions: { maxVersion: 'TLSv1.2' } } as const;
  const nameless = { sent: null } as const;

  it('openssl s_server', { skip: skipWithout('openssl', 'openssl') }, async () => {
    const { leaf, between, key, root } = await files();
    const [plain, mutual] = [await freePort(), await freePort()];
    const one = ['s_server', '-cert', leaf, '-key', key, '-cert_chain', between, '-quiet'];
    await desk.start([plain], 'openssl', ...one, '-accept', `127.0.0.1:${plain}`);
    const asks = ['-CAfile', root, '-verify', '1', '-num_tickets', '0'];
    await desk.start([mutual], 'openssl', ...one, '-accept', `127.0.0.1:${mutual}`, ...asks);
    // It confirms a name only when it was told one of its own.
    for (const [port, asksForOne] of [
      [plain, false],
      [mutual, true],
    ] as const) {
      assert.deepEqual(await look(port), [2, false, asksForOne]);
      assert.deepEqual(await look(port, old), [2, false, asksForOne]);
      assert.deepEqual(printsOf(await flightOf(port, world)), fingerprints(world.leaf.chain));
    }
  });

  it('nginx', { skip: skipWithout('nginx', 'nginx-light') }, async () => {
    const { chain, key, root } = await files();
    const [plain, mutual] = [await freePort(), await freePort()];
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const server = (port: number, more: string): string =>
      `server { listen 127.0.0.1:${port} ssl; server_name shop.test; ssl_certificate ${chain};
       ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3; ${more} }\n`;
    const config = `
      daemon off; master_process off; pid ${desk.folder}/nginx.pid; error_log stderr;
      events { worker_connections 64; }
      http {
        access_log off;
        ${temporary.map((name) => `${name}_temp_path ${desk.folder};`).join('\n')}
        ${server(plain, '')}
        ${server(mutual, `ssl_verify_client optional; ssl_client_certificate ${root};`)}
      }`;
    await desk.start(
      [plain, mutual],
      'nginx',
      '-p',
      desk.folder,
      '-c',
      await desk.write('nginx.conf', config),
    );
    for (const [port, asksForOne] of [
      [plain, false],
      [mutual, true],
    ] as const) {
      assert.deepEqual(await look(port), [2, true, asksForOne]);
      assert.deepEqual(await look(port, old), [2, true, asksForOne]);
      assert.deepEqual(await look(port, nameless), [2, false, asksForOne]);
      assert.deepEqual(printsOf(await flightOf(port, world)), fingerprints(world.leaf.chain));
    }
  });

  it('HAProxy', { skip: skipWithout('haproxy', 'haproxy') }, async () => {
    const { both, root } = await files();
    const [plain, mutual] = [await freePort(), await freePort()];
    const frontend = (name: string, port: number, more: string): string =>
      `frontend ${name}\n  bind 127.0.0.1:${port} ssl crt ${both} ${more}\n  http-request return status 200\n`;
    const config = `defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n${frontend(
      'plain',
      plain,
      '',
    )}${frontend('mutual', mutual, `ca-file ${root} verify optional`)}`;
    await desk.start([plain, mutual], 'haproxy', '-f', await desk.write('haproxy.cfg', config));
    for (const [port, asksForOne] of [
      [plain, false],
      [mutual, true],
    ] as const) {
      assert.deepEqual(await look(port), [2, true, asksForOne]);
      assert.deepEqual(await look(port, old), [2, true, asksForOne]);
      assert.deepEqual(await look(port, nameless), [2, false, asksForOne]);
      assert.deepEqual(printsOf(await flightOf(port, world)), fingerprints(world.leaf.chain));
    }
  });
});

interface Capture {
  /** Everything the server sent. */
  readonly octets: Buffer;
  readonly secret: Buffer | null;
}

/** One handshake of a plain client through a wire that is tapped on the way. */
async function capture(port: number, { root }: World): Promise<Capture> {
  const heard: Buffer[] = [];
  const between = await listen((socket) => {
    const behind = dial(port, '127.0.0.1');
    behind.on('error', () => {}).on('data', (chunk: Buffer) => heard.push(chunk));
    behind.pipe(socket).pipe(behind);
  });
  let secret: Buffer | null = null;
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ port: between.port, host: '127.0.0.1', servername: 'shop.test', ca: root.cert });
    socket.on('keylog', (line: Buffer) => {
      const match = /^SERVER_HANDSHAKE_TRAFFIC_SECRET \w+ (\w+)/.exec(line.toString());
      if (match !== null) secret = Buffer.from(match[1] ?? '', 'hex');
    });
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve();
    });
  });
  await between.close();
  return { octets: Buffer.concat(heard), secret };
}

describe('octets that are spoiled', () => {
  const rounds = Number(process.env['ALTNAME_FUZZ_ROUNDS'] ?? 600) * 10;

  it(`never break the reader (${rounds} rounds)`, async () => {
    const world = await makeWorld();
    const captures: Capture[] = [];
    for (const options of [
      {},
      { maxVersion: 'TLSv1.2' },
      { ecdhCurve: 'P-384' },
      { requestCert: true, rejectUnauthorized: false },
    ] as const) {
      const server = await listenTls({ cert: world.leaf.chain, key: world.leaf.key, ...options });
      captures.push(await capture(server.port, world));
      await server.close();
    }
    for (const { octets, secret } of captures) {
      assert.deepEqual(printsOf(readServerFlight(octets, secret)), fingerprints(world.leaf.chain));
      // Every beginning of it: cut off anywhere, it is a whole chain or none.
      for (let end = 0; end < octets.length; end += 7) {
        const flight = readServerFlight(octets.subarray(0, end), secret);
        if (flight !== null) assert.deepEqual(printsOf(flight), fingerprints(world.leaf.chain));
      }
      assert.equal(readServerFlight(octets, Buffer.alloc(32)), null);
    }
    let state = 20_261_123;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % limit;
    };
    const started = performance.now();
    let read = 0;
    for (let round = 0; round < rounds; round++) {
      const { octets, secret } = captures[below(captures.length)] as Capture;
      const spoiled = Buffer.from(octets);
      for (let times = 1 + below(3); times > 0; times--) {
        const at = below(spoiled.length);
        const way = below(4);
        if (way === 0) spoiled[at] = below(256);
        else if (way === 1) spoiled[at] = (spoiled[at] ?? 0) ^ (1 << below(8));
        else if (way === 2) spoiled.fill(255, at, Math.min(spoiled.length, at + below(4)));
        else spoiled.copyWithin(at, below(spoiled.length), below(spoiled.length));
      }
      const flight = readServerFlight(
        below(4) === 0 ? spoiled.subarray(0, below(spoiled.length)) : spoiled,
        secret,
      );
      if (flight === null) continue;
      read++;
      assert.ok(flight.chain.length <= 100);
      assert.ok(flight.chain.reduce((sum, { length }) => sum + length, 0) <= spoiled.length);
    }
    assert.ok(read > rounds / 20, `${read} read`);
    assert.ok(performance.now() - started < rounds * 5, 'linear in what it is given');
  });

  it('cost no more than their length, whatever they say', () => {
    // Records without content, messages without content, certificates without content.
    const empty = Buffer.alloc(500_000, Buffer.of(22, 3, 3, 0, 0));
    const requests = Buffer.alloc(
      500_000,
      Buffer.concat([Buffer.of(22, 3, 3, 0, 4), Buffer.of(13, 0, 0, 0)]),
    );
    const sealed = Buffer.alloc(500_000, Buffer.concat([Buffer.of(23, 3, 3, 0, 17), Buffer.alloc(17)]));
    const started = performance.now();
    for (const octets of [empty, requests, sealed]) {
      assert.equal(readServerFlight(octets, null), null);
      assert.equal(readServerFlight(octets, Buffer.alloc(32)), null);
    }
    assert.ok(performance.now() - started < 2000);
  });
});
