import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Captured } from '../src/preload/capture.ts';
import { Waiting } from '../src/preload/waiting.ts';
import { program, runNode, runWatched, temporaryFolder, textOf } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// Many connections: what is kept of them, and what is told.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), fs = require('fs');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const secureContext = tls.createSecureContext({ ca });
const print = (...all) => console.log(...all);
const once = (options) => new Promise((resolve) => {
  const socket = tls.connect({ host: 'localhost', port: RIGHT, servername: 'localhost', secureContext, ...options }, () => socket.end());
  socket.on('error', () => {}).on('close', resolve).resume();
});
`;

describe('the heap', () => {
  it('does not grow with connections, one after the other or at once', async () => {
    const file = program(`${head}
      (async () => {
        const held = () => { for (let i = 0; i < 4; i++) gc(); return process.memoryUsage().heapUsed; };
        for (let i = 0; i < 50; i++) await once();
        const before = held();
        for (let i = 0; i < 2000; i++) await once();
        const sequential = held();
        for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 100 }, () => once()));
        for (let i = 0; i < 150; i++) await once({ port: WRONG });
        print(JSON.stringify([sequential - before, held() - before]));
      })();
    `);
    const { stdout } = await runWatched(file, { env: servers.env, node: ['--expose-gc'] });
    const [sequential = Infinity, all = Infinity] = JSON.parse(stdout) as number[];
    assert.ok(sequential < 500_000, `${sequential} octets more after 2000 connections`);
    assert.ok(
      all < 4_000_000,
      `${all} octets more after 500 at once and 150 that failed, with what tells them`,
    );
  });

  it('is not kept by what was on the stack of a connection that stands', async () => {
    const file = program(`${head}
      const net = require('net');
      const refs = [];
      class Big {
        constructor() { this.data = Buffer.alloc(1e6); refs.push(new WeakRef(this)); }
        go(then) { return this.dial(then); }
        dial(then) { const socket = tls.connect({ host: 'localhost', port: RIGHT, servername: 'localhost', secureContext }, () => then(socket)); }
      }
      const open = [];
      const step = (left) => left === 0 ? setTimeout(check, 20) : new Big().go((socket) => (open.push(socket), setImmediate(step, left - 1)));
      const check = async () => {
        for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); }
        print(open.length, refs.filter((ref) => ref.deref() !== undefined).length);
        process.exit();
      };
      step(20);
    `);
    const start = { env: servers.env, node: ['--expose-gc'] };
    const [without, watched] = await Promise.all([runNode(file, start), runWatched(file, start)]);
    assert.equal(watched.stdout, without.stdout);
  });
});

describe('what was made beneath', () => {
  it('is let go with it: emitters of a library keep nothing of their makers', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'node_modules', 'lib'), { recursive: true });
    writeFileSync(
      join(folder, 'node_modules', 'lib', 'index.js'),
      `class Thing extends require('events') {}
       class Request { constructor() { this.body = Buffer.alloc(1e6); } send() { return new Thing(); } }
       exports.send = () => void new Request().send();`,
    );
    writeFileSync(
      join(folder, 'app.js'),
      `const { send } = require('lib');
       (async () => {
         for (let i = 0; i < 100; i++) { send(); await new Promise(setImmediate); }
         for (let i = 0; i < 4; i++) { gc(); await new Promise(setImmediate); }
         console.log(Math.round(process.memoryUsage().arrayBuffers / 1e6));
       })();`,
    );
    const { stdout } = await runWatched(join(folder, 'app.js'), { cwd: folder, node: ['--expose-gc'] });
    assert.ok(Number(stdout) <= 2, `${stdout} MB`);
  });

  it('waits for its connection among at most 512', () => {
    const waiting = new Waiting();
    const holders = Array.from({ length: 1000 }, () => ({ captured: {} as Captured | null }));
    for (const holder of holders) waiting.add(holder);
    const kept = holders.filter(({ captured }) => captured !== null);
    assert.ok(kept.length >= 256 && kept.length <= 512, String(kept.length));
    assert.notEqual(holders.at(-1)?.captured, null);
    assert.equal(holders[0]?.captured, null);
  });
});

describe('a program that fails without end', () => {
  const loop = `${head}
    (async () => {
      const { user, system } = process.cpuUsage();
      for (let i = 0; i < Number(process.argv[2]); i++) await once({ port: WRONG });
      const spent = process.cpuUsage({ user, system });
      print(JSON.stringify(spent.user + spent.system));
    })();
  `;

  it('is told once, then counted, at little more than it costs by itself', async () => {
    const file = program(loop);
    const count = 1000;
    const output = join(temporaryFolder(), 'told.txt');
    const start = { env: servers.env, words: [String(count)] };
    const without = await runNode(file, start);
    const watched = await runWatched(file, { ...start, env: { ...start.env, ALTNAME_OUTPUT: output } });
    const text = textOf(output);
    assert.equal(text.match(/a TLS connection of this program failed/g)?.length, 1);
    assert.match(
      text,
      new RegExp(
        `altname: name-mismatch at \\\\S+:\\\\d+:\\\\d+ came ${count} times in all`.replaceAll('\\\\', '\\'),
      ),
    );
    // A bound against work that is done for every failure, not a benchmark: a diagnosis each would be several times it.
    assert.ok(
      Number(watched.stdout) < 2 * Number(without.stdout) + 500_000,
      `${watched.stdout} of ${without.stdout}`,
    );
  });

  it('in ever new ways is told up to a limit, and then counted', async () => {
    const file = program(`${head}
      (async () => {
        for (let i = 0; i < 230; i++) await once({ port: WRONG, host: '127.0.0.' + (1 + i % 4), servername: 'n' + i + '.test', lookup: (host, how, done) => how.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4), host: 'n' + i + '.test' });
      })();
    `);
    const { stderr } = await runWatched(file, { env: { ...servers.env, ALTNAME_REPORTER: 'line' } });
    assert.equal(stderr.match(/^altname: ✗/gm)?.length, 200);
    assert.match(stderr, /^altname: 30 more failures were not told$/m);
  });

  it('past a switch is told once for each place, with the number of connections', async () => {
    const file = program(`${head}
      (async () => {
        for (let i = 0; i < 120; i++) await once({ port: WRONG, rejectUnauthorized: false });
        for (let i = 0; i < 3; i++) await once({ rejectUnauthorized: false });
      })();
    `);
    const { stderr } = await runWatched(file, { env: servers.env });
    assert.match(stderr, /\(tls, 120 connections\) hides a fault/);
    assert.match(stderr, /\(tls, 3 connections\) hides nothing/);
  });
});
