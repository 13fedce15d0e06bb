import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { createRoot } from './authority.ts';
import { altname, ended, start, type Ended, type RunOptions } from './command.ts';
import { serveTls, type Running } from './servers.ts';

let right: Running;
let wrong: Running;
/** A folder with a name that has to be quoted. */
let home: string;
let env: Readonly<Record<string, string>>;

before(async () => {
  const root = await createRoot();
  right = await serveTls(await root.issue({ names: ['localhost'] }));
  wrong = await serveTls(await root.issue({ names: ['other.test'] }));
  home = join(mkdtempSync(join(tmpdir(), 'altname-run-')), `it's "here" \\ now`);
  mkdirSync(home);
  write('ca.pem', root.cert);
  write('connect.cjs', connect);
  env = {
    RIGHT: String(right.port),
    WRONG: String(wrong.port),
    CA: join(home, 'ca.pem'),
    ALTNAME_REPORTER: 'line',
  };
});
after(async () => {
  await right.close();
  await wrong.close();
  rmSync(join(home, '..'), { recursive: true, force: true });
});

/** `connect(port, options)` settles with what came of a connection. */
const connect = `
const tls = require('node:tls');
const ca = require('node:fs').readFileSync(process.env.CA);
exports.connect = (port, options) => new Promise((resolve) => {
  const socket = tls.connect({ host: 'localhost', servername: 'localhost', port, ca, ...options }, () => (socket.end(), resolve('connected')));
  socket.on('error', ({ code }) => resolve(code));
});
`;

function write(name: string, text: string): string {
  const file = join(home, name);
  writeFileSync(file, text);
  return file;
}

/** A program of one file. */
function app(name: string, text: string): string {
  return write(name, `const { connect } = require('./connect.cjs');\n(async () => {\n${text}\n})();\n`);
}

function run(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return altname(['run', ...words], { cwd: home, ...options, env: { ...env, ...options.env } });
}

interface Entry {
  readonly asked: string;
  readonly dialled: string;
  readonly sent: string;
  readonly checked: string;
  readonly certificate: string | null;
  readonly error: string | null;
  readonly callSite: string;
  readonly otherCallSites?: readonly string[];
  readonly count: number;
}

function entries(file: string): Entry[] {
  const text = readFileSync(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

describe('altname run', () => {
  test('runs a program in its own place: streams, arguments, exit code', async () => {
    app(
      'echo.cjs',
      `let text = ''; for await (const chunk of process.stdin) text += chunk;
       console.log(JSON.stringify([text, process.argv.slice(2), process.cwd() === ${JSON.stringify(realpathSync(home))}]));
       console.error('to stderr'); process.exit(7);`,
    );
    const words = ['node', 'echo.cjs', '--json', '--record', 'x', '--', '--help', '-o', ''];
    assert.deepEqual(await run(words, { stdin: 'typed' }), {
      exit: 7,
      stdout: `${JSON.stringify(['typed', words.slice(2), true])}\n`,
      stderr: 'to stderr\n',
    });
    assert.deepEqual(await run(['--', 'sh', '-c', 'exit 41']), { exit: 41, stdout: '', stderr: '' });
  });

  test('tells what fails, on stderr or in one file, wherever the processes are', async () => {
    mkdirSync(join(home, 'deep'), { recursive: true });
    app('fail.cjs', `console.log(await connect(process.env.WRONG));`);
    const told = await run(['node', 'fail.cjs']);
    assert.equal(told.exit, 0);
    assert.equal(told.stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n');
    assert.match(told.stderr, /^altname: ✗ localhost:\d+ +name-mismatch .*connect\.cjs:5:\d+/);
    for (const words of [
      ['--json', '-o', 'told.jsonl'],
      ['--reporter', 'json', '--output=told.jsonl'],
    ]) {
      const { stderr } = await run([...words, '--', 'sh', '-c', 'cd deep && node ../fail.cjs']);
      assert.equal(stderr, '');
    }
    const lines = readFileSync(join(home, 'told.jsonl'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { cause: { code: string } }).cause.code),
      ['name-mismatch', 'name-mismatch'],
    );
    // A file of the environment is one file too.
    await run(['sh', '-c', 'cd deep && node ../fail.cjs'], { env: { ALTNAME_OUTPUT: 'env.txt' } });
    assert.match(readFileSync(join(home, 'env.txt'), 'utf8'), /name-mismatch/);
    assert.ok(!existsSync(join(home, 'deep', 'env.txt')));
  });

  test('watches a whole tree: npm, a shell, Node, its children and its workers', async () => {
    write(
      'package.json',
      JSON.stringify({
        name: 'tree',
        private: true,
        scripts: { start: 'node tree.cjs && node tree.cjs last' },
      }),
    );
    app(
      'tree.cjs',
      `const kind = process.argv[2] ?? 'first';
       console.log(kind, await connect(process.env.WRONG, { servername: kind + '.test' }));
       if (kind !== 'first') return;
       require('node:child_process').fork(__filename, ['forked']).on('exit', () => {
         new (require('node:worker_threads').Worker)(__filename, { argv: ['worker'] }).on('exit', () => {
           require('node:child_process').spawnSync(process.execPath, ['-e', 'require("./tree.cjs")', 'x', 'evaluated'], { stdio: 'inherit' });
         });
       });`,
    );
    const record = join(home, 'tree.jsonl');
    const { exit, stdout, stderr } = await run([
      '--record',
      record,
      '--',
      'npm',
      'start',
      '--silent',
      '--no-update-notifier',
    ]);
    assert.equal(exit, 0, stderr);
    const kinds = ['evaluated', 'first', 'forked', 'last', 'worker'];
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0])
        .toSorted(),
      kinds,
    );
    assert.equal(stderr.match(/^altname: ✗/gm)?.length, 5, stderr);
    assert.deepEqual(
      entries(record)
        .map(({ sent }) => sent)
        .toSorted(),
      kinds.map((kind) => `${kind}.test`),
    );
  });

  test('keeps what NODE_OPTIONS held, and is loaded before it', async () => {
    write(
      'earlier.cjs',
      `const { connect } = require('node:tls'); globalThis.taken = connect; process.env.EARLIER = process.env.NODE_OPTIONS;`,
    );
    app(
      'taken.cjs',
      `globalThis.taken({ host: 'localhost', servername: 'localhost', port: process.env.WRONG, ca: require('node:fs').readFileSync(process.env.CA) }).on('error', ({ code }) => console.log(code, process.env.EARLIER.includes('--no-deprecation'), process.noDeprecation));`,
    );
    const { stdout, stderr } = await run(['node', 'taken.cjs'], {
      env: { NODE_OPTIONS: '--require ./earlier.cjs  --no-deprecation ' },
    });
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID true true\n');
    assert.match(stderr, /^altname: ✗ localhost/);
  });

  test('ALTNAME=off and ALTNAME_REPORTER of the environment hold', async () => {
    app('fail.cjs', `console.log(await connect(process.env.WRONG));`);
    assert.equal((await run(['node', 'fail.cjs'], { env: { ALTNAME: 'off' } })).stderr, '');
    const { stderr } = await run(['--reporter', 'pretty', 'node', 'fail.cjs']);
    assert.match(stderr, /altname: a TLS connection of this program failed\n/);
  });

  test('100 short-lived children are each watched, and each counted', async () => {
    app('one.cjs', `console.log(await connect(process.env.RIGHT));`);
    app(
      'hundred.cjs',
      `const { spawn } = require('node:child_process');
       let left = 100, done = 0;
       const next = () => { if (left-- > 0) spawn(process.execPath, ['one.cjs'], { stdio: ['ignore', 'ignore', 'inherit'] }).on('exit', (code) => (done += code === 0, next())); else if (done === 100) console.log('done'), done = 0; };
       for (let i = 0; i < 4; i++) next();`,
    );
    const record = join(home, 'hundred.jsonl');
    const { stdout, stderr } = await run(['--record', record, 'node', 'hundred.cjs']);
    assert.equal(stdout, 'done\n');
    assert.equal(stderr, `altname: 1 entry in ${record}\n`);
    assert.deepEqual(
      entries(record).map(({ count }) => count),
      [100],
    );
  });
});

describe('what altname run is told to do', () => {
  test('help, in each form', async () => {
    const { stdout } = await altname(['help', 'run']);
    assert.match(stdout, /^Runs a program[^\n]*\n\nUsage:\n {4}altname run /);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    for (const flag of ['--record', '--reporter', '--json', '--output', '-o'])
      assert.ok(stdout.includes(flag), flag);
    for (const words of [
      ['run', '--help'],
      ['run', '-h'],
      ['run', '--json', '--help'],
      ['run', '-h', 'node'],
    ]) {
      assert.deepEqual(await altname(words), { exit: 0, stdout, stderr: '' });
    }
    // After the program they are its own.
    assert.match((await run(['node', '--help'])).stdout, /Usage: node/);
  });

  for (const [words, text] of [
    [[], 'a program to run is expected: altname run -- npm start'],
    [['--'], 'a program to run is expected'],
    [['--json'], 'a program to run is expected'],
    [['--', ''], 'a program to run is expected'],
    [['--recrod', 'x', 'node'], 'unknown option "--recrod"; did you mean "--record"?'],
    [['--record'], 'option --record needs a value: a file for the names in use is expected'],
    [['--record', '--', 'node'], 'option --record needs a value'],
    [['--record=', 'node'], 'option --record needs a value'],
    [['--reporter', 'xml', 'node'], 'xml'],
    [['--json=yes', 'node'], 'option --json takes no value'],
    [
      ['no-such-program'],
      'cannot run "no-such-program": there is no such program; a program on the PATH is expected',
    ],
    [['--', './none/at/all', 'x'], 'there is no such program'],
    [['--', './not-executable'], 'it cannot be run (EACCES)'],
    [['--', '.'], 'it cannot be run (EACCES)'],
    [['--', '--help'], 'cannot run "--help": there is no such program'],
    [
      ['--record', 'none/names.jsonl', 'touch', 'ran'],
      '--record "none/names.jsonl" cannot be written (ENOENT)',
    ],
    [['--record', '.', 'touch', 'ran'], '--record "." cannot be written (EISDIR)'],
    [['--output', 'none/told.txt', 'touch', 'ran'], '--output "none/told.txt" cannot be written (ENOENT)'],
    [['--output', '.', 'touch', 'ran'], '--output "." cannot be written (EISDIR)'],
    [['--record', 'left.jsonl', 'no-such-program'], 'there is no such program'],
  ] as const) {
    test(`wrongly: ${words.join(' ')}`, async () => {
      chmodSync(write('not-executable', '#!/bin/sh\n'), 0o644);
      const { exit, stdout, stderr } = await run(words);
      assert.equal(exit, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^altname: [^\n]+\n(?:hint: altname [^\n]+\n)?$/);
      assert.ok(stderr.includes(text), stderr);
      assert.deepEqual(
        readdirSync(home).filter((name) => /^ran$|^left|\.part$/.test(name)),
        [],
      );
    });
  }

  test('in a place where nothing can be written: one line, and the program is not run', async () => {
    const { exit, stderr } = await run(['touch', 'ran'], { env: { TMPDIR: join(home, 'ca.pem') } });
    assert.equal(exit, 2);
    assert.match(
      stderr,
      /^altname: nothing can be written in [^\n]+ \(ENOTDIR\); a folder for temporary files is expected[^\n]*\n$/,
    );
    assert.ok(!existsSync(join(home, 'ran')));
  });
});

describe('the channel of a parent that forked it', () => {
  test('leads to the program: messages, a handle, and its end from either side', async () => {
    write(
      'forked.cjs',
      `process.on('message', (message, handle) => {
         if (message === 'end') process.disconnect();
         else if (handle !== undefined) handle.end('from the program');
         else process.send({ got: message });
       });
       process.on('disconnect', () => console.log('disconnected'));
       process.send('ready');`,
    );
    const child = start(['run', 'node', 'forked.cjs'], { cwd: home, env, forked: true });
    const end = ended(child, '');
    const next = () => once(child, 'message').then(([message]: unknown[]) => message);
    assert.equal(await next(), 'ready');
    child.send({ asked: 'a' });
    assert.deepEqual(await next(), { got: { asked: 'a' } });
    const server = createServer((socket) => child.send('take', socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const text = await textOf(connectTcp((server.address() as AddressInfo).port, '127.0.0.1'));
    assert.equal(text, 'from the program');
    server.close();
    child.send('end');
    const { exit, stdout } = await end;
    assert.deepEqual([exit, stdout], [0, 'disconnected\n']);

    const other = start(['run', 'node', 'forked.cjs'], { cwd: home, env, forked: true });
    await once(other, 'message');
    // Node emits no `close` for a child whose channel was ended here.
    const over = once(other, 'exit');
    other.disconnect();
    assert.deepEqual(await over, [0, null]);
  });
});

describe('--record', () => {
  test('writes each set of names once, with its places and its count, the most used first', async () => {
    app(
      'names.cjs',
      `for (let i = 0; i < 3; i++) await connect(process.env.RIGHT);
       await connect(process.env.WRONG);
       await connect(process.env.WRONG, { rejectUnauthorized: false });
       const { connect: again } = require('./connect.cjs');
       await require('./second.cjs').connect(process.env.RIGHT);
       if (process.argv[2] === undefined) require('node:child_process').fork(__filename, ['child']);`,
    );
    write('second.cjs', connect);
    const record = join(home, 'names.jsonl');
    const { stderr } = await run([
      '--record',
      record,
      '--reporter',
      'json',
      '-o',
      'ignored.jsonl',
      'node',
      'names.cjs',
    ]);
    assert.equal(stderr, `altname: 2 entries in ${record}\n`);
    const [often, seldom, ...rest] = entries(record);
    assert.deepEqual(rest, []);
    const { certificate, dialled, ...names } = often ?? ({} as Entry);
    assert.match(certificate ?? '', /^[\da-f]{64}$/);
    assert.equal(dialled, `127.0.0.1:${right.port}`);
    assert.deepEqual(names, {
      asked: 'localhost',
      sent: 'localhost',
      checked: 'localhost',
      host: null,
      error: null,
      client: 'tls',
      callSite: 'connect.cjs:5:22',
      otherCallSites: ['second.cjs:5:22'],
      count: 8,
    });
    // Refused and let pass: the same names, and what failed is kept, whichever came first.
    assert.equal(seldom?.count, 4);
    assert.equal(seldom?.error, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('replaces an older file when the new one is whole, and through a link', async () => {
    app(
      'slow.cjs',
      `await connect(process.env.RIGHT); console.log('connected'); setTimeout(() => {}, 10_000);`,
    );
    write('kept.jsonl', 'older\n');
    symlinkSync('kept.jsonl', join(home, 'link.jsonl'));
    const child = start(['run', '--record', 'link.jsonl', 'node', 'slow.cjs'], { cwd: home, env });
    const end = ended(child, '');
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    assert.equal(readFileSync(join(home, 'kept.jsonl'), 'utf8'), 'older\n');
    child.kill('SIGTERM');
    assert.equal((await end).exit, 143);
    assert.deepEqual(
      entries(join(home, 'kept.jsonl')).map(({ count }) => count),
      [1],
    );
    assert.equal(realpathSync(join(home, 'link.jsonl')), realpathSync(join(home, 'kept.jsonl')));
    assert.deepEqual(
      readdirSync(home).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  test('to what is no file is written there, and what has no room is said', async () => {
    app('one.cjs', `await connect(process.env.RIGHT); process.exitCode = 5;`);
    assert.equal((await run(['--record', '/dev/null', 'node', 'one.cjs'])).exit, 5);
    assert.ok(statSync('/dev/null').isCharacterDevice());
    const pipe = join(home, 'pipe');
    spawnSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const read = ended(reader, '');
    assert.equal((await run(['--record', pipe, 'node', 'one.cjs'])).exit, 5);
    assert.equal((JSON.parse((await read).stdout) as Entry).count, 1);
    const alone = await run(['--record', pipe, 'touch', 'ran']);
    assert.equal(alone.exit, 2);
    assert.match(alone.stderr, /^altname: --record "[^\n]*pipe" cannot be written \(ENXIO\)/);
    assert.ok(!existsSync(join(home, 'ran')));
    const full = await run(['--record', '/dev/full', 'node', 'one.cjs']);
    assert.equal(full.exit, 5);
    assert.equal(full.stderr, 'altname: --record "/dev/full" could not be written (ENOSPC)\n');
  });

  test('holds what processes counted that were killed', async () => {
    app(
      'killed.cjs',
      `for (let i = 0; i < 5; i++) await connect(process.env.RIGHT);
       await new Promise((resolve) => setTimeout(resolve, 1200));
       process.kill(process.pid, 'SIGKILL');`,
    );
    const record = join(home, 'killed.jsonl');
    assert.equal((await run(['--record', record, 'node', 'killed.cjs'])).exit, 137);
    assert.deepEqual(
      entries(record).map(({ count }) => count),
      [5],
    );
  });
});

describe('the end of the program', () => {
  test('by a signal is 128 and its number', async () => {
    for (const [signal, number] of [
      ['TERM', 15],
      ['KILL', 9],
      ['INT', 2],
      ['SEGV', 11],
    ] as const) {
      assert.equal((await run(['sh', '-c', `kill -${signal} $$`])).exit, 128 + number);
    }
  });

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGINT', 'SIGQUIT'] as const) {
    test(`${signal} is the program’s to act on`, async () => {
      app(
        'signals.cjs',
        `process.on('${signal}', () => { console.log('in peace'); setTimeout(() => process.exit(9), 50); });
         setTimeout(() => {}, 10_000); console.log('ready');`,
      );
      const child = start(['run', 'node', 'signals.cjs'], { cwd: home, env });
      const end = ended(child, '');
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      child.kill(signal);
      assert.deepEqual(await end, { exit: 9, stdout: 'ready\nin peace\n', stderr: '' });
    });
  }

  for (const way of ['SIGKILL', 'SIGTERM', 'a worker that is stopped']) {
    test(`by ${way}: what a switch hides is told all the same`, async () => {
      app(
        'hides.cjs',
        `const { isMainThread, Worker } = require('node:worker_threads');
         if (${way.startsWith('SIG') ? 'false' : 'isMainThread'}) return void new Worker(__filename).on('message', function () { this.terminate(); });
         await connect(process.env.WRONG, { rejectUnauthorized: false });
         ${way.startsWith('SIG') ? `process.kill(process.pid, '${way}');` : `require('node:worker_threads').parentPort.postMessage('done'); setTimeout(() => {}, 10_000);`}`,
      );
      const { exit, stderr } = await run(['node', 'hides.cjs']);
      assert.equal(exit, way === 'SIGKILL' ? 137 : way === 'SIGTERM' ? 143 : 0);
      assert.match(
        stderr,
        /^altname: the option that turns verification off at connect\.cjs:5:\d+ .* hides a fault: ✗/,
      );
      assert.equal(stderr.match(/hides/g)?.length, 1);
      rmSync(join(home, 'hidden.txt'), { force: true });
      const toFile = await run(['-o', 'hidden.txt', 'node', 'hides.cjs']);
      assert.equal(toFile.stderr, '');
      assert.match(readFileSync(join(home, 'hidden.txt'), 'utf8'), /^altname: the option .* hides a fault/);
    });
  }

  test('leaves nothing behind', async () => {
    const temporary = join(home, 'tmp');
    mkdirSync(temporary, { recursive: true });
    app('fail.cjs', `console.log(await connect(process.env.WRONG, { rejectUnauthorized: false }));`);
    await run(['--record', 'x.jsonl', 'node', 'fail.cjs'], { env: { TMPDIR: temporary } });
    await run(['no-such-program'], { env: { TMPDIR: temporary } });
    await run(['sh', '-c', 'kill -9 $$'], { env: { TMPDIR: temporary } });
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('altname')),
      [],
    );
  });

  test('on a terminal: the program has it, and ^C reaches it once', async () => {
    app(
      'terminal.cjs',
      `let times = 0;
       process.on('SIGINT', () => { times++; setTimeout(() => { console.log('interrupted', times); process.exit(6); }, 300); });
       process.stdin.on('data', (data) => console.log('typed', String(data).trim()));
       console.log('terminal', process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY);`,
    );
    const main = new URL('../dist/main.cjs', import.meta.url).pathname;
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    const command = [process.execPath, main, 'run', 'node', 'terminal.cjs'].map(quoted).join(' ');
    const child = spawn('script', ['-qec', `exec ${command}`, '/dev/null'], {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    const exit = await new Promise<number | null>((resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        const earlier = text;
        text += data.toString();
        if (!earlier.includes('terminal') && text.includes('terminal')) child.stdin.write('words\n');
        if (!earlier.includes('typed') && text.includes('typed')) child.stdin.write('\u0003');
      });
      child.on('close', resolve);
    });
    assert.match(text, /terminal true true true/);
    assert.match(text, /typed words/);
    assert.match(text, /interrupted 1/);
    assert.equal(exit, 6);
  });
});
