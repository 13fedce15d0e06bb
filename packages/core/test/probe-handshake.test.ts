import assert from 'node:assert/strict';
import { connect as dial, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { checkServerIdentity, connect, type SecureVersion, type TlsOptions } from 'node:tls';
import { check, type Attempt, type ProbeOptions } from '../src/index.ts';
import { createRoot, freePort, listen, tlsHandler, type Credentials, type Issuer } from './loopback.ts';

interface Server {
  readonly title: string;
  /** How the own attempt ends. */
  readonly ends: Attempt['outcome']['kind'];
  readonly serve: (world: World) => ((socket: Socket) => void) | null;
  readonly options?: Pick<ProbeOptions, 'servername' | 'minVersion' | 'maxVersion' | 'timeout'>;
  /** Asked for instead of `shop.test`. */
  readonly ask?: string;
  /** The error depends on who is quicker: only its code is compared. */
  readonly racy?: true;
}

/** In front of a server that is far away: each octet is so many milliseconds late. */
const farAway =
  (port: number, ms: number) =>
  (socket: Socket): void => {
    const behind = dial(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      from.on('error', () => {}).on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), ms));
      from.on('close', () => setTimeout(() => to.destroy(), ms));
    }
  };

interface World {
  readonly root: Issuer;
  readonly shop: Credentials;
  readonly other: Credentials;
  readonly expired: Credentials;
  readonly stranger: Credentials;
  readonly strangerOther: Credentials;
}

const tls =
  (choose: (world: World) => Credentials, more: (world: World) => TlsOptions = () => ({})) =>
  (world: World): ((socket: Socket) => void) => {
    const { chain, key } = choose(world);
    return tlsHandler({ cert: chain, key, ...more(world) });
  };
const shop = (more: (world: World) => TlsOptions): Server['serve'] => tls((world) => world.shop, more);
const afterHello =
  (answer: (socket: Socket) => void): Server['serve'] =>
  () =>
  (socket) =>
    void socket.once('data', () => answer(socket));
const alert = (number: number): Server['serve'] =>
  afterHello((socket) => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, number)));
const mutual = (rejectUnauthorized: boolean, maxVersion: SecureVersion): Server['serve'] =>
  shop(({ root }) => ({ requestCert: true, rejectUnauthorized, ca: root.cert, maxVersion }));

/** In front of a server: cuts off when the client sends its second flight, with TLS 1.3 its certificate or none. */
const cutAtSecondFlight =
  (port: number, cut: (socket: Socket) => void) =>
  (socket: Socket): void => {
    const behind = dial(port, '127.0.0.1');
    behind.on('error', () => {}).pipe(socket);
    socket.on('close', () => behind.destroy());
    socket.once('data', (hello) => {
      behind.write(hello);
      socket.on('data', () => {
        behind.unpipe(socket);
        cut(socket);
      });
    });
  };

const servers: readonly Server[] = [
  { title: 'is right', ends: 'handshake', serve: tls((world) => world.shop) },
  { title: 'is right, with TLS 1.2', ends: 'handshake', serve: shop(() => ({ maxVersion: 'TLSv1.2' })) },
  { title: 'has another name', ends: 'handshake', serve: tls((world) => world.other) },
  { title: 'is not trusted', ends: 'handshake', serve: tls((world) => world.stranger) },
  { title: 'is neither trusted nor named', ends: 'handshake', serve: tls((world) => world.strangerOther) },
  { title: 'has expired', ends: 'handshake', serve: tls((world) => world.expired) },
  {
    title: 'gets no server name',
    ends: 'handshake',
    serve: tls((world) => world.shop),
    options: { servername: false },
  },
  { title: 'is dialled by address', ends: 'handshake', serve: tls((world) => world.shop), ask: '127.0.0.1' },
  {
    title: 'gets an address as server name',
    ends: Number.parseInt(process.versions.node) >= 26 ? 'client-refused' : 'handshake',
    serve: tls((world) => world.shop),
    options: { servername: '127.0.0.1' },
  },
  { title: 'refuses the name (alert 112)', ends: 'alert', serve: alert(112) },
  { title: 'refuses (alert 40)', ends: 'alert', serve: alert(40) },
  { title: 'fails (alert 80)', ends: 'alert', serve: alert(80) },
  { title: 'demands a client certificate (TLS 1.2)', ends: 'alert', serve: mutual(true, 'TLSv1.2') },
  { title: 'demands a client certificate (TLS 1.3)', ends: 'handshake', serve: mutual(true, 'TLSv1.3') },
  { title: 'asks for a client certificate (TLS 1.2)', ends: 'handshake', serve: mutual(false, 'TLSv1.2') },
  { title: 'asks for a client certificate (TLS 1.3)', ends: 'handshake', serve: mutual(false, 'TLSv1.3') },
  {
    title: 'ends at TLS 1.2, for a client that begins at 1.3',
    ends: 'alert',
    serve: shop(() => ({ maxVersion: 'TLSv1.2' })),
    options: { minVersion: 'TLSv1.3' },
  },
  {
    title: 'begins at TLS 1.3, for a client that ends at 1.2',
    ends: 'alert',
    serve: shop(() => ({ minVersion: 'TLSv1.3' })),
    options: { maxVersion: 'TLSv1.2' },
  },
  {
    title: 'ends at TLS 1.1',
    ends: 'alert',
    serve: shop(() => ({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' })),
  },
  {
    title: 'shares no cipher',
    ends: 'alert',
    serve: shop(() => ({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })),
  },
  { title: 'resets', ends: 'reset', serve: afterHello((socket) => socket.resetAndDestroy()) },
  { title: 'closes after the ClientHello', ends: 'reset', serve: afterHello((socket) => socket.end()) },
  { title: 'closes at once', ends: 'reset', serve: () => (socket) => void socket.destroy(), racy: true },
  {
    title: 'is silent',
    ends: 'timeout',
    serve: () => (socket) => void socket.resume(),
    options: { timeout: 900 },
  },
  {
    title: 'drips',
    ends: 'timeout',
    serve: () => (socket) => {
      socket.resume().write(Buffer.of(22, 3, 3, 0x40, 0));
      const timer = setInterval(() => socket.write(Buffer.of(2)), 20);
      socket.on('close', () => clearInterval(timer));
    },
    options: { timeout: 900 },
  },
  {
    title: 'speaks plain HTTP',
    ends: 'not-tls',
    serve: afterHello((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')),
  },
  {
    title: 'speaks SSH',
    ends: 'not-tls',
    serve: () => (socket) => void socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'),
  },
  { title: 'is not there', ends: 'refused', serve: () => null },
];

/** What a plain `tls.connect` says: its error, thrown or emitted, or null when it is content. */
async function plainConnect(
  port: number,
  { root }: World,
  ask: string,
  { servername, timeout = 5000, ...versions }: ProbeOptions,
): Promise<{ code: string | undefined; message: string } | null | 'timeout'> {
  const checked = typeof servername === 'string' ? servername : ask;
  const sent = servername === false || ask === '127.0.0.1' ? '' : checked;
  return await new Promise((resolve) => {
    const done = (error: NodeJS.ErrnoException | null | 'timeout'): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve(error === null || error === 'timeout' ? error : { code: error.code, message: error.message });
    };
    const timer = setTimeout(() => done('timeout'), timeout);
    let socket: ReturnType<typeof connect> | undefined;
    try {
      socket = connect({
        host: '127.0.0.1',
        port,
        servername: sent,
        ca: root.cert,
        checkServerIdentity: (_host, certificate) => checkServerIdentity(checked, certificate),
        ...(versions.minVersion === undefined ? {} : { minVersion: versions.minVersion }),
        ...(versions.maxVersion === undefined ? {} : { maxVersion: versions.maxVersion }),
      });
    } catch (error) {
      return done(error as NodeJS.ErrnoException);
    }
    socket.on('error', done);
    // The refusal of a server that demands a certificate comes with TLS 1.3 after the client is done.
    socket.on('secureConnect', () => setTimeout(() => done(null), 150));
    socket.resume();
    return undefined;
  });
}

/** OpenSSL begins its texts with the number of a thread. */
function withoutThread(message: string): string {
  return message.replace(/^[0-9A-F]{8,}:/, '').trimEnd();
}

describe('the own attempt', { concurrency: 4 }, () => {
  let world: World;
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);

  before(async () => {
    process.on('warning', warned);
    const [root, unknown] = await Promise.all([createRoot(), createRoot('Somebody Else')]);
    const expired = { names: ['shop.test'], notAfter: new Date(Date.now() - 86_400_000) };
    world = {
      root,
      shop: await root.issue({ names: ['shop.test'] }),
      other: await root.issue({ names: ['other.test'] }),
      expired: await root.issue(expired),
      stranger: await unknown.issue({ names: ['shop.test'] }),
      strangerOther: await unknown.issue({ names: ['other.test'] }),
    };
  });
  after(() => process.off('warning', warned));

  for (const { title, ends, serve, options = {}, ask = 'shop.test', racy } of servers) {
    it(`at a server that ${title} ends as tls.connect does: ${ends}`, async () => {
      const handle = serve(world);
      const server = handle === null ? null : await listen(handle);
      const port = server?.port ?? (await freePort());
      const { timeout = 5000 } = options;
      try {
        const started = performance.now();
        const diagnosis = await check(`https://${ask}`, {
          connect: `127.0.0.1:${port}`,
          ca: world.root.cert,
          timeout,
          ...options,
        });
        const took = performance.now() - started;
        const [own] = diagnosis.attempts as [Attempt];
        assert.equal(own.purpose, 'client');
        assert.equal(own.outcome.kind, ends, JSON.stringify(own.outcome));
        assert.ok(took < timeout + 150, `took ${took} ms of ${timeout}`);
        eachPairOnce(diagnosis.attempts);
        await nothingOpen(server);

        const plain = await plainConnect(port, world, ask, { timeout, ...options });
        const { error } = diagnosis.node;
        if (plain === 'timeout') {
          assert.deepEqual([own.outcome.kind, error], ['timeout', null]);
        } else if (own.outcome.kind === 'handshake' && own.outcome.alertAfter !== null) {
          const { number } = own.outcome.alertAfter;
          assert.match(plain?.message ?? '', new RegExp(`SSL alert number ${number}\\b`));
        } else if (racy) {
          const codes = ['ECONNRESET', 'EPIPE'];
          assert.ok(codes.includes(plain?.code ?? '') && codes.includes(error?.code ?? ''));
        } else {
          assert.equal(error?.code ?? null, plain?.code ?? null);
          assert.equal(withoutThread(error?.message ?? ''), withoutThread(plain?.message ?? ''));
        }
        assert.equal(diagnosis.verdict === 'accepted', plain === null);
      } finally {
        await server?.close();
      }
    });
  }

  it('judges chain and name apart', async () => {
    const verdicts: Record<string, readonly [chain: string | null, name: string | null]> = {};
    for (const who of ['shop', 'other', 'expired', 'stranger', 'strangerOther'] as const) {
      const server = await listen(tls(() => world[who])(world));
      const { attempts } = await check('https://shop.test', {
        connect: `127.0.0.1:${server.port}`,
        ca: world.root.cert,
      });
      await server.close();
      const outcome = attempts[0]?.outcome;
      assert.equal(outcome?.kind, 'handshake');
      verdicts[who] = [outcome.chainError?.code ?? null, outcome.nameError?.code ?? null];
    }
    const alone = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    assert.deepEqual(verdicts, {
      shop: [null, null],
      other: [null, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      expired: ['CERT_HAS_EXPIRED', null],
      stranger: [alone, null],
      strangerOther: [alone, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    });
  });

  it('sees who asks for a client certificate, and who ends the connection without one', async () => {
    const seen: unknown[] = [];
    for (const serve of [
      mutual(false, 'TLSv1.2'),
      mutual(false, 'TLSv1.3'),
      mutual(true, 'TLSv1.3'),
      shop(() => ({ maxVersion: 'TLSv1.3' })),
      shop(() => ({ maxVersion: 'TLSv1.2' })),
    ]) {
      const handle = serve(world);
      assert.ok(handle !== null);
      const server = await listen(handle);
      const { attempts } = await check('https://shop.test', {
        connect: `127.0.0.1:${server.port}`,
        ca: world.root.cert,
      });
      await server.close();
      const outcome = attempts[0]?.outcome;
      assert.equal(outcome?.kind, 'handshake');
      seen.push([outcome.asksForClientCertificate, outcome.alertAfter?.number ?? null]);
    }
    assert.deepEqual(seen, [
      [true, null],
      [true, null],
      [true, 116],
      [false, null],
      [false, null],
    ]);
  });

  it('waits for a server that is far away to say that it wants a client certificate', async () => {
    const behind = await listen(mutual(true, 'TLSv1.3')(world) ?? (() => {}));
    const server = await listen(farAway(behind.port, 300));
    const { attempts, verdict } = await check('https://shop.test', {
      connect: `127.0.0.1:${server.port}`,
      ca: world.root.cert,
    });
    await server.close();
    await behind.close();
    const outcome = attempts[0]?.outcome;
    assert.equal(outcome?.kind, 'handshake');
    assert.deepEqual([verdict, outcome.alertAfter?.name], ['refused', 'certificate_required']);
  });

  it('is no success where the server hangs up on a client without a certificate', async () => {
    const behind = await listen(mutual(false, 'TLSv1.3')(world) ?? (() => {}));
    const ended: unknown[] = [];
    for (const cut of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const server = await listen(cutAtSecondFlight(behind.port, cut));
      const { attempts, verdict } = await check('https://shop.test', {
        connect: `127.0.0.1:${server.port}`,
        ca: world.root.cert,
      });
      await server.close();
      const outcome = attempts[0]?.outcome;
      ended.push([verdict, outcome?.kind, outcome?.kind === 'handshake' && outcome.alertAfter?.name]);
    }
    await behind.close();
    assert.deepEqual(ended, [
      ['refused', 'handshake', 'close_notify'],
      ['refused', 'reset', false],
    ]);
  });

  it('warns of nothing by itself', () => {
    // The plain tls.connect of this test warns of the address as server name (DEP0123), once.
    const ours = warnings.filter((text) => !text.includes('ServerName to an IP address'));
    assert.deepEqual(ours, []);
  });
});

/** Every (address, sent) pair once, but for what asks another question than the name; 1 + 8 at most. */
function eachPairOnce(attempts: readonly Attempt[]): void {
  assert.ok(attempts.length <= 9, `${attempts.length} attempts`);
  const again = new Set(['as-sent', 'default-roots', 'plain']);
  const pairs = attempts
    .filter(({ purpose }) => !again.has(purpose))
    .map(({ address, sent }) => `${address} ${sent}`);
  assert.deepEqual(pairs, [...new Set(pairs)]);
}

/** Every connection that was made is closed when the answer is there, or within the time a close takes. */
async function nothingOpen(server: Awaited<ReturnType<typeof listen>> | null): Promise<void> {
  for (let tries = 0; tries < 50 && (server?.open() ?? 0) > 0; tries++) await wait(5);
  assert.equal(server?.open() ?? 0, 0, 'connections still open');
}
