import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { askingFlags, checkFlags, styleFlags } from '../src/check/flags.ts';
import { proxyFlags } from '../src/proxy/options.ts';
import { createRoot } from './authority.ts';
import { altname } from './command.ts';
import { testTranscript } from './transcript.ts';

testTranscript('usage.txt', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-usage-'));
  const leaf = await (await createRoot()).issue({ names: ['a.test'] });
  mkdirSync(join(cwd, 'folder'));
  const files: Record<string, string | Buffer> = {
    'server.pem': leaf.cert,
    'key.pem': leaf.key,
    'broken.pem': leaf.cert.slice(0, 200) + leaf.cert.slice(264),
    'empty.pem': '',
    'text.txt': 'hello\n',
    'garbage.bin': Buffer.from([0x30, 0x82, 0xff, 0xff, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00]),
    'comments.txt': '# nothing here\n\n   # nor here\n',
    'broken-list.bin': `a\0b.test\nhttps://me:secret@a..test/\n${'x'.repeat(10_000)}\n`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return { values: {}, options: { cwd } };
});

test('--version prints the version of the package, and nothing else', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  for (const words of [['--version'], ['-V'], ['version']]) {
    assert.deepEqual(await altname(words), { exit: 0, stdout: `${manifest.version}\n`, stderr: '' });
  }
});

test('help goes to stdout, begins with examples, and fits 80 columns', async () => {
  for (const words of [
    ['--help'],
    ['help'],
    ...['check', 'match', 'inspect', 'explain', 'run', 'cert', 'proxy'].flatMap((name) => [
      ['help', name],
      [name, '--help'],
      [name, '-h'],
    ]),
    ...['trust', 'untrust', 'status', 'renew', 'csr', 'diff'].flatMap((name) => [
      ['cert', 'help', name],
      ['cert', name, '--help'],
    ]),
  ]) {
    const { exit, stdout, stderr } = await altname(words);
    assert.equal(exit, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /^.+\n(?:.+\n)?\nUsage:\n {4}altname /);
    assert.ok(
      stdout.split('\n').every((line) => line.length <= 80),
      words.join(' '),
    );
  }
});

test('every option of a command is in its help', async () => {
  const check = (await altname(['help', 'check'])).stdout;
  for (const [name, { short }] of Object.entries(checkFlags)) {
    assert.ok(check.includes(name.startsWith('ipv') ? `-${short ?? ''}` : `--${name}`), name);
  }
  const inspect = (await altname(['help', 'inspect'])).stdout;
  for (const name of Object.keys({ ...askingFlags, ...styleFlags })) {
    assert.ok(inspect.includes(name.startsWith('ipv') ? `-${name.slice(3)}` : `--${name}`), name);
  }
  const proxy = (await altname(['help', 'proxy'])).stdout;
  for (const name of Object.keys(proxyFlags)) assert.ok(proxy.includes(`--${name}`), name);
});

test('every command keeps to one line and its hint for wrong input, and never shows a stack', async () => {
  for (const words of [['check'], ['match'], ['inspect', './none'], ['explain', 'NO_SUCH_CODE']]) {
    const { exit, stdout, stderr } = await altname(words);
    assert.equal(exit, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^altname: [^\n]+\n(?:hint: altname [^\n]+\n)?$/);
  }
});

test('a fault of its own says so, keeps the stack, and exits 70', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-fault-'));
  writeFileSync(
    join(cwd, 'break.cjs'),
    `require('node:util').parseArgs = () => { throw new TypeError('broken\\u001b[31m on purpose'); };
     require('node:module').syncBuiltinESMExports();`,
  );
  const { exit, stdout, stderr } = await altname(['check', 'a.test'], {
    cwd,
    env: { NODE_OPTIONS: `--require ${join(cwd, 'break.cjs')}` },
  });
  assert.equal(exit, 70);
  assert.equal(stdout, '');
  assert.match(stderr, /^altname: this is a fault of altname itself/);
  assert.match(stderr, /TypeError: broken\\x1b\[31m on purpose\n +at /);
  assert.match(stderr, /Node v\d+/);
});

test('only what a command needs is loaded: --version loads no other module', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-load-'));
  const preload = join(cwd, 'loaded.cjs');
  writeFileSync(
    preload,
    `const { writeSync } = require('node:fs');
     process.on('exit', () => { for (const file of Object.keys(require.cache)) writeSync(2, 'loaded ' + file + '\\n'); });`,
  );
  const loaded = async (words: readonly string[]): Promise<string[]> => {
    const { stderr } = await altname(words, { env: { NODE_OPTIONS: `--require ${preload}` } });
    return stderr.split('\n').filter((line) => line.startsWith('loaded ') && !line.endsWith('loaded.cjs'));
  };
  assert.deepEqual(
    (await loaded(['--version'])).map((line) => line.replace(/.*[/\\]/, '')),
    ['main.cjs'],
  );
  const forHelp = await loaded(['--help']);
  assert.ok(forHelp.length > 1, 'what --help loads is seen');
  assert.deepEqual(
    forHelp.filter((file) => /(?:check|pretty|fixes|certificate)\.cjs$/.test(file)),
    [],
  );
});
