import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { checkServerIdentity, connect, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { inspect } from 'node:util';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import {
  checkServerIdentity as strictCheck,
  explainError,
  explainText,
  formatJson,
  formatPretty,
  type Diagnosis,
} from '../src/index.ts';
import { diagnoseError } from '../src/explain/diagnose-error.ts';
import { createRoot, listen, listenTls, type Issuer, type Listener } from './loopback.ts';

// Errors come from this Node and real servers on loopback, wrapped as clients wrap them; what the clients themselves
// make is tested with the real ones in estate/test/explain-error.test.ts.

const schema = JSON.parse(
  readFileSync(new URL('../../../../docs/diagnosis.schema.json', import.meta.url), 'utf8'),
) as AnySchemaObject;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

const listeners: Listener[] = [];
let root: Issuer;

before(async () => {
  root = await createRoot();
});

after(async () => {
  await Promise.all(listeners.map((listener) => listener.close()));
});

describe("an error of Node's own", () => {
  it('of a wrong name has its certificate, so that it is diagnosed like a live connection', async () => {
    const port = await serve(['*.shop.test', 'shop.test']);
    const error = await failure({ port, servername: 'a.eu.shop.test', ca: root.cert });
    const diagnosis = explained(error);
    assert.equal(diagnosis.verdict, 'refused');
    assert.equal(diagnosis.cause?.code, 'wildcard-depth');
    assert.deepEqual(diagnosis.names.checked, { value: 'a.eu.shop.test', from: 'unknown' });
    assert.deepEqual(diagnosis.names.presented?.dns, ['*.shop.test', 'shop.test']);
    assert.equal(diagnosis.certificate?.issuer, 'CN=Loopback Root');
    assert.equal(diagnosis.certificate?.trusted, true);
    assert.equal(diagnosis.node.error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(diagnosis.node.version, process.version);
    assert.ok(diagnosis.fixes.some(({ title }) => title.includes('DNS:*.eu.shop.test')));
    const [attempt] = diagnosis.attempts;
    assert.equal(attempt?.outcome.kind === 'handshake' && attempt.outcome.chain.length, 2, 'the root too');
  });

  it('says of an unknown place and server name that they are unknown', async () => {
    const diagnosis = explained(
      await failure({ port: await serve(['shop.test']), servername: 'other.test', ca: root.cert }),
    );
    const { asked, dialled, sent, host } = diagnosis.names;
    assert.deepEqual(asked, { value: null, from: 'unknown' });
    assert.deepEqual(sent, { value: null, from: 'unknown' });
    assert.deepEqual(host, { value: null, from: 'unknown' });
    assert.deepEqual([dialled.host, dialled.port, dialled.address], ['', 0, null]);
    assert.equal(diagnosis.client, null);
    const report = formatPretty(diagnosis);
    assert.doesNotMatch(report, /:0\b|:443|port|under 1 ms|no roots|no server name|no Host header/);
    assert.match(report, /sent +│ +\(unknown\) +the error does not say/);
  });

  it('leaves a place in code to the user when it does not say it', async () => {
    const port = await serve(['shop.test']);
    const error = await failure({ port, host: '127.0.0.1', ca: root.cert });
    const open = codeFix(explained(error));
    assert.match(open.code ?? '', /servername: 'shop\.test'/);
    assert.equal(open.sure, 'needs-your-values');
    assert.match(open.condition ?? '', /only if this is the server you mean.*put in your own host and port/);
    const known = codeFix(explained(error, { asked: `127.0.0.1:${port}` }));
    assert.match(known.code ?? '', new RegExp(`'https://127\\.0\\.0\\.1:${port}/'`));
    assert.doesNotMatch(known.condition ?? '', /put in/);
  });

  it('of a chain has no certificate, and only its code', async () => {
    const port = await serve(['shop.test']);
    const diagnosis = explained(await failure({ port, servername: 'shop.test' }));
    assert.equal(diagnosis.verdict, 'refused');
    assert.equal(diagnosis.certificate, null);
    assert.equal(diagnosis.names.presented, null);
    assert.match(diagnosis.node.error?.code ?? '', /^UNABLE_TO_/);
    assert.match(diagnosis.cause?.code ?? '', /^(intermediate-missing|issuer-unknown)$/);
    assert.ok(diagnosis.fixes.length > 0);
  });

  it('of a chain is the cause that its code names', () => {
    const table: readonly (readonly [code: string, message: string, cause: string])[] = [
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'self-signed'],
      ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'issuer-unknown'],
      ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', 'intermediate-missing'],
      ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate', 'issuer-unknown'],
      ['CERT_HAS_EXPIRED', 'certificate has expired', 'expired'],
      ['CERT_NOT_YET_VALID', 'certificate is not yet valid', 'not-yet-valid'],
      ['PERMITTED_VIOLATION', 'permitted subtree violation', 'name-forbidden-by-ca'],
      ['CERT_REVOKED', 'certificate revoked', 'chain-not-accepted'],
    ];
    for (const [code, message, cause] of table) {
      const diagnosis = explained(Object.assign(new Error(message), { code }));
      assert.equal(diagnosis.cause?.code, cause, code);
      assert.equal(diagnosis.findings.length, 1, code);
      assert.ok(diagnosis.fixes.length > 0, code);
    }
  });

  it('of a self-signed certificate gets the code of the client at hand once the host is known', () => {
    const error = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const { fixes } = explained(error, { client: 'pg', asked: 'db.test:5433' });
    assert.match(
      fixes.map(({ code }) => code ?? '').join('\n'),
      /import pg.*host: 'db\.test',\n\s+port: 5433/s,
    );
  });

  it('of a self-signed certificate can be the default one that a client without server name gets', () => {
    const error = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const { cause, findings, fixes } = explained(error, { client: 'redis', asked: 'cache.test:6380' });
    assert.equal(cause?.code, 'self-signed');
    const doubt = findings.find(({ code }) => code === 'sni-not-sent');
    assert.equal(doubt?.severity, 'note');
    assert.match(doubt.message, /^node-redis sends no server name \(SNI\) unless it is given one/);
    const fix = fixes.find((each) => each.for === 'sni-not-sent');
    assert.match(fix?.code ?? '', /servername: 'cache\.test'/);
    assert.ok(!explained(error, { client: 'https', asked: 'cache.test' }).findings[1]);
  });

  it('of an alert is read by its number', async () => {
    const table: readonly (readonly [number: number, cause: string])[] = [
      [112, 'sni-refused'],
      [40, 'handshake-failed'],
      [70, 'protocol-version'],
      [80, 'handshake-failed'],
    ];
    for (const [number, cause] of table) {
      const port = await answer(Buffer.of(0x15, 3, 3, 0, 2, 2, number));
      const error = await failure({ port, servername: 'shop.test' });
      for (const asked of ['shop.test', undefined]) {
        const diagnosis = explained(error, asked === undefined ? {} : { asked });
        assert.equal(diagnosis.cause?.code, cause, `alert ${number}`);
        const outcome = diagnosis.attempts[0]?.outcome;
        assert.equal(outcome?.kind === 'alert' && outcome.alert.number, number);
      }
    }
    const words =
      'C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:s3.c:916:SSL alert number 116';
    const required = Object.assign(new Error(words), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
    assert.equal(explained(required).cause?.code, 'client-certificate-required');
  });

  it('of another protocol and of a closed connection names the place only where it is known', async () => {
    const plain = await answer(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const closed = await answer(null);
    const notTls = await failure({ port: plain, servername: 'shop.test' });
    assert.equal(explained(notTls).cause?.code, 'not-tls');
    assert.doesNotMatch(explained(notTls).cause?.message ?? '', /:\d+ |shop/);
    const placed = explained(notTls, { asked: `https://shop.test:${plain}/` });
    assert.match(placed.cause?.message ?? '', new RegExp(`^shop\\.test:${plain} speaks`));
    // Node's own error of a closed connection says where it was dialled.
    const error = await failure({ port: closed, host: 'localhost', servername: 'shop.test' });
    const { cause, names, verdict } = explained(error);
    assert.equal(cause?.code, 'reset');
    assert.equal(verdict, 'refused');
    assert.deepEqual([names.asked.value, names.dialled.port], ['localhost', closed]);
  });

  it('of an address as server name, which Node 26 throws', () => {
    const message =
      "The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted.. Received '127.0.0.1'";
    const error = Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
    const diagnosis = explained(error);
    assert.equal(diagnosis.cause?.code, 'sni-is-ip');
    assert.deepEqual(diagnosis.names.sent, { value: '127.0.0.1', from: 'unknown' });
    assert.equal(diagnosis.attempts[0]?.outcome.kind, 'client-refused');
    if (Number(process.versions.node.split('.')[0]) < 26) return;
    assert.throws(
      // altname-ignore-next-line no-ip-servername: an error of such a call is explained
      () => connect({ port: 9, servername: '127.0.0.1' }),
      (thrown) => explained(thrown).cause?.code === 'sni-is-ip',
    );
  });
});

describe('asked and checked', () => {
  it('localhost that nobody asked for is the default of Node', async () => {
    const port = await serve(['db.test']);
    const error = await failure({ port, servername: 'localhost', ca: root.cert });
    const diagnosis = explained(error, { asked: 'db.test', client: 'pg' });
    assert.equal(diagnosis.cause?.code, 'checked-defaulted-to-localhost');
    assert.deepEqual(diagnosis.names.checked, { value: 'localhost', from: 'default-localhost' });
    assert.match(codeFix(diagnosis).code ?? '', /checkServerIdentity\('db\.test'/);
    // Without the name asked for it may have been localhost that was meant.
    assert.equal(explained(error).cause?.code, 'name-mismatch');
    assert.equal(explained(error, { asked: 'localhost' }).cause?.code, 'name-mismatch');
    assert.equal(explained(error, { client: 'postgres', asked: 'localhost' }).findings.length, 1);
    const doubt = explained(error, { client: 'postgres' });
    assert.equal(doubt.cause?.code, 'name-mismatch');
    assert.deepEqual(
      doubt.findings.filter(({ severity }) => severity === 'note').map(({ code }) => code),
      ['checked-defaulted-to-localhost'],
    );
  });

  it('a Host header that became the server name is told by the configuration of the request', async () => {
    const port = await serve(['api.test']);
    const sent = request({
      port,
      host: '127.0.0.1',
      ca: root.cert,
      // altname-ignore-next-line no-host-header-as-servername: an error of such a call is explained
      headers: { Host: 'site.test:8080' },
    }).end();
    const [error] = (await once(sent, 'error')) as [Error];
    // As axios wraps it.
    const wrapped = Object.assign(new Error(error.message, { cause: error }), {
      isAxiosError: true,
      config: {
        url: `https://user:secret@api.test:${port}/v1?token=secret`,
        headers: { Host: 'site.test:8080' },
      },
    });
    const diagnosis = explained(wrapped);
    assert.equal(diagnosis.client, 'axios');
    assert.equal(diagnosis.cause?.code, 'sni-from-host-header');
    assert.deepEqual(diagnosis.names.sent, { value: 'site.test', from: 'host-header' });
    assert.deepEqual(diagnosis.names.host, { value: 'site.test:8080', from: 'host-header' });
    assert.equal(diagnosis.target, `https://api.test:${port}`);
    assert.doesNotMatch(JSON.stringify(diagnosis), /secret|v1/);
    assert.match(codeFix(diagnosis).code ?? '', /servername: 'api\.test'/);
  });

  it('a reverse proxy checks the Host header of its own client', async () => {
    const error = await failure({
      port: await serve(['api.test']),
      servername: 'site.test',
      ca: root.cert,
    });
    const diagnosis = explained(error, { client: 'http-proxy', asked: 'https://api.test/' });
    assert.equal(diagnosis.names.checked.from, 'host-header');
    assert.equal(diagnosis.cause?.code, 'sni-from-host-header');
  });

  it('what a client sends when it is told nothing is not stated as seen', async () => {
    const port = await serve(['*.provider.test']);
    const error = await failure({ port, servername: 'cache.shop.example', ca: root.cert });
    const { findings, names } = explained(error, { client: 'ioredis', asked: 'cache.shop.example:6379' });
    const silent = findings.find(({ code }) => code === 'sni-not-sent');
    assert.match(silent?.message ?? '', /^ioredis sends no server name \(SNI\) unless it is given one/);
    assert.deepEqual(names.sent, { value: null, from: 'unknown' });
  });
});

describe('a wrapped error', () => {
  let inner: Error;
  before(async () => {
    inner = await failure({ port: await serve(['shop.test']), servername: 'other.test', ca: root.cert });
  });

  it('is found through whatever clients keep it in', () => {
    const deep = Array.from({ length: 10 }).reduce<Error>((cause) => new Error('outer', { cause }), inner);
    const shapes: Record<string, unknown> = {
      cause: new Error('outer', { cause: inner }),
      'ten causes': deep,
      AggregateError: new AggregateError([new Error('no'), inner], 'all failed'),
      'settled promise': { status: 'rejected', reason: inner },
      array: [null, undefined, inner],
      'error event': { type: 'error', error: inner },
      lastNodeError: Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: inner }),
      originalError: Object.assign(new Error('x'), { originalError: inner }),
      previousErrors: Object.assign(new Error('x'), { previousErrors: [new Error('y'), inner] }),
      'servers of mongodb': Object.assign(new Error('x'), {
        reason: { servers: new Map([['a.test:27017', { address: 'a.test:27017', error: inner }]]) },
      }),
      'heartbeat event': { failure: inner },
      cycle: cyclic(inner),
    };
    for (const [name, shape] of Object.entries(shapes)) {
      const diagnosis = explained(shape);
      assert.equal(diagnosis.cause?.code, 'name-mismatch', name);
      assert.equal(diagnosis.names.checked.value, 'other.test', name);
      assert.deepEqual(diagnosis.names.presented?.dns, ['shop.test'], name);
    }
  });

  it('that lost its code keeps its certificate', () => {
    for (const code of ['ESOCKET', 'HANDSHAKE_SSL_ERROR', undefined]) {
      const error = Object.assign(Object.create(inner) as Error, { code });
      assert.deepEqual(explained(error).names.presented?.dns, ['shop.test']);
      assert.equal(explained(error).node.error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    }
  });

  it('the one that says most is taken', () => {
    const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:443'), { code: 'ECONNREFUSED' });
    assert.equal(explained(new AggregateError([refused, expired])).cause?.code, 'expired');
    assert.equal(explained(new AggregateError([expired, inner])).names.checked.value, 'other.test');
  });

  it('that is only text says what a pasted text says', () => {
    for (const [host, san] of [
      ['a.b.shop.test', 'DNS:*.shop.test'],
      ['www.shop.test', 'DNS:shop.test'],
      ['shop.example', 'DNS:x.traefik.default'],
      ['10.0.1.6', 'DNS:db.internal'],
      ['10.0.1.6', 'IP Address:10.0.1.7'],
      ['[::1]', 'DNS:shop.test'],
    ] as const) {
      const error = checkServerIdentity(host, {
        subject: {},
        subjectaltname: san,
      } as unknown as PeerCertificate);
      const text = `14 UNAVAILABLE: No connection established. Last error: Error: ${error?.message}`;
      const diagnosis = explained(new Error(text));
      assert.equal(diagnosis.cause?.code, explainText(text)[0]?.causes[0]?.code, text);
      assert.equal(diagnosis.names.checked.value, host);
      assert.equal(diagnosis.certificate, null);
      assert.ok(diagnosis.fixes.length > 0, text);
      const shown = diagnosis.names.presented;
      if (shown === null) assert.match(formatPretty(diagnosis), /presented +│ +\(unknown\)/);
      else assert.ok(shown.dns.length > 0, text);
    }
  });

  it('that is only the text of our own check says what that was', () => {
    const table: readonly (readonly [
      dns: string[],
      host: string,
      cause: string,
      presented: string[] | null,
    ])[] = [
      [['*.shop.test', 'shop.test'], 'a.eu.shop.test', 'wildcard-depth', ['*.shop.test', 'shop.test']],
      [['expected.test'], 'localhost', 'name-mismatch', ['expected.test']],
      [
        ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'f.test'],
        'g.test',
        'name-mismatch',
        ['a.test', 'b.test', 'c.test', 'd.test', 'e.test'],
      ],
      [['db.shop.test'], '127.0.0.1', 'ip-not-on-certificate', null],
    ];
    for (const [dns, host, cause, presented] of table) {
      const own = strictCheck(host, {
        subject: {},
        subjectaltname: dns.map((name) => `DNS:${name}`).join(', '),
      });
      for (const text of [
        own?.message ?? '',
        `RequestError: ${own?.message}`,
        JSON.stringify({ error: own?.message }),
      ]) {
        const diagnosis = explained(new Error(text));
        assert.equal(diagnosis.cause?.code, cause, text);
        assert.equal(diagnosis.names.checked.value, host);
        const known = presented !== null && presented.length === dns.length;
        assert.deepEqual(diagnosis.names.presented?.dns ?? null, known ? presented : null);
      }
    }
  });

  it('a text where an error was due is read too', () => {
    assert.equal(explained('Error: self-signed certificate').cause?.code, 'self-signed');
    assert.equal(explained(inspect(inner)).names.checked.value, 'other.test');
    const parsed: unknown = JSON.parse(JSON.stringify({ name: inner.name, message: inner.message }));
    assert.deepEqual(explained(parsed).names.presented?.dns, ['shop.test']);
  });
});

describe('no TLS failure', () => {
  it('is null', () => {
    const nothing: unknown[] = [
      undefined,
      null,
      0,
      '',
      'x',
      Symbol('x'),
      () => {},
      {},
      [],
      new Map(),
      new Error('boom'),
      new Error(''),
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('getaddrinfo ENOTFOUND x.test'), { code: 'ENOTFOUND' }),
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_ARG_VALUE' }),
      new TypeError('fetch failed', { cause: new Error('Connect Timeout Error') }),
      Object.assign(new Error('Reached the max retries per request limit (which is 20).'), {
        name: 'MaxRetriesPerRequestError',
      }),
      { host: 'a.test', cert: {} },
    ];
    for (const value of nothing) assert.equal(explainError(value), null, inspect(value));
  });
});

describe('the call site', () => {
  const error = (stack: string): Error => Object.assign(new Error('self-signed certificate'), { stack });
  const site = (stack: string, cwd = '/srv/app'): string | null =>
    diagnoseError(error(stack), {
      now: new Date(),
      cwd,
      node: { version: 'v24.0.0', openssl: '3.5.0' },
      client: null,
      asked: null,
    })?.app?.callSite ?? null;

  it("is the first frame that is neither Node's nor of a package", () => {
    assert.equal(
      site(`Error: x
    at TLSSocket.onConnectSecure (node:_tls_wrap:1709:27)
    at new Promise (<anonymous>)
    at async Promise.all (index 0)
    at runRequest (file:///srv/app/node_modules/@elastic/transport/esm/Transport.js:662:35)
    at async pay (file:///srv/app/src/pay%20later.ts:42:18)
    at async file:///srv/app/src/main.ts:1:1`),
      'src/pay later.ts:42:18',
    );
    assert.equal(site('Error: x\n    at /srv/app/app/(shop)/page.js:3:7'), 'app/(shop)/page.js:3:7');
    assert.equal(site('Error: x\n    at f (/srv/lib/src/a.js:3:7)'), '../lib/src/a.js:3:7');
    assert.equal(
      site('Error: x\n    at f (webpack-internal:///./src/a.ts:3:7)'),
      'webpack-internal:///./src/a.ts:3:7',
    );
  });

  it('is null without one', () => {
    assert.equal(site(''), null);
    assert.equal(site('Error: at x (y)\n    at node:internal/deps/undici/undici:14976:13'), null);
    assert.equal(
      site('Error\n    at f (/srv/app/node_modules/.pnpm/got@1/node_modules/got/index.js:1:1)'),
      null,
    );
  });

  it('is taken from the error nearest to the failure', () => {
    const cause = error('Error: x\n    at call (/srv/app/src/call.js:5:9)');
    const outer = Object.assign(new Error('payment failed', { cause }), {
      stack: 'Error: payment failed\n    at wrap (/srv/app/src/wrap.js:1:1)',
    });
    const around = { now: new Date(), cwd: '/srv/app', node: { version: 'v24.0.0', openssl: '' } };
    const { app } = diagnoseError(outer, { ...around, client: null, asked: null }) as Diagnosis;
    assert.equal(app?.callSite, 'src/call.js:5:9');
  });

  it('a library that only called the application is not the client', () => {
    const cause = error(`Error: x
    at handler (/srv/app/src/handler.js:5:9)
    at eachMessage (/srv/app/node_modules/kafkajs/src/consumer/runner.js:1:1)`);
    assert.equal(explained(cause).client, null);
  });
});

describe('hostile values', () => {
  it('do not throw, and are bounded', { timeout: 20_000 }, () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const revokedArray = Proxy.revocable([], {});
    revokedArray.revoke();
    const endless: object = new Proxy({}, { get: (_, key) => (key === 'message' ? 'x' : endlessOf()) });
    function endlessOf(): object {
      return new Proxy([], { get: (_target, key) => (key === 'length' ? 2 ** 40 : endlessError()) });
    }
    function endlessError(): object {
      return new Proxy({}, { get: (_, key) => (key === 'message' ? 'm'.repeat(1000) : endlessOf()) });
    }
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
        has: () => {
          throw new Error('trap');
        },
      },
    );
    const wide = new AggregateError(Array.from({ length: 100_000 }, (_, i) => new Error(`e${i}`)));
    const names = Array.from({ length: 200_000 }, (_, i) => `DNS:n${i}.test`).join(', ');
    const values: unknown[] = [
      revoked.proxy,
      revokedArray.proxy,
      endless,
      throwing,
      new Error('x', { cause: throwing }),
      Object.create(Map.prototype),
      { servers: Object.create(Map.prototype) as unknown },
      wide,
      new Error(`Host: a. is not in the cert's altnames: ${names}`),
      new Error(' is not '.repeat(500_000)),
      new Error('https://'.repeat(500_000)),
      { message: 'self-signed certificate', stack: '    at ('.repeat(100_000), code: {} },
      { message: { toString: () => 'x' }, cause: { valueOf: throwing } },
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'a.test', cert: throwing, message: '' },
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'a.test', cert: { raw: new Uint8Array(1 << 20) } },
      {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        host: 'a.test',
        cert: { raw: Buffer.from('3003020100', 'hex') },
      },
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: '\u001b[2J', cert: { subjectaltname: 'DNS:\u001b[31m' } },
      {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        host: 'a.test',
        cert: { subject: { CN: [1, {}] }, subjectaltname: 'DNS:x' },
      },
    ];
    for (const value of values) {
      const started = performance.now();
      const diagnosis = explainError(value);
      assert.ok(performance.now() - started < 3000);
      if (diagnosis === null) continue;
      assert.doesNotMatch(formatPretty(diagnosis), /\u001b/);
      assert.ok(formatJson(diagnosis).length < 3_000_000);
    }
  });

  it('a chain of certificates that goes in a circle, or on for ever, ends', async () => {
    const error = await failure({ port: await serve(['shop.test']), servername: 'x.test', ca: root.cert });
    const certificate = (error as Error & { cert: PeerCertificate }).cert;
    const grown = {
      raw: certificate.raw,
      get issuerCertificate(): unknown {
        return { ...grown };
      },
    };
    const { attempts } = explained(Object.assign(Object.create(error) as Error, { cert: grown }));
    const outcome = attempts[0]?.outcome;
    assert.equal(outcome?.kind === 'handshake' && outcome.chain.length, 1);
  });

  it('property: whatever is thrown, the answer is null or a diagnosis that can be printed', () => {
    const word = fc.constantFrom(
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Host: a.test. is not in the cert's altnames: DNS:b.test",
      'CERT_HAS_EXPIRED',
      'EPROTO',
      'SSL routines:f:tlsv1 unrecognized name:x:SSL alert number 112',
      'fetch failed',
      'request to https://u:geheim@a.test/geheim failed',
      'localhost',
      '127.0.0.1',
      'https://u:geheim@a.test:8443/geheim?geheim#geheim',
      'KafkaJSConnectionError',
      '\u001b]0;x\u0007',
    );
    const leaf = fc.oneof(
      word,
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 20 }),
    );
    const keys = fc.constantFrom(
      ...[
        'message',
        'code',
        'name',
        'stack',
        'cause',
        'errors',
        'reason',
        'host',
        'cert',
        'raw',
        'config',
        'url',
      ],
      ...[
        'options',
        'headers',
        'servers',
        'details',
        'issuerCertificate',
        'subjectaltname',
        'broker',
        'target',
        'port',
      ],
    );
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5, depthSize: 'medium' },
        leaf,
        fc.dictionary(keys, tie('node'), { maxKeys: 8 }),
        fc.array(tie('node'), { maxLength: 4 }),
      ),
    })).node;
    const secretFree = fc.record({ value: tree });
    fc.assert(
      fc.property(secretFree, ({ value }) => {
        const diagnosis = explainError(value);
        if (diagnosis === null) return;
        assert.equal(diagnosis.version, 1);
        assert.notEqual(diagnosis.verdict, 'accepted');
        assert.ok(validate(JSON.parse(formatJson(diagnosis))), inspect(validate.errors));
        assert.doesNotMatch(formatPretty(diagnosis), /[\u0007\u001b]/);
        assert.doesNotMatch(formatJson(diagnosis), /https:\/\/[^"]*geheim/);
      }),
      { numRuns: 3000 },
    );
  });

  it('the same error gives the same diagnosis', async () => {
    const error = await failure({ port: await serve(['shop.test']), servername: 'x.test', ca: root.cert });
    const now = new Date('2026-11-23T12:00:00Z');
    assert.deepEqual(explainError(error, { now }), explainError(error, { now }));
    assert.equal(explainError(error, { now })?.clock, '2026-11-23T12:00:00.000Z');
  });
});

describe('options', () => {
  it('that are wrong are refused in one line, without credentials', () => {
    const bad = { name: 'AltnameError', code: 'ALTNAME_BAD_OPTION' };
    assert.throws(() => explainError(null, { client: 'curl' as 'got' }), bad);
    assert.throws(() => explainError(null, { client: 'toString' as 'got' }), bad);
    assert.throws(() => explainError(null, { now: new Date(Number.NaN) }), bad);
    for (const asked of ['', 'https://', 'a b', 'https://u:geheim@a b/', 'a:99999']) {
      assert.throws(
        () => explainError(null, { asked }),
        (thrown) => {
          assert.ok(thrown instanceof Error && !thrown.message.includes('geheim'), asked);
          return (thrown as Error & { code: string }).code === 'ALTNAME_BAD_OPTION';
        },
      );
    }
  });
});

function explained(error: unknown, options?: Parameters<typeof explainError>[1]): Diagnosis {
  const diagnosis = explainError(error, options);
  assert.ok(diagnosis !== null, inspect(error).slice(0, 500));
  assert.ok(validate(JSON.parse(formatJson(diagnosis))), inspect(validate.errors));
  return diagnosis;
}

function codeFix({ fixes }: Diagnosis): Diagnosis['fixes'][number] {
  const fix = fixes.find(({ who, code }) => who === 'client' && code !== null);
  assert.ok(fix !== undefined, inspect(fixes));
  return fix;
}

function cyclic(inner: Error): Error {
  const outer = new Error('outer', { cause: inner });
  return Object.assign(new Error('more', { cause: outer }), { errors: [outer, inner], error: outer });
}

/** A TLS server on loopback with a certificate for these names. */
async function serve(names: readonly string[]): Promise<number> {
  const { chain, key } = await root.issue({ names });
  const listener = await listenTls({ cert: chain, key });
  listeners.push(listener);
  return listener.port;
}

/** A server that answers the first octets with others; null closes the connection. */
async function answer(octets: Buffer | null): Promise<number> {
  const listener = await listen((socket) => {
    socket.once('data', () => (octets === null ? socket.destroy() : socket.end(octets)));
  });
  listeners.push(listener);
  return listener.port;
}

/** The error of a connection that fails. */
async function failure(options: ConnectionOptions): Promise<Error> {
  const socket = connect({ host: '127.0.0.1', ...options });
  const [error] = (await once(socket, 'error')) as [Error];
  socket.destroy();
  return error;
}
