import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { program, runWatched, sameWithPreload, temporaryFolder, type Way } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// Worker threads and child processes, each watched by itself.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), fs = require('fs');
const print = (...all) => console.log(...all);
const fail = (servername, then) => tls.connect({ host: 'localhost', port: process.env.WRONG, servername, ca: fs.readFileSync(process.env.CA) }).on('error', then ?? (({ code }) => print(code)));
`;

function same(text: string, way: Way = 'require'): ReturnType<typeof sameWithPreload> {
  return sameWithPreload(program(head + text), { env: servers.env }, way);
}

/** The call sites that were told, each once. */
function places(told: string): string[] {
  return [...told.matchAll(/called +(\S+) ·/g)].map(([, place = '']) => place).toSorted();
}

describe('worker threads', () => {
  for (const way of ['require', 'import', 'environment'] as const) {
    it(`are watched, each with its own places (${way})`, async () => {
      const { told, stdout } = await same(
        `const { Worker, isMainThread, workerData, threadId } = require('worker_threads');
         if (isMainThread) {
           const worker = new Worker(__filename, { workerData: 'thread' });
           worker.on('message', (said) => print('said', said)).on('exit', (code) => (print('exit', code), fail('main.test')));
         } else {
           fail('thread.test', ({ code }) => { require('worker_threads').parentPort.postMessage(code); process.exitCode = 3; });
         }`,
        way,
      );
      assert.match(stdout, /^said ERR_TLS_CERT_ALTNAME_INVALID\nexit 3\nERR_TLS/);
      assert.equal(told.match(/a TLS connection of this program failed/g)?.length, 2);
      assert.match(told, /thread\.test/);
      assert.match(told, /main\.test/);
    });
  }

  it('with options of their own are watched as far as they take them over', async () => {
    const { told, stdout } = await same(
      `const { Worker, isMainThread } = require('worker_threads');
       if (isMainThread) {
         const kinds = [{ execArgv: [] }, { env: { ...process.env } }, { execArgv: ['--no-warnings'], env: { WRONG: process.env.WRONG, CA: process.env.CA } }, { argv: ['x'], stderr: true }, { eval: true }];
         const next = () => {
           const options = kinds.shift();
           if (options) new Worker(options.eval ? 'require(' + JSON.stringify(__filename) + ')' : __filename, options).on('exit', next);
         };
         next();
       } else fail('thread.test', ({ code }) => print(code));`,
      'environment',
    );
    assert.equal(stdout.split('\n').length, 6);
    // All but those that are given another environment: NODE_OPTIONS is how it comes to them.
    assert.ok((told.match(/a TLS connection of this program failed/g)?.length ?? 0) >= 4, told);
  });

  it('that are stopped, and that exit, end as they do', async () => {
    const { stdout } = await same(
      `const { Worker, isMainThread } = require('worker_threads');
       if (isMainThread) {
         const worker = new Worker(__filename).on('message', (said) => (print(said), worker.terminate())).on('exit', (code) => {
           print('exit', code);
           new Worker('process.exit(6)', { eval: true }).on('exit', (code) => {
             print('exit', code);
             new Worker('throw new Error("mine")', { eval: true }).on('error', ({ message }) => print(message)).on('exit', (code) => print('exit', code));
           });
         });
       } else fail('thread.test', ({ code }) => (require('worker_threads').parentPort.postMessage(code), setInterval(() => {}, 1000)));`,
    );
    assert.match(stdout, /^ERR_TLS_CERT_ALTNAME_INVALID\nexit 1\n/);
  });

  it('tell the place in the source, of modules and of what was compiled', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'dist'));
    const connect = `connect({ host: 'localhost', port: process.env.WRONG, servername: 'localhost', ca: readFileSync(process.env.CA) }).on('error', () => {});`;
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { Worker } from 'node:worker_threads';\nnew Worker(new URL('./dist/thread.mjs', import.meta.url)).on('exit', () => new Worker(new URL('./plain.mjs', import.meta.url)));\n`,
    );
    writeFileSync(
      join(folder, 'plain.mjs'),
      `import { connect } from 'node:tls';\nimport { readFileSync } from 'node:fs';\nawait null;\n  ${connect}\n`,
    );
    writeFileSync(
      join(folder, 'dist', 'thread.mjs'),
      `import { connect } from 'node:tls';import { readFileSync } from 'node:fs';\n\n${connect}\n//# sourceMappingURL=thread.mjs.map\n`,
    );
    // Line 3, column 1 of the output is line 42, column 18 of the source.
    const map = { version: 3, sources: ['../src/thread.ts'], names: [], mappings: ';;AAyCiB' };
    writeFileSync(join(folder, 'dist', 'thread.mjs.map'), JSON.stringify(map));
    const { told } = await sameWithPreload(join(folder, 'main.mjs'), { env: servers.env, cwd: folder });
    assert.deepEqual(places(told), ['plain.mjs:4:3', 'src/thread.ts:42:18']);
  });
});

describe('child processes', () => {
  it('are watched where NODE_OPTIONS or their options reach them', async () => {
    const { told, stdout } = await same(
      `const { fork, spawn, execFile, exec, spawnSync } = require('child_process');
       const [, , kind] = process.argv;
       const next = [
         (done) => fork(__filename, ['fork']).on('message', (said) => print('message', said)).on('exit', (code) => done(code)),
         (done) => spawn(process.execPath, [__filename, 'spawn'], { stdio: 'inherit' }).on('exit', (code) => done(code)),
         (done) => execFile(process.execPath, [__filename, 'execFile'], (error, out, err) => (print('out', out, 'err', err), done(error?.code ?? 0))),
         (done) => exec(JSON.stringify(process.execPath) + ' ' + JSON.stringify(__filename) + ' exec', (error, out) => (print('out', out), done(error?.code ?? 0))),
         (done) => (print(spawnSync(process.execPath, [__filename, 'sync']).stdout.toString()), done(0)),
       ];
       const go = (code) => { if (code !== undefined) print('exit', code); const one = next.shift(); if (one) one(go); };
       if (kind === undefined) go();
       else fail(kind + '.test', ({ code }) => { if (process.send) process.send(code, () => process.disconnect()); else print(code); process.exitCode = 2; });`,
      'environment',
    );
    assert.equal(stdout.match(/ERR_TLS/g)?.length, 5, stdout);
    for (const kind of ['fork', 'spawn', 'execFile', 'exec', 'sync'])
      assert.match(told, new RegExp(`${kind.toLowerCase()}\\.test`));
  });

  it('of a cluster', async () => {
    const { told, stdout } = await same(
      `const cluster = require('cluster'), net = require('net');
       if (cluster.isPrimary) {
         cluster.fork({ NAME: 'one' });
         cluster.once('exit', (worker, code) => (print('exit', code), cluster.fork({ NAME: 'two' }).on('exit', (code) => print('exit', code))));
       } else {
         net.createServer().listen(0, () => fail(process.env.NAME + '.test', ({ code }) => (print(code), process.exit(4))));
       }`,
    );
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\nexit 4\n'.repeat(2));
    assert.match(told, /one\.test/);
    assert.match(told, /two\.test/);
  });

  it('in a folder with spaces and quotes', { skip: process.platform === 'win32' }, async () => {
    const cwd = join(temporaryFolder(), `it's a "place" \\ here`);
    mkdirSync(cwd);
    const file = join(cwd, 'my app.cjs');
    writeFileSync(file, `${head} fail('localhost');`);
    const { stdout, stderr } = await runWatched(file, { cwd, env: servers.env }, 'environment');
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.match(stderr, /called +my app\.cjs:/);
  });
});
