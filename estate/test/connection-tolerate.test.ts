import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import {
  connection,
  httpsAgent,
  tolerate,
  undiciConnect,
  type ChainCause,
  type NameCause,
  type TolerateOptions,
  type Toleration,
} from '@altname/client';
import { diagnose, probe } from '@altname/core';
import { Agent, request as requestByUndici } from 'undici';
import {
  createAuthority,
  daysFromNow,
  selfSigned,
  type Authority,
  type CertificateRequest,
  type Credentials,
} from '../src/authority.ts';
import { startNode } from '../src/recipes/child.ts';
import { startSink, type Sink } from '../src/recipes/sink.ts';

// A wrong "accepted" is the worst fault there is. Accepted means that data came to the server; refused, that none did.

const name = 'shop.example.test';
const sinks: Sink[] = [];
let known: Authority;
let unknown: Authority;

before(async () => {
  known = await createAuthority({ name: 'Known CA' });
  unknown = await createAuthority({ name: 'Unknown CA' });
});

after(() => {
  for (const sink of sinks) sink.close();
});

afterEach(() => mock.timers.reset());

/** For each fault of the names: a name and a certificate that has it, and nothing else. */
const faults: Readonly<Record<NameCause, readonly [string, CertificateRequest]>> = {
  'name-mismatch': [name, { names: ['unrelated.test'] }],
  'wildcard-depth': ['a.b.example.test', { names: ['*.example.test'] }],
  'wildcard-apex': ['example.test', { names: ['*.example.test'] }],
  'wildcard-partial': [name, { san: [{ dns: 'sh*.example.test' }] }],
  'wildcard-too-broad': ['shop.test', { names: ['*.test'] }],
  'www-or-apex': ['www.example.test', { names: ['example.test'] }],
  'short-name': ['shop', { names: [name] }],
  'ip-not-on-certificate': ['127.0.0.1', { names: ['127.0.0.2'] }],
  'ip-as-dns-san': ['127.0.0.1', { san: [{ dns: '127.0.0.1' }] }],
  'dns-as-ip-san': [name, { san: [{ ip: Buffer.from(name) }] }],
  'name-only-in-cn': [name, { subject: { CN: name } }],
  'no-names': [name, { subject: { O: 'Nobody' } }],
  'presented-trailing-dot': [name, { san: [{ dns: `${name}.` }] }],
  'presented-not-ascii': ['xn--bcher-kva.test', { san: [{ dns: 'bücher.test' }] }],
  'presented-as-url': [name, { san: [{ dns: `https://${name}` }] }],
  underscore: ['my_shop.example.test', { names: ['my-shop.example.test'] }],
};
const nameCauses = Object.keys(faults) as NameCause[];

describe('a tolerated fault of the names', () => {
  for (const cause of nameCauses) {
    it(`${cause}: accepted, and called so by altname check`, async () => {
      const [expected, request] = faults[cause];
      const sink = await open(await known.issue(request));
      const evidence = await probe(`https://${target(expected)}:${sink.port}/`, {
        connect: `127.0.0.1:${sink.port}`,
        ca: known.cert,
        timeout: 3000,
      });
      assert.equal(diagnose(evidence).cause?.code, cause);
      await assertReaches(sink, expected, toleration({ cause, name: expected }));
    });
  }

  it('each accepts no other one', async () => {
    for (const cause of nameCauses) {
      const [expected, request] = faults[cause];
      const leaf = await known.issue(request);
      for (const tolerated of nameCauses.filter((each) => each !== cause)) {
        const check = toleration({ cause: tolerated, name: expected }).tls.checkServerIdentity;
        const { raw } = new X509Certificate(leaf.cert);
        assert.ok(check(expected, { raw }) instanceof Error, `${tolerated} accepts ${cause}`);
      }
    }
  });
});

describe('what is still refused', () => {
  const cause = 'wildcard-depth';
  const expected = 'a.b.example.test';
  const request: CertificateRequest = { names: ['*.example.test'] };
  const faulty: readonly [string, () => Promise<Credentials>, RegExp][] = [
    ['the fault, from an unknown issuer', () => unknown.issue(request), /verify|issuer/],
    ['the fault, expired', () => known.issue({ ...request, notAfter: daysFromNow(-0.5) }), /expired/],
    [
      'the fault, not yet valid',
      () => known.issue({ ...request, notBefore: daysFromNow(1) }),
      /not yet valid/,
    ],
    ['the fault, self-signed', () => selfSigned(request), /self-signed/],
    ['the fault, for clients only', () => known.issue({ ...request, usage: 'clientAuth' }), /purpose/],
    ['the fault, inspected', () => inspected(request), /inspected-by-middlebox/],
    ['another fault of the names', () => known.issue({ names: ['b.example.test'] }), /name-mismatch/],
    ['names that cannot be read', () => known.issue({ sanOctets: Buffer.from('3004820161ff', 'hex') }), /./],
    ['no names at all', () => known.issue({ subject: { O: 'Nobody' } }), /no-names/],
  ];
  for (const [what, issue, why] of faulty) {
    it(what, async () => {
      const sink = await open(await issue());
      await assertRefused(sink, expected, toleration({ cause, name: expected }), why);
    });
  }

  it('the fault, for another name', async () => {
    const sink = await open(await known.issue(request));
    const tolerated = toleration({ cause, name: 'c.b.example.test' });
    const socket = tls.connect({
      port: sink.port,
      servername: expected,
      ca: known.cert,
      ...tolerated.tls,
    });
    socket.write('too early');
    await assert.rejects(once(socket, 'secureConnect'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.equal(sink.seen.received, '');
    assert.throws(() => connection({ to: 'localhost', name: expected, tolerate: tolerated }), {
      code: 'ALTNAME_BAD_OPTION',
      message: /c\.b\.example\.test/,
    });
  });

  it('the fault, on another certificate than the one that was given', async () => {
    const [one, two] = await Promise.all([known.issue(request), known.issue(request)]);
    const tolerated = toleration({ cause, name: expected, certificate: one.cert });
    await assertReaches(await open(one), expected, tolerated);
    await assertRefused(await open(two), expected, tolerated, /not the certificate/);
  });

  it('the fault, in a process that has run past the date', async () => {
    const sink = await open(await known.issue(request));
    const tolerated = toleration({ cause, name: expected, until: today(1) });
    await assertReaches(sink, expected, tolerated);
    const again = await open(await known.issue(request));
    mock.timers.enable({ apis: ['Date'], now: Date.parse(`${today(2)}T00:00:00.000Z`) });
    await assertRefused(again, expected, tolerated, /was tolerated until/);
  });

  it('the fault, past the date, by a session of before', async () => {
    // Node asks no check about a session that is resumed.
    const { chain, key } = await known.issue(request);
    const server = https.createServer({ cert: chain, key }, (_request, response) => {
      response.writeHead(200, { connection: 'close' }).end('here');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { tls: options } = toleration({ cause, name: expected, until: today(1) });
    const shared = { ...options, ca: known.cert, servername: expected };
    const agent = new https.Agent({ keepAlive: true });
    const dispatcher = new Agent({ connect: shared });
    const byHttps = async (): Promise<void> => {
      const [response] = await once(https.get({ ...shared, host: '127.0.0.1', port, agent }), 'response');
      await once(response.resume(), 'end');
    };
    const byUndici = async (): Promise<void> => {
      const { body } = await requestByUndici(`https://127.0.0.1:${port}/`, { dispatcher });
      await body.dump();
    };
    await byHttps();
    await byUndici();
    mock.timers.enable({ apis: ['Date'], now: Date.parse(`${today(2)}T00:00:00.000Z`) });
    const error = { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: /was tolerated until/ };
    await assert.rejects(byHttps(), error);
    await assert.rejects(byUndici(), error);
    server.close();
    agent.destroy();
    await dispatcher.destroy();
  });

  it('the fault, once it is production', async () => {
    const tolerated = toleration({ cause, name: expected });
    const mode = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const sink = await open(await known.issue(request));
      await assertRefused(sink, expected, tolerated, /outside production/);
    } finally {
      if (mode === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = mode;
    }
  });

  it('all of it in the agents, too', async () => {
    const made = async (leaf: Credentials): Promise<[Sink, Parameters<typeof httpsAgent>[0]]> => {
      const sink = await startSink('http', leaf);
      sinks.push(sink);
      const tolerated = toleration({ cause, name: expected });
      const to = `127.0.0.1:${sink.port}`;
      return [sink, connection({ to, name: expected, ca: known.cert, tolerate: tolerated })];
    };
    const [right, accepted] = await made(await known.issue(request));
    const [wrong, refused] = await made(await known.issue({ names: ['b.example.test'] }));
    const url = 'https://any.test/';
    const [response] = await once(https.get(url, { agent: httpsAgent(accepted) }), 'response');
    assert.equal(response.statusCode, 200);
    const { statusCode } = await requestThrough(url, accepted);
    assert.equal(statusCode, 200);
    assert.match(right.seen.received, /GET \/ HTTP/);
    const error = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    await assert.rejects(once(https.get(url, { agent: httpsAgent(refused) }), 'response'), error);
    await assert.rejects(requestThrough(url, refused), error);
    assert.equal(wrong.seen.received, '');
  });
});

describe('a tolerated fault of the chain', () => {
  it('self-signed: the one certificate, and no other', async () => {
    const [own, another] = await Promise.all([selfSigned({ names: [name] }), selfSigned({ names: [name] })]);
    const tolerated = toleration({ cause: 'self-signed', name, certificate: own.cert });
    await assertReaches(await open(own), name, tolerated, null);
    await assertRefused(await open(another), name, tolerated, /self-signed|verify|signature/, null);
    await assertRefused(
      await open(await unknown.issue({ names: [name] })),
      name,
      tolerated,
      /verify|issuer/,
      null,
    );
    // Trusted by everyone else, and not the one.
    const trusted = await known.issue({ names: [name] });
    await assertRefused(
      await open(trusted),
      name,
      tolerated,
      /verify|issuer|not the certificate/,
      known.cert,
    );
    const { raw } = new X509Certificate(another.cert);
    assert.match(tolerated.tls.checkServerIdentity(name, { raw })?.message ?? '', /not the certificate/);
  });

  for (const cause of ['issuer-unknown', 'intermediate-missing'] as const) {
    it(`${cause}: the one certificate, and no other`, async () => {
      const issuing = await unknown.intermediate({ name: 'Unknown Intermediate' });
      const [own, another] = await Promise.all([
        issuing.issue({ names: [name] }),
        issuing.issue({ names: [name] }),
      ]);
      const tolerated = toleration({ cause, name, certificate: own.cert });
      await assertReaches(await open(own), name, tolerated, null);
      await assertReaches(await open({ ...own, chain: own.cert }), name, tolerated, null);
      await assertRefused(await open(another), name, tolerated, /verify|issuer|not the certificate/, null);
    });
  }

  it('no other name of that certificate', async () => {
    const own = await selfSigned({ names: [name, 'other.test'] });
    const tolerated = toleration({ cause: 'self-signed', name, certificate: own.cert });
    const sink = await open(own);
    const socket = tls.connect({ port: sink.port, servername: 'other.test', ...tolerated.tls });
    await assert.rejects(once(socket, 'secureConnect'), /for shop\.example\.test alone/);
  });

  it('no longer than the certificate is valid, nor past the date', async () => {
    const own = await selfSigned({ names: [name], notAfter: new Date(Date.now() + 2000) });
    const tolerated = toleration({ cause: 'self-signed', name, certificate: own.cert, until: today(1) });
    await assertReaches(await open(own), name, tolerated, null);
    await setTimeout(2500);
    await assertRefused(await open(own), name, tolerated, /expired/, null);
    const later = await selfSigned({ names: [name] });
    const lasting = toleration({ cause: 'self-signed', name, certificate: later.cert, until: today(1) });
    mock.timers.enable({ apis: ['Date'], now: Date.parse(`${today(2)}T00:00:00.000Z`) });
    await assertRefused(await open(later), name, lasting, /was tolerated until/, null);
  });

  it('no certificate with a second fault', async () => {
    const leaf = await unknown.issue({ names: [name] });
    const expired = await selfSigned({
      names: [name],
      notBefore: daysFromNow(-9),
      notAfter: daysFromNow(-1),
    });
    const attempts: readonly [ChainCause, string | undefined, RegExp][] = [
      ['self-signed', undefined, /one certificate alone/],
      ['self-signed', leaf.cert, /not self-signed/],
      ['issuer-unknown', (await selfSigned({ names: [name] })).cert, /it is self-signed/],
      ['self-signed', (await selfSigned({ names: ['other.test'] })).cert, /second fault.*other\.test/],
      ['self-signed', expired.cert, /expired/],
      ['issuer-unknown', leaf.cert + unknown.cert, /own alone/],
      ['issuer-unknown', leaf.key, /private key/],
    ];
    for (const [cause, certificate, message] of attempts) {
      const options = { cause, name, until: today(1), where: 'development', reason: 'a test', certificate };
      assert.throws(() => tolerate(options as TolerateOptions), { code: 'ALTNAME_BAD_OPTION', message });
    }
  });

  it('no roots beside the one certificate', async () => {
    const own = await selfSigned({ names: [name] });
    const tolerated = toleration({ cause: 'self-signed', name, certificate: own.cert });
    assert.throws(() => connection({ to: 'localhost', name, ca: known.cert, tolerate: tolerated }), {
      code: 'ALTNAME_BAD_OPTION',
      message: /^ca: /,
    });
  });
});

describe('loading', () => {
  const right = { cause: 'name-mismatch', name, until: today(1), where: 'development', reason: 'a test' };

  const wrong: readonly [string, object, string, RegExp][] = [
    ['a date that is past', { until: today(-1) }, 'ALTNAME_TOLERATION_OVER', /name-mismatch.*until/],
    ['no date', { until: undefined }, 'ALTNAME_BAD_OPTION', /until/],
    ['a date that is none', { until: '2999-02-30' }, 'ALTNAME_BAD_OPTION', /until/],
    ['a year alone', { until: '2999' }, 'ALTNAME_BAD_OPTION', /until/],
    ['no reason', { reason: ' ' }, 'ALTNAME_BAD_OPTION', /reason/],
    ['another place', { where: 'production' }, 'ALTNAME_BAD_OPTION', /where/],
    ['no name', { name: undefined }, 'ALTNAME_BAD_OPTION', /name/],
    ['a wildcard', { name: '*.example.test' }, 'ALTNAME_BAD_OPTION', /name/],
    ['no cause', { cause: undefined }, 'ALTNAME_BAD_OPTION', /cause/],
    ['two causes', { cause: ['name-mismatch', 'no-names'] }, 'ALTNAME_BAD_OPTION', /cause/],
    ['a cause that nobody knows', { cause: 'all' }, 'ALTNAME_BAD_OPTION', /cause/],
    ['expired', { cause: 'expired' }, 'ALTNAME_BAD_OPTION', /Node judges the date/],
    ['a typo', { cause: 'typo-suspected' }, 'ALTNAME_BAD_OPTION', /cause/],
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    ['an option beside', { rejectUnauthorized: false }, 'ALTNAME_BAD_OPTION', /rejectUnauthorized/],
  ];
  for (const [what, change, code, message] of wrong) {
    it(`fails with ${what}`, () => {
      assert.throws(() => tolerate({ ...right, ...change } as never), { code, message });
    });
  }

  it('says so once in each process, and what is shown is printable', async () => {
    const twice =
      `tolerate(${JSON.stringify({ ...right, reason: 'the \u001b[31mgateway\n is new' })});\n`.repeat(2);
    const { code, stderr } = await runChild(`import { tolerate } from '@altname/client';\n${twice}`);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^altname: tolerating name-mismatch of shop\.example\.test until \S+: the .*gateway.*\n$/,
    );
    assert.ok(!stderr.includes('\u001b'));
  });

  for (const mode of ['production', 'Production ', 'prod']) {
    it(`fails with NODE_ENV=${mode}`, async () => {
      const program = `process.env.NODE_ENV = ${JSON.stringify(mode)};
        const { tolerate } = await import('@altname/client');
        tolerate(${JSON.stringify(right)});`;
      const { code, stderr } = await runChild(program);
      assert.equal(code, 1);
      assert.match(stderr, /ALTNAME_NOT_IN_PRODUCTION/);
      assert.doesNotMatch(stderr, /tolerating/);
    });
  }

  it('gives options that cannot be opened', () => {
    const made = tolerate(right as TolerateOptions);
    assert.ok(Object.isFrozen(made) && Object.isFrozen(made.tls));
    assert.equal(made.tls.rejectUnauthorized, true);
    // @ts-expect-error a copy may have been opened
    assert.throws(() => connection({ to: 'localhost', name, tolerate: { ...made } }), {
      code: 'ALTNAME_BAD_OPTION',
    });
  });
});

type Given = Omit<TolerateOptions, 'until' | 'where' | 'reason'> & { readonly until?: string };

function toleration(given: Given): Toleration {
  return tolerate({
    until: today(30),
    where: 'development',
    reason: 'a test',
    ...given,
  } as TolerateOptions);
}

/** The date so many days from now. */
function today(days: number): string {
  return daysFromNow(days).toISOString().slice(0, 10);
}

function target(expected: string): string {
  return expected.includes(':') ? `[${expected}]` : expected;
}

async function inspected(request: CertificateRequest): Promise<Credentials> {
  const middlebox = await known.intermediate({ name: 'mitmproxy' });
  return middlebox.issue(request);
}

async function open(leaf: Credentials): Promise<Sink> {
  const sink = await startSink('silence', leaf);
  sinks.push(sink);
  return sink;
}

/** Both ways to use a toleration: as options, and in a connection. */
function ways(
  sink: Sink,
  expected: string,
  tolerated: Toleration,
  ca: string | null,
): tls.ConnectionOptions[] {
  const to = `127.0.0.1:${sink.port}`;
  const isPinned = tolerated.tls.ca !== undefined;
  const trust = isPinned ? {} : { ca: ca ?? known.cert };
  return [
    {
      host: '127.0.0.1',
      port: sink.port,
      ...(expected === '127.0.0.1' ? {} : { servername: expected }),
      ...(ca === null ? {} : { ca }),
      ...tolerated.tls,
    },
    connection({ to, name: expected, ...trust, tolerate: tolerated }).tls,
  ];
}

async function assertReaches(
  sink: Sink,
  expected: string,
  tolerated: Toleration,
  ca: string | null = known.cert,
): Promise<void> {
  let times = 0;
  for (const options of ways(sink, expected, tolerated, ca)) {
    const socket = tls.connect(options);
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    socket.end('hello ');
    times += 1;
    const arrived = await sink.until(({ received }) => received === 'hello '.repeat(times), 5000);
    assert.ok(arrived, sink.seen.received);
  }
}

async function assertRefused(
  sink: Sink,
  expected: string,
  tolerated: Toleration,
  why: RegExp,
  ca: string | null = known.cert,
): Promise<void> {
  for (const options of ways(sink, expected, tolerated, ca)) {
    const socket = tls.connect(options);
    socket.write('too early');
    await assert.rejects(once(socket, 'secureConnect'), why);
  }
  assert.equal(
    await sink.until(({ received }) => received !== '', 100),
    false,
    'no data for a server refused',
  );
}

async function requestThrough(
  url: string,
  made: Parameters<typeof undiciConnect>[0],
): Promise<{ statusCode: number }> {
  const dispatcher = new Agent({ connect: undiciConnect(made) });
  const { statusCode, body } = await requestByUndici(url, { dispatcher });
  await body.dump();
  await dispatcher.close();
  return { statusCode };
}

let written = 0;

async function runChild(program: string): Promise<{ code: number | null; stderr: string }> {
  const file = fileURLToPath(new URL(`../tolerate-child-${process.pid}-${++written}.mjs`, import.meta.url));
  await writeFile(file, program);
  try {
    return await startNode([file], null).ended;
  } finally {
    await rm(file);
  }
}
