import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { program, sameWithPreload, temporaryFolder, type Ended, type Way } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// What a program does to the engine, and the engine to a program: each is run without and with the preload.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), https = require('https'), net = require('net'), fs = require('fs'), { EventEmitter } = require('events');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const print = (...all) => console.log(...all);
const get = (port, options) => new Promise((resolve) => https.get({ ca, host: 'localhost', port, agent: false, ...options }, (response) => response.on('data', (data) => print(String(data))).on('end', resolve)).on('error', (error) => resolve(print(error.code))));
`;

function same(
  text: string,
  node: readonly string[] = [],
  way: Way = 'require',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & { readonly told: string }> {
  return sameWithPreload(program(head + text), { env: { ...servers.env, ...env }, node }, way);
}

const major = Number(process.versions.node.split('.')[0]);

describe('stacks', () => {
  it('are taken though the program wants none, and its limit stays', async () => {
    const { stdout, told } = await same(`
      Error.stackTraceLimit = 0;
      print(new Error('x').stack);
      get(WRONG).then(() => {
        print(Error.stackTraceLimit, JSON.stringify(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')));
        delete Error.stackTraceLimit;
        return get(WRONG);
      }).then(() => print('stackTraceLimit' in Error));
    `);
    assert.match(stdout, /^false$/m);
    assert.match(told, /program-\d+\.cjs:\d+:\d+/);
  });

  it('are never formatted by the program for us, and its way to do so stays', async () => {
    const { stdout, told } = await same(`
      const calls = [];
      const own = (error, frames) => (calls.push(String(error)), 'own ' + error.message);
      Error.prepareStackTrace = own;
      get(RIGHT).then(() => get(WRONG)).then(() => {
        print(calls.length, Error.prepareStackTrace === own, JSON.stringify(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')), new Error('mine').stack, calls.join());
        let set = 0;
        Object.defineProperty(Error, 'prepareStackTrace', { configurable: true, get: () => (print('got'), own), set: () => { set++; } });
        return get(WRONG, { port: WRONG, servername: 'b.test' });
      }).then(() => print(typeof Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace').get));
    `);
    assert.match(stdout, /own mine/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('of a program that freezes Error are as long as it lets them be', async () => {
    const { told } = await same(`
      Error.prepareStackTrace = undefined;
      Object.freeze(Error);
      get(RIGHT).then(() => get(WRONG));
    `);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.doesNotMatch(told, /fault/);
  });

  it('that are used up are the program’s to mend', async () => {
    const { stdout, told } = await same(`
      let depth = 0;
      const down = () => { depth++; new EventEmitter(); new net.Socket(); down(); };
      try { down(); } catch (error) { print(error instanceof RangeError, depth > 500); }
      const dial = () => { tls.connect({ port: RIGHT, ca }).on('error', () => {}).destroy(); dial(); };
      try { new Function('f', 'f(f, 0)')((f, n) => f(f, n + 1)); } catch (error) { print(error.name); }
      get(WRONG);
    `);
    assert.match(stdout, /true true\nRangeError/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.doesNotMatch(told, /fault/);
  });

  it('tell the source, where the program was compiled', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'dist'));
    // One mapping: line 3, column 1 of the output is line 42, column 18 of the source.
    const map = { version: 3, sources: ['../src/pay.ts'], names: [], mappings: ';;AAyCiB' };
    writeFileSync(join(folder, 'src', 'pay.ts'), '\n');
    writeFileSync(join(folder, 'dist', 'pay.js.map'), JSON.stringify(map));
    writeFileSync(
      join(folder, 'dist', 'pay.js'),
      `const tls = require('tls');\nconst ca = require('fs').readFileSync(process.env.CA);\ntls.connect({ host: 'localhost', port: process.env.WRONG, ca }).on('error', ({ code }) => console.log(code));\n//# sourceMappingURL=pay.js.map\n`,
    );
    for (const node of [[], ['--enable-source-maps']]) {
      const { told } = await sameWithPreload(join(folder, 'dist', 'pay.js'), {
        env: servers.env,
        cwd: folder,
        node,
      });
      assert.match(told, /called +src\/pay\.ts:42:18/);
    }
  });
});

describe("Node's own modules", () => {
  const modules = ['net', 'tls', 'http', 'https', 'http2', 'crypto', 'dns', '_http_client', '_http_agent'];

  it('are not loaded for the watch', async () => {
    // Node 26 throws before it makes a socket: there `net` is needed.
    const names = ['tls', 'crypto', 'http', ...(major >= 26 ? [] : ['net'])];
    const text = `require('fs').writeSync(1, ${JSON.stringify(names)}.filter((name) => process.moduleLoadList.includes('NativeModule ' + name)).join());`;
    const { stdout } = await sameWithPreload(program(text), { env: servers.env });
    assert.equal(stdout, '');
  });

  for (const first of modules) {
    it(`are whole when ${first} is loaded first`, async () => {
      const text = `
        require('${first}');
        const text = (value, depth = 2) => typeof value !== 'object' || value === null || depth === 0
          ? typeof value
          : '{' + Reflect.ownKeys(value).map((key) => {
              const { value: own } = Object.getOwnPropertyDescriptor(value, key);
              return String(key) + ':' + text(own, depth - 1) + (typeof own === 'function' ? own.name + own.length : '');
            }) + '}';
        for (const name of ${JSON.stringify(modules)}) {
          console.log(name, text(require(name)));
          import('node:' + name).then((all) => console.log(name, text(all)), (error) => console.log(error.code));
        }
        Promise.resolve().then(() => require('https').get({ host: 'localhost', port: process.env.WRONG }).on('error', ({ code }) => console.log(code)));
      `;
      const { stdout, told } = await sameWithPreload(program(text), {
        env: servers.env,
        node: ['--no-deprecation'],
      });
      assert.match(stdout, /ClientRequest:function/);
      assert.match(told, /called +\S*program-\d+\.cjs:/);
    });
  }

  it('are as broken as Node leaves them when _tls_wrap is loaded first', async () => {
    const text = `require('_tls_wrap'); new (require('events'))(); console.log(typeof require('tls').connect); require('https');`;
    await sameWithPreload(program(text), { env: servers.env, node: ['--no-deprecation'] });
  });

  it('may be taken apart before anything else is made', async () => {
    for (const loaded of [`const { connect } = require('tls');`, `import { connect } from 'node:tls';`]) {
      const text = `${loaded}
        const { RIGHT: port, WRONG } = process.env;
        connect({ port: WRONG, host: 'localhost' }).on('error', ({ code }) => console.log(code)).on('close', next);
        function next() {
        connect({ port: WRONG, host: 'localhost', rejectUnauthorized: false }, function () { console.log(this.authorized); this.end(); });
        }
      `;
      const file = program(text, loaded.startsWith('import') ? 'mjs' : 'cjs');
      const { stdout, told } = await sameWithPreload(file, { env: servers.env });
      assert.match(stdout, /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|false)$/m);
      assert.equal(told.match(/called +\S+:3:/g)?.length, 1, told);
      assert.match(told, /:5:/);
    }
  });
});

describe('switches of Node', () => {
  for (const flags of [
    ['--frozen-intrinsics', '--no-warnings'],
    ['--disallow-code-generation-from-strings'],
    ['--disable-proto=throw'],
    ['--unhandled-rejections=strict', '--trace-uncaught'],
    [
      major >= 24 ? '--permission' : '--experimental-permission',
      '--allow-fs-read=*',
      '--allow-fs-write=*',
      '--no-warnings',
      ...(major >= 25 ? ['--allow-net'] : []),
    ],
  ]) {
    it(flags.join(' '), async () => {
      const { stdout, told } = await same('get(RIGHT).then(() => get(WRONG));', flags);
      assert.match(stdout, /^hello\nERR_TLS_CERT_ALTNAME_INVALID\n$/);
      assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
      assert.doesNotMatch(told, /fault/);
    });
  }

  it('--eval and --input-type=module', async () => {
    const { told } = await sameWithPreload(
      `import('node:tls').then(({ connect }) => connect({ port: process.env.WRONG, host: 'localhost', ca: process.getBuiltinModule('fs').readFileSync(process.env.CA) }).on('error', ({ code }) => console.log(code)))`,
      { env: servers.env, node: ['--input-type=module', '--eval'] },
    );
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });
});

describe('a program that changes Node itself', () => {
  it('by putting its own tls.connect and tls.checkServerIdentity there', async () => {
    const { stdout, told } = await same(`
      const { connect, checkServerIdentity } = tls;
      tls.connect = function (...args) { print('mine', args.length, this === tls); return connect.apply(this, args); };
      tls.checkServerIdentity = (host, certificate) => (print('asked', host), checkServerIdentity(host, certificate));
      get(RIGHT).then(() => get(WRONG)).then(() => {
        tls.connect = connect;
        delete tls.checkServerIdentity;
        tls.checkServerIdentity = checkServerIdentity;
        return get(WRONG, { servername: 'b.test' });
      });
    `);
    assert.match(stdout, /mine 1 true\nasked localhost\nhello/);
    assert.equal(told.match(/a TLS connection of this program failed/g)?.length, 2);
  });

  it('before the preload', async () => {
    const earlier = program(`
      const tls = require('tls');
      const { connect } = tls;
      tls.connect = function connect2(...args) { console.log('earlier'); return connect.apply(this, args); };
    `);
    const { stdout, told } = await same(`print(tls.connect.name); get(WRONG);`, ['-r', earlier], 'import');
    assert.match(stdout, /connect2\nearlier\nERR_TLS/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('by putting its own methods on sockets and emitters', async () => {
    const { stdout, told } = await same(`
      const { errorMonitor } = EventEmitter;
      for (const name of ['on', 'addListener', 'once', 'prependListener', 'removeListener', 'emit']) {
        const before = EventEmitter.prototype[name];
        EventEmitter.prototype[name] = function (...args) {
          // The one listener of the preload.
          if (this instanceof tls.TLSSocket && !args.includes(errorMonitor)) print(name, String(args[0]));
          return before.apply(this, args);
        };
      }
      // Kept alive: whether the end of a closed one is heard before it is destroyed is the network's affair.
      const agent = new https.Agent({ keepAlive: true });
      get(RIGHT, { agent }).then(() => new Promise(setImmediate)).then(() => agent.destroy()).then(() => get(WRONG));
    `);
    assert.match(stdout, /emit secureConnect/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('with domains and async hooks', async () => {
    const { stdout, told } = await same(`
      const domain = require('domain').create();
      const { AsyncLocalStorage } = require('async_hooks');
      const store = new AsyncLocalStorage();
      domain.on('error', (error) => print('domain', error.code, store.getStore()));
      domain.run(() => store.run('kept', () => {
        const socket = tls.connect({ port: RIGHT, host: 'localhost', ca }, () => (print(store.getStore(), process.domain === domain, socket.domain === domain), socket.end()));
        tls.connect({ port: WRONG, host: 'localhost', ca });
      }));
    `);
    assert.match(stdout, /kept true true/);
    assert.match(stdout, /domain ERR_TLS_CERT_ALTNAME_INVALID kept/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('with the same tls from everywhere it can be had', async () => {
    const { stdout } = await same(`
      const all = [tls, require('node:tls'), process.getBuiltinModule('tls'), process.getBuiltinModule('node:tls'), require('module').createRequire(__filename)('tls')];
      print(new Set(all).size, new Set(all.map(({ connect }) => connect)).size);
      import('tls').then((found) => print(found.connect === tls.connect, found.default === tls, found.createSecureContext === tls.createSecureContext));
    `);
    assert.equal(stdout, '1 1\ntrue true true\n');
  });
});
