import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { getEventListeners, once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { AltnameError, probe, type Attempt, type ProbeOptions } from '../src/index.ts';
import { planAttempts } from '../src/probe/plan.ts';
import { createRoot, listen, listenTls, type Issuer, type Listener } from './loopback.ts';

type Outcome = Attempt['outcome'];

const error = { code: null, message: '' };
const outcomes: readonly Outcome[] = [
  shown(null),
  shown({ code: 'CERT_HAS_EXPIRED', message: '' }),
  { kind: 'alert', alert: { number: 112, name: 'unrecognized_name' }, error, asksForClientCertificate: null },
  { kind: 'refused', error },
  { kind: 'unreachable', error },
  ...(['dns', 'connect', 'starttls', 'handshake'] as const).map(
    (during) => ({ kind: 'timeout', during }) as const,
  ),
  { kind: 'reset', error },
  { kind: 'not-tls', speaks: null, sample: '' },
  { kind: 'starttls-failed', protocol: 'smtp', sample: '' },
  { kind: 'client-refused', error },
  { kind: 'error', error },
];

function shown(chainError: typeof error | { code: string; message: string } | null): Outcome {
  return {
    kind: 'handshake',
    protocol: 'TLSv1.3',
    cipher: null,
    alpn: null,
    chain: ['00'],
    chainFrom: 'node',
    chainError,
    nameError: null,
    asksForClientCertificate: false,
    serverNameConfirmed: null,
    alertAfter: null,
  };
}

describe('the further attempts', () => {
  const addresses = Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`);
  const name = fc.constantFrom(
    'shop.test',
    'Shop.TEST',
    'shop.test.',
    'shop.test:443',
    '192.0.2.1',
    'alias.test',
  );
  const around = fc.record({
    addresses: fc.subarray(addresses, { minLength: 0 }),
    asked: fc.option(fc.constantFrom('shop.test', 'alias.test')),
    cnames: fc.array(fc.constantFrom('alias.test', 'shop.test', 'a.cdn.test', 'b.cdn.test'), {
      maxLength: 8,
    }),
    withCa: fc.boolean(),
  });

  it('are at most 8, each (address, sent) pair once, never the pair of the client again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...outcomes),
        fc.option(name),
        around,
        fc.boolean(),
        (outcome, sent, rest, known) => {
          const own: Attempt = {
            purpose: 'client',
            address: known ? (rest.addresses[0] ?? null) : null,
            port: 443,
            sent,
            outcome,
            ms: 1,
          };
          const plan = planAttempts(own, false, rest);
          assert.ok(plan.length <= 8);
          const again = new Set(['as-sent', 'default-roots', 'plain']);
          const pairs = plan
            .filter(({ purpose }) => !again.has(purpose))
            .map((attempt) => `${attempt.address} ${attempt.sent}`);
          if (own.address !== null) pairs.push(`${own.address} ${own.sent}`);
          assert.deepEqual(pairs, [...new Set(pairs)]);
          for (const { address } of plan) assert.ok(rest.addresses.includes(address));
        },
      ),
      { numRuns: 2000 },
    );
  });

  const own = (outcome: Outcome, sent: string | null = 'shop.test'): Attempt => ({
    purpose: 'client',
    address: '192.0.2.0',
    port: 443,
    sent,
    outcome,
    ms: 1,
  });
  const two = {
    addresses: ['192.0.2.0', '192.0.2.1'],
    asked: 'shop.test',
    cnames: ['a.test', 'b.test', 'c.test'],
    withCa: true,
  };
  const planned = (attempt: Attempt, accepted = false): string[] =>
    planAttempts(attempt, accepted, two).map(
      ({ purpose, address, sent }) => `${purpose} ${address.at(-1)} ${sent}`,
    );

  it('are the other addresses alone where all is well, or no ClientHello was sent', () => {
    for (const outcome of outcomes) {
      const early =
        ['refused', 'unreachable', 'starttls-failed'].includes(outcome.kind) ||
        (outcome.kind === 'timeout' && outcome.during !== 'handshake');
      if (early) assert.deepEqual(planned(own(outcome)), ['other-address 1 shop.test']);
      assert.deepEqual(planned(own(outcome), true), ['other-address 1 shop.test']);
    }
  });

  it('look at the chain, the roots and the names where the certificate is refused', () => {
    assert.deepEqual(planned(own(shown({ code: 'CERT_HAS_EXPIRED', message: '' }), 'Shop.TEST.:443')), [
      'as-sent 0 Shop.TEST.:443',
      'default-roots 0 Shop.TEST.:443',
      'asked-name 0 shop.test',
      'no-server-name 0 null',
      'alias-name 0 a.test',
      'alias-name 0 b.test',
      'other-address 1 Shop.TEST.:443',
    ]);
    assert.deepEqual(planned(own(shown(null), null)).slice(0, 2), [
      'as-sent 0 null',
      'asked-name 0 shop.test',
    ]);
  });

  it('ask in plain text where no TLS came back, but not where the client itself refused', () => {
    assert.equal(planned(own({ kind: 'not-tls', speaks: null, sample: '' }))[0], 'plain 0 null');
    assert.equal(planned(own({ kind: 'client-refused', error }, '192.0.2.0'))[0], 'asked-name 0 shop.test');
  });
});

describe('a signal', () => {
  let silent: Listener;
  const dns = createSocket('udp4');
  before(async () => {
    silent = await listen((socket) => void socket.resume());
    await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
  });
  after(async () => {
    dns.close();
    await silent.close();
  });

  const places: Record<string, () => ProbeOptions> = {
    'the handshake': () => ({ connect: `127.0.0.1:${silent.port}` }),
    STARTTLS: () => ({ connect: `127.0.0.1:${silent.port}`, starttls: 'smtp' }),
    DNS: () => ({ dnsServers: [`127.0.0.1:${dns.address().port}`] }),
  };
  for (const [where, options] of Object.entries(places)) {
    it(`stops ${where} at once`, async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => stop.abort(reason), 100);
      const started = performance.now();
      await assert.rejects(probe('shop.test', { ...options(), signal: stop.signal }), reason);
      assert.ok(performance.now() - started < 400);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });
  }

  it('that is over before stops before anything is asked', async () => {
    const taken = silent.taken();
    await assert.rejects(
      probe('shop.test', { connect: `127.0.0.1:${silent.port}`, signal: AbortSignal.abort() }),
      { name: 'AbortError' },
    );
    assert.equal(silent.taken(), taken);
  });

  it('that never comes leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await probe('shop.test', { connect: `127.0.0.1:${silent.port}`, timeout: 50, signal });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

describe('an option', () => {
  const wrong: readonly (readonly [options: Record<string, unknown>, reason: RegExp])[] = [
    [{ timeout: 0 }, /timeout "0": 1 to 600000 milliseconds is expected/],
    [{ timeout: NaN }, /timeout/],
    [{ timeout: '5s' }, /timeout/],
    [{ family: 5 }, /family "5": 4, 6/],
    [{ starttls: 'gopher' }, /starttls "gopher": smtp/],
    [{ starttls: 'constructor' }, /starttls/],
    [{ client: 'curl' }, /client "curl": https/],
    [{ minVersion: 'TLSv2' }, /minVersion "TLSv2"/],
    [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, /minVersion "TLSv1.3": none above maxVersion TLSv1.2/],
    [{ servername: 'a\0b' }, /servername "a\\x00b"/],
    [{ servername: 'a'.repeat(300) }, /255/],
    [{ name: '' }, /name/],
    [{ hostHeader: 'a\r\nb' }, /hostHeader/],
    [{ dnsServers: ['shop.test'] }, /dnsServers "shop.test"/],
    [{ dnsServers: ['127.0.0.1:0'] }, /dnsServers/],
    [{ dnsServers: ['127.0.0.1:99999'] }, /dnsServers/],
    [{ searchDomains: ['a b'] }, /searchDomains/],
    [{ ndots: -1 }, /ndots/],
    [{ connect: 'a b' }, /connect/],
    [{ ca: 'no certificate' }, /ca holds no certificate/],
    [{ ca: 'no certificate', caFile: 'roots.pem' }, /ca file "roots.pem" holds no certificate/],
  ];
  for (const [options, reason] of wrong) {
    it(`${JSON.stringify(options).slice(0, 60)} is refused before anybody is asked`, async () => {
      await assert.rejects(probe('127.0.0.1:1', options as ProbeOptions), (problem) => {
        assert.ok(problem instanceof AltnameError);
        assert.equal(problem.code, 'ALTNAME_BAD_OPTION');
        assert.match(problem.message, reason);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(problem.message, /[\u0000-\u001f]/);
        return true;
      });
    });
  }

  for (const servername of [
    'a'.repeat(255),
    'bücher.test',
    '%00',
    'a_b',
    '*.shop.test',
    '[::1]',
    'shop.test:443',
  ]) {
    it(`servername ${servername.slice(0, 20)} is sent as it is, or refused by this Node, and nothing breaks`, async () => {
      const server = await listen((socket) => socket.once('data', () => socket.end()));
      const { attempts } = await probe('shop.test', { connect: `127.0.0.1:${server.port}`, servername });
      await server.close();
      assert.ok(
        ['reset', 'client-refused', 'error'].includes(attempts[0]?.outcome.kind ?? ''),
        JSON.stringify(attempts[0]),
      );
    });
  }
});

describe('a process', () => {
  let root: Issuer;
  const dns = createSocket('udp4');
  const listeners: Listener[] = [];
  before(async () => {
    root = await createRoot();
    await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
    const [good, other] = await Promise.all([
      root.issue({ names: ['shop.test'] }),
      root.issue({ names: ['other.test'] }),
    ]);
    listeners.push(
      await listenTls({ cert: good.chain, key: good.key }),
      await listenTls({ cert: other.chain, key: other.key }),
      await listenTls({ cert: good.chain, key: good.key, requestCert: true, rejectUnauthorized: false }),
      await listen((socket) => void socket.resume()),
      await listen((socket) => void socket.resume().write('220 mail.test ESMTP\r\n')),
      await listen((socket) => socket.destroy()),
    );
  });
  after(async () => {
    dns.close();
    await Promise.all(listeners.map((listener) => listener.close()));
  });

  it('ends by itself as soon as it has its answers, with nothing left open', async () => {
    const library = new URL('../src/index.js', import.meta.url).href;
    const code = `
      import { probe } from ${JSON.stringify(library)};
      const ports = ${JSON.stringify(listeners.map(({ port }) => port))};
      const asked = ports.map((port) => probe('https://shop.test', {
        connect: '127.0.0.1:' + port, ca: ${JSON.stringify(root.cert)}, timeout: 800,
      }));
      const silent = probe('shop.test', { dnsServers: ['127.0.0.1:${dns.address().port}'], timeout: 300 });
      const found = await Promise.all([...asked, silent]);
      const open = process.getActiveResourcesInfo().filter((kind) => !/^(?:Pipe|TTY|Immediate|Tick)/.test(kind));
      const done = performance.now();
      process.on('exit', () => {
        const kinds = found.map(({ attempts }) => attempts[0].outcome.kind);
        console.log(JSON.stringify({ open, kinds, after: performance.now() - done }));
      });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    const [exit] = (await once(child, 'close')) as [number];
    assert.equal(exit, 0);
    const { open, kinds, after: ms } = JSON.parse(said) as { open: string[]; kinds: string[]; after: number };
    assert.deepEqual(kinds, [
      'handshake',
      'handshake',
      'handshake',
      'timeout',
      'not-tls',
      'reset',
      'timeout',
    ]);
    // A destroyed socket is closed in the next turn of the loop.
    assert.ok(ms < 60, `${ms} ms between the last answer and the end; open then: ${open}`);
    assert.ok(!open.includes('Timeout'), `open: ${open}`);
  });
});
