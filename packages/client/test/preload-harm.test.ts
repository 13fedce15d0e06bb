import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { program, runNode, runWatched, sameWithPreload, type Way } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// Every program is run twice, without and with the preload: nothing it prints, and nothing of its end, may differ.
// That the preload was there is seen from what it told.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

/** What the programs begin with: `watch(socket)` prints every event of a socket as it comes. */
const head = `
const tls = require('tls'), https = require('https'), http2 = require('http2'), net = require('net'), fs = require('fs');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const print = (...all) => console.log(...all);
const watch = (label, socket) => {
  const { emit } = socket;
  socket.emit = function (name, ...args) {
    if (typeof name !== 'symbol' && name !== 'secure') print(label, name, args.map((each) => each?.code ?? typeof each).join());
    return emit.call(this, name, ...args);
  };
  return socket;
};
`;

async function same(text: string, extension = 'cjs', way: Way = 'require', node: readonly string[] = []) {
  const file = program(extension === 'cjs' ? head + text : text, extension);
  return await sameWithPreload(file, { env: servers.env, node }, way);
}

describe('a program with the preload', () => {
  it('sees the same events in the same order, when it connects and when it is refused', async () => {
    const { stdout, told } = await same(`
      const one = (label, options, then) => {
        const lookup = (host, how, done) => (print(label, 'asked for', host), how.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
        const socket = watch(label, tls.connect({ ca, lookup, ...options }, () => print(label, 'callback', socket.authorized)));
        socket.on('error', (error) => print(label, 'listener', error.code, error.message, error instanceof Error));
        socket.on('secureConnect', () => socket.end('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'));
        socket.on('data', () => {});
        socket.on('close', then);
      };
      one('right', { host: 'localhost', port: RIGHT }, () =>
        one('wrong', { host: 'localhost', port: WRONG }, () =>
          one('untrusted', { host: 'localhost', port: RIGHT, ca: [] }, () =>
            one('let pass', { host: 'localhost', port: WRONG, rejectUnauthorized: false }, () => {}))));
    `);
    assert.match(stdout, /right secureConnect .*\nright callback true/s);
    assert.match(stdout, /wrong listener ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.match(stdout, /let pass callback false/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.match(told, /verification-disabled-hides/);
  });

  it('finds the same listeners on its sockets', async () => {
    const { stdout, told } = await same(`
      const counts = (socket) => print(['error', 'secureConnect', 'close', 'end', 'data', 'session', 'connect', 'timeout'].map((name) => name + socket.listenerCount(name)).join(' '));
      const socket = tls.connect({ ca, host: 'localhost', port: RIGHT });
      counts(socket);
      print(socket.listenerCount('error'), process.listenerCount('exit'));
      socket.once('secureConnect', () => {
        counts(socket);
        setImmediate(() => {
          print(socket.eventNames().filter((name) => typeof name === 'string').join(), socket.listenerCount('secure'));
          socket.destroy();
          https.get({ ca, host: 'localhost', port: WRONG, agent: false }).on('error', ({ code }) => print(code));
        });
      });
    `);
    assert.match(stdout, /error0 secureConnect0/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('crashes in the same way where nobody listens for the error', async () => {
    const { exit, stderr, told } = await same(`https.get({ ca, host: 'localhost', port: WRONG });`);
    assert.equal(exit, 1);
    assert.match(stderr, /Unhandled 'error' event[^]*ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('gets the very error that Node made, with the same stack', async () => {
    const { told } = await same(`
      const made = [];
      const { checkServerIdentity } = tls;
      const socket = tls.connect({ ca, host: 'localhost', port: WRONG, checkServerIdentity(...args) {
        const error = checkServerIdentity(...args);
        made.push(error);
        return error;
      } });
      socket.on('error', (error) => print(error === made[0], error.stack, Object.keys(error), Object.isFrozen(error)));
    `);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('gets what tls.connect throws; its stack has two frames more at most, and they are ours', async () => {
    const { stdout, told } = await same(
      `
      const ours = (line) => /watch\\.cjs/.test(line);
      const tried = (options) => {
        try {
          tls.connect(options).on('error', ({ code }) => print('event', code)).destroy();
        } catch (error) {
          const lines = error.stack.split('\\n');
          print(error.name, error.code, error.message, lines.filter(ours).length <= 2, lines.filter((line) => !ours(line)).slice(0, 8).join());
        }
      };
      tried({ host: '127.0.0.1', port: RIGHT, ca, servername: '127.0.0.1' });
      tried({ host: 'a.test', port: 99999 });
      tried({ port: RIGHT, cert: 'junk' });
      tried({ port: RIGHT, minVersion: 'x' });
      setTimeout(process.exit, 10, 3);
      tried({ port: RIGHT, servername: 5 });
    `,
      'cjs',
      'require',
      ['--no-deprecation'],
    );
    assert.match(stdout, /ERR_SOCKET_BAD_PORT/);
    // Node 26 refuses an address as a server name: that is of names, the others are not.
    const refused = stdout.includes('ERR_INVALID_ARG_VALUE');
    assert.equal(refused, Number(process.versions.node.split('.')[0]) >= 26);
    assert.equal(/sni-is-ip/.test(told), refused, told);
    assert.equal(told.match(/^altname:/gm)?.length ?? 0, refused ? 1 : 0);
  });

  it('dies of what https.get throws as without: at the same line, and with every frame of its own', async () => {
    const file = program(
      `${head}\nfunction pay() { https.get({ host: 'localhost', port: 70000 }); }\npay();`,
    );
    const [alone, watched] = [
      await runNode(file, { env: servers.env }),
      await runWatched(file, { env: servers.env }),
    ];
    const frames = ({ stderr }: { stderr: string }) =>
      stderr
        .split('\n')
        .map((line) => line.replace(/ \{$/, ''))
        .filter((line) => !line.includes('watch.cjs'));
    assert.match(alone.stderr, /at pay /);
    assert.deepEqual(frames(watched).slice(0, 5), frames(alone).slice(0, 5));
    const own = frames(alone).filter((line) => line.includes('at '));
    assert.deepEqual(
      own.filter((line) => !frames(watched).includes(line)),
      [],
    );
  });

  it('finds no property on its sockets that is not there without', async () => {
    const { told } = await same(`
      const socket = tls.connect({ ca, host: 'localhost', port: WRONG });
      socket.on('error', () => print(Object.getOwnPropertyNames(socket).join()));
    `);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('may call tls.connect in every form', async () => {
    const { stdout, told } = await same(`
      const path = require('path').join(require('os').tmpdir(), 'altname-' + process.pid + '.sock');
      const forms = [
        (done) => tls.connect(RIGHT, 'localhost', { ca }, done),
        (done) => tls.connect(+RIGHT, { ca }, done),
        (done) => tls.connect({ port: RIGHT, ca }, done),
        (done) => tls.connect(RIGHT, '127.0.0.1', { ca, servername: 'right.test' }, done),
        (done) => tls.connect({ socket: net.connect(RIGHT, '127.0.0.1'), ca, servername: 'localhost' }, done),
        (done) => tls.connect.call(undefined, { port: RIGHT, ca }, done),
        (done) => tls.connect.apply({}, [{ port: RIGHT, ca }, done]),
        (done) => tls.connect.bind(null, { port: RIGHT, ca })(done),
        (done) => tls.connect(Object.freeze({ port: RIGHT, host: 'localhost', ca: Object.freeze([ca]) }), done),
        (done) => tls.connect(Object.create(null, { port: { value: RIGHT, enumerable: true }, ca: { value: ca, enumerable: true } }), done),
      ];
      const next = () => {
        const form = forms.shift();
        if (form === undefined) return relay();
        const socket = form(() => (print(socket.authorized, socket.servername), socket.destroy()));
        socket.on('error', (error) => print(error.message)).on('close', next);
      };
      const relay = () => {
        const server = net.createServer((from) => from.pipe(net.connect(WRONG, '127.0.0.1')).pipe(from)).listen(path, () => {
          tls.connect(path, { ca }).on('error', (error) => (print(error.message), server.close()));
        });
      };
      next();
    `);
    assert.equal(stdout.split('\n').filter((line) => line.startsWith('true')).length, 10, stdout);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('has its getters read as often as without, and its proxies asked the same', async () => {
    const { stdout, told } = await same(`
      const counted = { host: 'localhost', port: WRONG, ca, get rejectUnauthorized() { print('getter'); return false; }, get servername() { print('name'); return 'right.test'; } };
      const proxy = new Proxy({ host: 'localhost', port: WRONG, ca }, {
        get: (target, name) => (print('get', String(name)), target[name]),
        ownKeys: (target) => (print('keys'), Reflect.ownKeys(target)),
        getPrototypeOf: (target) => (print('prototype'), Reflect.getPrototypeOf(target)),
      });
      const first = tls.connect(counted, () => {
        first.destroy();
        tls.connect(proxy).on('error', (error) => {
          print(error.code);
          const throwing = { get port() { throw new RangeError('mine'); } };
          try { tls.connect(throwing); } catch (thrown) { print(thrown.message, thrown.name); }
        });
      });
    `);
    assert.match(stdout, /getter/);
    assert.match(stdout, /mine RangeError/);
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('finds functions of the same name and length, as properties of the same kind', async () => {
    await same(`
      const E = require('events'), http = require('http');
      new (class extends http.Agent { createSocket(...all) { super.createSocket(...all); } })();
      for (const [owner, name] of [[tls, 'connect'], [tls, 'createSecureContext'], [net.Socket.prototype, 'connect'], [http.Agent.prototype, 'addRequest'], [http.Agent.prototype, 'createSocket'], [E, 'init']]) {
        const { value, ...kind } = Object.getOwnPropertyDescriptor(owner, name);
        print(name, JSON.stringify([value.name, value.length, Reflect.ownKeys(value), kind, typeof value.prototype, Object.getPrototypeOf(value) === Function.prototype]));
      }
      print(Object.keys(tls).join(), Object.keys(net.Socket.prototype).join(), Object.keys(http.Agent.prototype).join(), Object.keys(E).join());
      print(Object.keys(globalThis).join(), Object.keys(process).join(), Object.keys(process.env).filter((name) => /ALTNAME(?!_OUTPUT)/.test(name)).join());
    `);
  });

  for (const way of ['require', 'import', 'environment'] as const) {
    it(`runs in CommonJS and as a module (${way})`, async () => {
      const body = `
        const get = (port) => new Promise((resolve) => https.get({ host: 'localhost', port, ca, agent: false }, (response) => response.on('data', (data) => console.log(String(data))).on('end', resolve)).on('error', (error) => resolve(console.log(error.code))));
      `;
      const common = await same(
        `${body} get(RIGHT).then(() => get(WRONG)).then(() => print(process.argv.length, process.execArgv.length > 2, require.main === module));`,
        'cjs',
        way,
      );
      const modules = await same(
        `import * as https from 'https';
         import { connect } from 'node:tls';
         import tls from 'tls';
         import { readFileSync } from 'node:fs';
         const { RIGHT, WRONG, CA } = process.env;
         const ca = readFileSync(CA);
         ${body}
         await get(RIGHT);
         await get(WRONG);
         console.log(connect === tls.connect);
         const socket = connect({ host: 'localhost', port: WRONG, servername: 'named.test', ca });
         socket.on('error', (error) => console.log(error.code));`,
        'mjs',
        way,
      );
      assert.match(common.told, /ERR_TLS_CERT_ALTNAME_INVALID/);
      assert.equal(modules.told.match(/altname: a TLS connection/g)?.length, 2);
    });
  }
});
