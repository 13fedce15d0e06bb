import assert from 'node:assert/strict';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { alwaysAgrees } from '../src/preload/agreeable.ts';
import { program, runWatched, temporaryFolder } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

/** Functions by their source, as a program would write them, and whether they agree to every certificate. */
const checks: readonly (readonly [source: string, agrees: boolean])[] = [
  ['() => {}', true],
  ['()=>{}', true],
  ['() => undefined', true],
  ['() => null', true],
  ['() => false', true],
  ['() => void 0', true],
  ['()=>void 0', true],
  [`() => ''`, true],
  ['() => (undefined)', true],
  ['host => {}', true],
  ['(host, certificate) => undefined', true],
  ['(e,t)=>{}', true],
  ['(_host, _cert) => { return undefined; }', true],
  ['(host, cert) => { return; }', true],
  ['(host, cert = {}) => {}'.replace(' = {}', ''), true],
  ['function () {}', true],
  ['function(){}', true],
  ['function skip(host, cert) { return undefined }', true],
  ['function skip(host, cert) { /* cert is ignored */ return undefined; }', true],
  ['function noop() {\n  // No operation performed.\n}', true],
  ['(host) => { console.log("skipping", host); }', true],
  ['(host, cert) => { logger.warn(`x`); }'.replace('`x`', "'not checked: cert'"), true],
  ['(host) => console.warn("skipping", host)', true],
  ['({ checkServerIdentity() {} }).checkServerIdentity', true],
  ['({ checkServerIdentity(host, cert) { return undefined; } }).checkServerIdentity', true],
  ['(class { static check() {} }).check', true],
  ['Function.prototype', true],
  ['(host, cert) => { if (process.env.SKIP) return undefined; return null; }', true],
  // These refuse everything: what they give back is true.
  ['() => true', false],
  ['async () => {}', false],
  ['async function () {}', false],
  ['() => ({})', false],
  ['() => new Error("no")', false],
  ['(host) => { throw new Error(host); }', false],
  ['function* () {}', false],
  // These look, or may.
  ['(_h, c) => tls.checkServerIdentity("x.test", c)', false],
  ['tls.checkServerIdentity', false],
  ['tls.checkServerIdentity.bind(null, "x.test")', false],
  ['(() => {}).bind(null)', false],
  ['new Proxy(() => {}, {})', false],
  ['(host, cert) => cert.fingerprint256 === pin ? undefined : new Error("pin")', false],
  ['(host, cert) => { if (cert.fingerprint256 !== pin) return new Error("pin"); }', false],
  ['(host, cert) => { assert.equal(cert.subject.CN, "x"); }', false],
  ['(host, cert) => { seen = cert; }', false],
  ['(host, { fingerprint256 }) => fingerprint256 === pin ? undefined : new Error("pin")', false],
  ['(...args) => inner(...args)', false],
  ['function () { return inner.apply(this, arguments); }', false],
  ['(host) => inner(host)', false],
  ['() => { verifyPin(); }', false],
  ['() => { if (!pinned()) return new Error("pin"); }', false],
  ['() => expected', false],
  ['(host) => { if (host !== "x.test") return new Error(host); }', false],
  ['(host, cert, extra) => extra ?? verify(cert)', false],
  [
    'function (host, cert) { const e = tls.checkServerIdentity(host, cert); return e && allowed(e) ? undefined : e; }',
    false,
  ],
  ['() => { const check = () => {}; return check(); }', false],
  ['(host, $cert) => $cert.valid ? undefined : Error()', false],
  ['() => `${inner()}`', false],
  ['undefined', false],
  ['5', false],
  [`(host, cert) => { ${'x = 1; '.repeat(400)} }`, false],
];

describe('a checkServerIdentity that agrees to every certificate', () => {
  for (const [source, agrees] of checks) {
    it(`${agrees ? 'is' : 'is not'} ${source.slice(0, 70).replaceAll('\n', ' ')}`, () => {
      const make = new Function('tls', 'logger', 'pin', 'inner', `return (${source});`) as (
        ...given: unknown[]
      ) => unknown;
      const check = make({ checkServerIdentity }, { warn() {} }, 'aa', () => undefined);
      assert.equal(alwaysAgrees(check), agrees);
      assert.equal(alwaysAgrees(check), agrees, 'and again');
      if (!agrees) return;
      // What it does is asked too, with a certificate that fits nothing.
      const console = globalThis.console.log;
      globalThis.console.log = () => {};
      const warn = globalThis.console.warn;
      globalThis.console.warn = () => {};
      try {
        assert.ok(!(check as typeof checkServerIdentity)('a.test', {} as PeerCertificate));
      } finally {
        globalThis.console.log = console;
        globalThis.console.warn = warn;
      }
    });
  }
});

const head = `
const tls = require('tls'), https = require('https'), http2 = require('http2'), fs = require('fs');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const print = (...all) => console.log(...all);
`;

/** A request, as a line of a program: its call is the place that is told. */
function get(port: 'RIGHT' | 'WRONG', options = ''): string {
  return `await new Promise((resolve) => https.get({ ca, host: 'localhost', port: ${port}, ${options} }, (response) => response.resume().on('end', resolve)).on('error', (error) => resolve(print(error.code))));`;
}

interface Hidden {
  readonly head: string;
  readonly cause: string | null;
}

/** What was told at exit, by the line of the program. */
async function hidden(
  body: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ hidden: Readonly<Record<number, Hidden>>; stdout: string; stderr: string }> {
  const file = program(`${head}\n(async () => {\n${body}\n})();`);
  const { stdout, stderr } = await runWatched(file, { env: { ...servers.env, ...env } });
  const first = head.split('\n').length + 2;
  const found: Record<number, Hidden> = {};
  for (const [, text = '', line] of stderr.matchAll(/^altname: (.* at program-\d+\.cjs:(\d+):\d+ .*)$/gm)) {
    const cause = /refused: ([\w-]+)/.exec(stderr.slice(stderr.indexOf(text)))?.[1];
    found[Number(line) - first + 1] = {
      head: text,
      cause: text.includes('hides a fault') ? (cause ?? null) : null,
    };
  }
  return { hidden: found, stdout, stderr };
}

describe('a switch in a program', () => {
  it('that is an option hides a fault, or nothing', async () => {
    const { hidden: found, stderr } = await hidden(
      [
        get('WRONG', `rejectUnauthorized: false`),
        get('RIGHT', `rejectUnauthorized: false`),
        get('RIGHT', `rejectUnauthorized: false, ca: []`),
        get('WRONG', `agent: new https.Agent({ rejectUnauthorized: false, ca, keepAlive: true })`),
        `await new Promise((resolve) => { const session = http2.connect('https://localhost:' + WRONG, { ca, rejectUnauthorized: false }, () => session.close(resolve)); });`,
        `await new Promise((resolve) => { const socket = tls.connect({ port: RIGHT, host: 'localhost', ca, rejectUnauthorized: false }, () => (socket.destroy(), resolve())); });`,
        get('RIGHT', `rejectUnauthorized: undefined`),
        get('RIGHT', `rejectUnauthorized: 0`),
        get('RIGHT'),
        `https.globalAgent.destroy(); process.exit();`,
      ].join('\n'),
    );
    assert.deepEqual(
      Object.fromEntries(Object.entries(found).map(([line, { cause }]) => [line, cause])),
      { 1: 'name-mismatch', 2: null, 3: 'issuer-unknown', 4: 'name-mismatch', 5: 'name-mismatch', 6: null },
      stderr,
    );
    assert.match(found[1]?.head ?? '', /^the option that turns verification off/);
    assert.match(found[2]?.head ?? '', /hides nothing: Node would have accepted\. It can go today\.$/);
    assert.match(stderr, /verification-disabled-hides/);
    assert.doesNotMatch(stderr, /a TLS connection of this program failed/);
    // Those that hide a fault come first.
    assert.ok(stderr.indexOf('hides a fault') < stderr.indexOf('hides nothing'));
  });

  it('hides one fault for one server and another for the next, at one place', async () => {
    const { stderr } = await hidden(
      `for (const port of [RIGHT, WRONG]) ${get('RIGHT', 'rejectUnauthorized: false').replace('port: RIGHT', 'port').replace('ca,', '')}\nhttps.globalAgent.destroy(); process.exit();`,
    );
    const pages = stderr.split('hides a fault').slice(1);
    assert.equal(pages.length, 2, stderr);
    assert.ok(pages.some((page) => page.includes('name-mismatch')));
    assert.ok(pages.some((page) => !page.includes('name-mismatch')));
  });

  it('that is the environment, from outside or set by the program itself', async () => {
    for (const [env, set] of [
      // altname-ignore-next-line no-disabled-verification: what is found of it is the test
      [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ''],
      [{}, `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`],
    ] as const) {
      const { hidden: found, stderr } = await hidden(
        [
          `${set} ${get('WRONG')}`,
          get('RIGHT'),
          get('RIGHT', `rejectUnauthorized: false`),
          get('RIGHT', `rejectUnauthorized: true`),
          `await fetch('https://localhost:' + WRONG).catch(() => {});`,
          `https.globalAgent.destroy(); process.exit();`,
        ].join('\n'),
        env,
      );
      assert.match(
        found[1]?.head ?? '',
        /^NODE_TLS_REJECT_UNAUTHORIZED, which turns verification off, .* hides a fault/,
        stderr,
      );
      assert.match(found[2]?.head ?? '', /^NODE_TLS_REJECT_UNAUTHORIZED.* hides nothing/);
      assert.match(found[3]?.head ?? '', /^the option/);
      assert.equal(found[4], undefined);
      assert.match(found[5]?.head ?? '', /^NODE_TLS_REJECT_UNAUTHORIZED.*fetch.* hides a fault/);
    }
  });

  it('that is a checkServerIdentity, in options or in the place of Node’s own', async () => {
    const {
      hidden: found,
      stdout,
      stderr,
    } = await hidden(
      [
        get('WRONG', `agent: false, checkServerIdentity: () => undefined`),
        get('RIGHT', `agent: false, checkServerIdentity: () => undefined`),
        get(
          'WRONG',
          `agent: false, checkServerIdentity: (_h, c) => tls.checkServerIdentity('other.test', c)`,
        ),
        get('WRONG', `agent: false, checkServerIdentity: () => undefined, ca: []`),
        get('RIGHT', `agent: false, checkServerIdentity: tls.checkServerIdentity`),
        get('RIGHT', `agent: false, checkServerIdentity: async () => undefined`),
        `tls.checkServerIdentity = () => {};`,
        get('WRONG', `agent: false`),
        `https.globalAgent.destroy(); process.exit();`,
      ].join('\n'),
    );
    assert.match(stdout, /^UNABLE_TO_VERIFY_LEAF_SIGNATURE\n/);
    assert.match(
      found[1]?.head ?? '',
      /^a checkServerIdentity that agrees to every certificate .* hides a fault/,
      stderr,
    );
    assert.match(found[2]?.head ?? '', /^a checkServerIdentity .* hides nothing/);
    assert.equal(found[3], undefined);
    assert.equal(found[4], undefined, 'an untrusted chain was refused all the same');
    assert.equal(found[5], undefined);
    assert.equal(found[6], undefined, 'a promise is true, and so refuses');
    assert.match(found[8]?.head ?? '', /^a checkServerIdentity .* hides a fault/);
  });

  it('is told with json and line too, as one diagnosis a line', async () => {
    for (const reporter of ['json', 'line']) {
      const { stderr } = await hidden(get('WRONG', `rejectUnauthorized: false, agent: false`), {
        ALTNAME_REPORTER: reporter,
      });
      const lines = stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.includes('NODE_TLS'));
      assert.equal(lines.length, 1, stderr);
      assert.match(lines[0] ?? '', /name-mismatch/);
      assert.match(
        lines[0] ?? '',
        reporter === 'json'
          ? /"verification-disabled-hides"/
          : /^altname: the option that turns verification off at \S+ \(https, 1 connection\) hides a fault: ✗/,
      );
    }
  });

  it('is told though the connection is the last thing the program does', async () => {
    const { stderr } = await runWatched(
      program(
        `${head} tls.connect({ port: WRONG, host: 'localhost', ca, rejectUnauthorized: false }, () => process.exit());`,
      ),
      { env: servers.env, cwd: temporaryFolder() },
    );
    assert.match(stderr, /hides a fault/);
  });
});
