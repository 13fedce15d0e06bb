import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  program,
  register,
  runNode,
  runWatched,
  sameWithPreload,
  temporaryFolder,
  textOf,
  type Ended,
} from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), https = require('https'), fs = require('fs');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const print = (...all) => console.log(...all);
const dial = (options, then) => tls.connect({ host: 'localhost', port: WRONG, servername: 'localhost', ca, ...options }, then);
const fail = (then) => dial({}).on('error', then);
`;

function same(text: string, stopBy?: NodeJS.Signals): Promise<Ended & { readonly told: string }> {
  return sameWithPreload(program(head + text), {
    env: servers.env,
    ...(stopBy === undefined ? {} : { whenHeard: (signal) => signal(stopBy) }),
  });
}

describe('the end of a program', () => {
  it('by its own exit codes, its exit handlers in their order, and an exit within them', async () => {
    const { exit, stdout, told } = await same(`
      process.on('exit', (code) => (print('first', code), process.exitCode = 7));
      process.on('exit', (code) => (print('second', code, process.exitCode), process.exit(9)));
      process.on('exit', () => print('never'));
      dial({ rejectUnauthorized: false }, () => fail(() => process.exit(5)));
    `);
    assert.equal(exit, 9);
    assert.equal(stdout, 'first 5\nsecond 5 7\n');
    assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.match(told, /hides a fault/, 'it is told at exit, though a handler of the program ends it');
  });

  it('by what was thrown and what was rejected', async () => {
    for (const [text, exit] of [
      [`fail((error) => { throw error; });`, 1],
      [`fail((error) => Promise.reject(error));`, 1],
      [
        `process.on('uncaughtException', ({ code }) => print('caught', code)); fail((error) => { throw error; });`,
        0,
      ],
      [
        `process.on('unhandledRejection', ({ code }) => print('caught', code)); fail((error) => Promise.reject(error));`,
        0,
      ],
      [`process.exitCode = 4; fail(() => {});`, 4],
      [`dial({ port: RIGHT, servername: 'right.test' }, () => { throw new Error('in a listener'); });`, 1],
    ] as const) {
      const ended = await same(text);
      assert.equal(ended.exit, exit, text);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGHUP'] as const) {
    it(`by ${signal}`, async () => {
      const { signal: by, told } = await same(
        `fail(() => (setInterval(() => {}, 1000), print('ready')));`,
        signal,
      );
      assert.equal(by, signal);
      assert.match(told, /ERR_TLS_CERT_ALTNAME_INVALID/, 'a failure is told when it comes');
    });
  }

  it('by a signal that it handles', async () => {
    const { exit, stdout, told } = await same(
      `process.on('SIGTERM', () => (print('in peace'), process.exit(3)));
       dial({ rejectUnauthorized: false }, () => (setInterval(() => {}, 1000), print('ready')));`,
      'SIGTERM',
    );
    assert.equal(exit, 3);
    assert.equal(stdout, 'ready\nin peace\n');
    assert.match(told, /hides a fault/);
  });
});

describe('stderr', () => {
  const failing = `${head} fail(({ code }) => print(code));`;

  it('gets the diagnosis, and stdout gets nothing of it', async () => {
    const { exit, stdout, stderr } = await runWatched(program(failing), { env: servers.env });
    assert.equal(exit, 0);
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.match(stderr, /^\naltname: a TLS connection of this program failed\n/);
  });

  it('may be closed', async () => {
    const file = program(failing);
    const under = ['sh', '-c', 'exec "$@" 2>&-', 'sh'];
    const [without, watched] = await Promise.all([
      runNode(file, { env: servers.env, under }),
      runWatched(file, { env: servers.env, under }),
    ]);
    assert.deepEqual(watched, without);
    assert.equal(watched.stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
  });

  for (const [kind, end] of [
    ['pipe', '2>&1 >&3 | sleep 20; }'],
    ['pipe without a reader', '2>&1 >&3 | true; }'],
  ] as const) {
    it(`may be a ${kind} that nobody reads, and full`, { skip: process.platform !== 'linux' }, async () => {
      // The program fills what stderr holds in a way that does not wait, then fails in 40 ways.
      const file = program(`${head}
        const port = Number(WRONG);
        try {
          const way = fs.openSync('/proc/self/fd/2', fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
          for (;;) fs.writeSync(way, Buffer.alloc(4096));
        } catch (error) { print(error.code); }
        let left = 40;
        const next = () => left-- === 0 ? (print('done'), process.kill(process.ppid)) : dial({ servername: 'n' + left + '.test' }).on('error', next);
        next();
      `);
      const started = Date.now();
      const child = spawn(
        'bash',
        ['-c', `{ trap 'exit 0' TERM; "$@" ${end} 3>&1`, 'bash', process.execPath, '-r', register, file],
        {
          env: { PATH: process.env['PATH'] ?? '', ...servers.env },
          stdio: ['ignore', 'pipe', 'ignore'],
          detached: true,
        },
      );
      let heard = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (data: Buffer) => {
          heard += data.toString();
          if (heard.includes('done')) resolve();
        });
        child.on('close', () => resolve());
      });
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // All of them have ended.
      }
      assert.match(heard, /done/);
      assert.ok(Date.now() - started < 18_000, 'it did not wait until somebody reads');
    });
  }
});

describe('ALTNAME_OUTPUT', () => {
  const folder = temporaryFolder();

  for (const [what, file] of [
    ['a folder', folder],
    ['a file in no folder', join(folder, 'none', 'a.txt')],
    ['a full disk', '/dev/full'],
  ] as const) {
    it(`that is ${what} is said once, and stderr takes its place`, async () => {
      const { exit, stdout, stderr } = await runWatched(
        program(
          `${head} fail(({ code }) => (print(code), dial({ servername: 'b.test' }).on('error', () => {})));`,
        ),
        { env: { ...servers.env, ALTNAME_OUTPUT: file, ALTNAME_REPORTER: 'line' } },
      );
      assert.equal(exit, 0);
      assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
      assert.match(stderr, /^altname: ALTNAME_OUTPUT cannot be written \([A-Z]+\); stderr is used instead\n/);
      assert.equal(stderr.match(/ALTNAME_OUTPUT/g)?.length, 1);
      assert.match(stderr, /✗ localhost:\d+/);
      assert.match(stderr, /came 2 times in all/);
    });
  }

  it('is where the program began, wherever it goes, and is added to', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'told.jsonl'), 'before\n');
    const file = program(`${head} process.chdir('/'); fail(() => {});`);
    const env = { ...servers.env, ALTNAME_OUTPUT: 'told.jsonl', ALTNAME_REPORTER: 'json' };
    const { stderr } = await runWatched(file, { cwd, env });
    assert.equal(stderr, '');
    const [first, second = '', ...rest] = readFileSync(join(cwd, 'told.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(first, 'before');
    assert.deepEqual(rest, []);
    const told = JSON.parse(second) as { client: string; cause: { code: string }; app: { callSite: string } };
    assert.equal(told.client, 'tls');
    assert.equal(told.cause.code, 'name-mismatch');
    assert.match(told.app.callSite, /program-\d+\.cjs:\d+:\d+$/);
  });

  it('is not made where there is nothing to tell', async () => {
    const cwd = temporaryFolder();
    const file = program(
      `${head} dial({ port: RIGHT }, function () { print(this.authorized); this.destroy(); });`,
    );
    const { stdout } = await runWatched(file, { cwd, env: { ...servers.env, ALTNAME_OUTPUT: 'told.txt' } });
    assert.equal(stdout, 'true\n');
    assert.throws(() => readFileSync(join(cwd, 'told.txt')), { code: 'ENOENT' });
  });
});

describe('the settings', () => {
  const failing = `${head} fail(({ code }) => print(code));`;

  it('ALTNAME=off: nothing is watched', async () => {
    const { stderr, stdout } = await runWatched(
      program(`${failing} print(tls.connect.toString().includes('captured'));`),
      { env: { ...servers.env, ALTNAME: 'off' } },
    );
    assert.equal(stdout, 'false\nERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.equal(stderr, '');
  });

  it('ALTNAME_REPORTER=line and json: a line each', async () => {
    for (const reporter of ['line', 'json']) {
      const { stderr } = await runWatched(program(failing), {
        env: { ...servers.env, ALTNAME_REPORTER: reporter },
      });
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      assert.match(stderr, /name-mismatch/);
    }
  });

  it('that mean nothing are told, and the usual holds', async () => {
    const { exit, stderr } = await runWatched(program(failing), {
      env: { ...servers.env, ALTNAME_REPORTER: 'pr\u001b[31metty', ALTNAME: 'nof' },
    });
    assert.equal(exit, 0);
    assert.match(
      stderr,
      /^altname: ALTNAME_REPORTER is "pr\\u001b\[31metty"; pretty, line, json is expected\n/,
    );
    assert.match(stderr, /altname: ALTNAME is "nof"; off is expected, or nothing\n/);
    assert.match(stderr, /a TLS connection of this program failed/);
    assert.doesNotMatch(stderr, /\u001b/);
  });

  it('are read once: a program may change its environment', async () => {
    const output = join(temporaryFolder(), 'told.txt');
    const { stderr } = await runWatched(
      program(
        `${head} process.env.ALTNAME_OUTPUT = '/nowhere'; process.env.ALTNAME = 'off'; fail(() => {});`,
      ),
      { env: { ...servers.env, ALTNAME_OUTPUT: output } },
    );
    assert.equal(stderr, '');
    assert.match(textOf(output), /ERR_TLS_CERT_ALTNAME_INVALID/);
  });
});
