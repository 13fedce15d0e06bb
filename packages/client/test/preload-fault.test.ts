import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { program, register, runNode, temporaryFolder, type Ended } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// Faults of the preload itself, made on purpose: told once, and the program's result is what it is without.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), https = require('https'), fs = require('fs'), { EventEmitter } = require('events');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const print = (...all) => console.log(...all);
const get = (port, options) => new Promise((resolve) => https.get({ ca, host: 'localhost', port, agent: false, ...options }, (response) => response.on('data', (data) => print(String(data))).on('end', resolve)).on('error', (error) => resolve(print(error.code))));
`;

/** A copy of the preload in a folder with a name that has to be quoted. */
function copy(): string {
  const folder = join(temporaryFolder(), `a "copy" of it`);
  mkdirSync(folder);
  cpSync(dirname(register), folder, { recursive: true });
  return join(folder, 'register.cjs');
}

async function result(text: string, preload: string | null): Promise<Ended> {
  const file = program(head + text);
  return await runNode(file, { env: servers.env, node: preload === null ? [] : ['-r', preload] });
}

/** Runs a program without, and with a preload that has a fault. @returns what was told */
async function told(text: string, preload: string): Promise<string> {
  const [without, watched] = await Promise.all([result(text, null), result(text, preload)]);
  const { stderr, ...rest } = watched;
  assert.deepEqual({ ...rest, stderr: '' }, without);
  return stderr;
}

const requests = `get(WRONG).then(() => get(WRONG, { servername: 'b.test' })).then(() => get(RIGHT)).then(() => process.exitCode = 6);`;

const once = /^altname: a fault of altname itself; it steps aside and the program goes on\. [^]+\n$/;

describe('a fault of the preload', () => {
  for (const [what, harm] of [
    ['a missing file', (witness: string) => rmSync(witness)],
    [
      'a file that is cut off',
      (witness: string) => writeFileSync(witness, readFileSync(witness, 'utf8').slice(0, 2000)),
    ],
    [
      'a part that throws as it is loaded',
      (witness: string) => writeFileSync(witness, 'throw new TypeError("broken");'),
    ],
    ['a part that throws something else', (witness: string) => writeFileSync(witness, 'throw null;')],
    ['a part that is not what it should be', (witness: string) => writeFileSync(witness, '')],
    [
      'a part that throws when it is asked',
      (witness: string) =>
        writeFileSync(
          witness,
          'exports.witness = () => ({ failed() { throw new Error("b\\u001b[31mroken"); } });',
        ),
    ],
  ] as const) {
    it(`${what} is told once, and it steps aside`, async () => {
      const preload = copy();
      harm(join(dirname(preload), 'witness.cjs'));
      const text = await told(requests, preload);
      assert.match(text, once);
      assert.equal(text.match(/^altname:/gm)?.length, 1, text);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /\u001b/);
    });
  }

  it('puts everything back', async () => {
    const preload = copy();
    rmSync(join(dirname(preload), 'witness.cjs'));
    const earlier = program(`
      const kept = () => [require('tls').connect, require('tls').createSecureContext, require('net').Socket.prototype.connect, require('http').Agent.prototype.addRequest, require('http').Agent.prototype.createSocket, require('events').init];
      globalThis.before = kept();
      globalThis.same = () => kept().map((each, index) => each === globalThis.before[index]).join();
    `);
    const late = `new (class extends https.Agent { createSocket(...all) { super.createSocket(...all); } })();`;
    const file = program(`${head} ${late} print(same()); get(WRONG).then(() => print(same()));`);
    const { stdout } = await runNode(file, { env: servers.env, node: ['-r', earlier, '-r', preload] });
    assert.equal(
      stdout,
      'false,false,false,false,false,false\nERR_TLS_CERT_ALTNAME_INVALID\ntrue,true,true,true,true,true\n',
    );
  });

  it('is none where the program has frozen what would be replaced', async () => {
    const freeze = `Object.freeze(require('http').Agent.prototype); Object.freeze(require('net').Socket.prototype);`;
    // Nothing but what is made beforehand can print to a pipe then.
    const file = program(`${head} process.stdout; process.stderr; ${freeze} get(WRONG);`);
    const { stdout, stderr } = await runNode(file, { env: servers.env, node: ['-r', register] });
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.match(stderr, /a TLS connection of this program failed/);
    assert.doesNotMatch(stderr, /fault/);
  });

  for (const [what, poison] of [
    [
      'Map',
      `for (const name of ['get', 'set', 'has']) Map.prototype[name] = () => { throw new Error('poisoned'); };`,
    ],
    [
      'WeakMap',
      `for (const name of ['get', 'set']) WeakMap.prototype[name] = () => { throw new Error('poisoned'); };`,
    ],
    [
      'Array',
      `for (const name of ['map', 'flatMap', 'find', 'filter']) Array.prototype[name] = () => { throw new Error('poisoned'); };`,
    ],
    [
      'JSON and String',
      `JSON.stringify = () => { throw new Error('poisoned'); }; for (const name of ['padEnd', 'trimEnd', 'repeat']) String.prototype[name] = () => { throw new Error('poisoned'); };`,
    ],
    [
      'Object.prototype',
      `Object.defineProperty(Object.prototype, 'get', { configurable: true, writable: true, value: () => { throw new Error('poisoned'); } }); Object.prototype.extra = 'x';`,
    ],
  ] as const) {
    it(`comes of a poisoned ${what}, and goes by`, async () => {
      // The program itself does not use them once they are poisoned; Node holds copies of its own.
      const text = await told(
        `const socket = () => tls.connect({ host: 'localhost', port: WRONG, ca });
         const write = (text) => fs.writeSync(1, text);
         ${poison}
         socket().on('error', (error) => { write(error.code); socket().on('error', (error) => { write(error.code); process.reallyExit(0); }); });`,
        register,
      );
      assert.ok((text.match(/^altname:/gm)?.length ?? 0) <= 1, text);
    });
  }
});

describe('the preload, more than once', () => {
  it('from two copies and both ways watches once', async () => {
    const other = copy();
    const file = program(`${head} print(tls.connect.toString().includes('captured')); get(WRONG);`);
    const { stdout, stderr } = await runNode(file, {
      env: { ...servers.env, NODE_OPTIONS: `--require "${other.replace(/[\\"]/g, '\\$&')}"` },
      node: ['-r', register, '--import', pathToFileURL(register).href, '--import', pathToFileURL(other).href],
    });
    assert.equal(stdout, 'true\nERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.equal(stderr.match(/a TLS connection of this program failed/g)?.length, 1);
  });

  it('sees what was taken before, and harms nothing', async () => {
    const file = program(`${head}
      const { connect } = tls;
      require(${JSON.stringify(register)});
      connect({ host: 'localhost', port: WRONG, ca }).on('error', ({ code }) => (print(code), get(WRONG)));
    `);
    const { stdout, stderr } = await runNode(file, { env: servers.env });
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\nERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.equal(stderr.match(/a TLS connection of this program failed/g)?.length, 2);
  });
});

describe('a Node that is too old', () => {
  it('loads nothing, and can read what it loads', () => {
    const text = readFileSync(register, 'utf8');
    // A file as every Node can read it: nothing of the language since 2009.
    assert.ok(text.length < 1000, 'the part that is watched is another file');
    assert.doesNotMatch(text, /=>|\blet\b|\bconst\b|\bclass\b|`|\?\?|\?\./);
    const loaded: string[] = [];
    const require = (name: string): void => void loaded.push(name);
    runInNewContext(text, { require, process: { version: 'v12.22.0' } });
    assert.deepEqual(loaded, []);
    runInNewContext(text, { require, process: { getBuiltinModule() {} } });
    assert.equal(loaded.length, 1);
  });
});
