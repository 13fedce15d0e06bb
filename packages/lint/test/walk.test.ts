import assert from 'node:assert/strict';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lint } from '../src/index.ts';
import { walk } from '../src/walk.ts';
import { treeOf } from './tree.ts';

function pathsOf(root: string, paths: readonly string[], exclude: readonly string[] = []): readonly string[] {
  return [...walk(paths, root, exclude)].map(({ path }) => path);
}

describe('what is read', () => {
  it('is every file below a folder, by name, but for what was installed and what git has', () => {
    const root = treeOf({
      'b.js': '',
      'a/z.js': '',
      'a/b/c.ts': '',
      '.github/workflows/ci.yml': '',
      'node_modules/x/index.js': '',
      'a/node_modules/y.js': '',
      '.git/config': '',
    });
    assert.deepEqual(pathsOf(root, ['.']), ['.github/workflows/ci.yml', 'a/b/c.ts', 'a/z.js', 'b.js']);
    assert.deepEqual(pathsOf(root, ['a']), ['a/b/c.ts', 'a/z.js']);
  });

  it('is each file once, though two paths have it', () => {
    const root = treeOf({ 'a/b.js': '', 'c.js': '' });
    assert.deepEqual(pathsOf(root, ['a', 'a/b.js', '.']), ['a/b.js', 'c.js']);
  });

  it('is not what .gitignore names, of this folder, of those below and of those above up to the one git has', () => {
    const root = treeOf({
      '.git/HEAD': '',
      '.gitignore': 'dist/\n*.gen.js\n!kept.gen.js\n/only-here.js\n',
      'a.js': '',
      'b.gen.js': '',
      'kept.gen.js': '',
      'only-here.js': '',
      'dist/c.js': '',
      'sub/only-here.js': '',
      'sub/.gitignore': 'own.js\n!again.gen.js\n',
      'sub/own.js': '',
      'sub/again.gen.js': '',
      'sub/deep/own.js': '',
      'sub/deep/d.gen.js': '',
    });
    const below = ['sub/.gitignore', 'sub/again.gen.js', 'sub/only-here.js'];
    assert.deepEqual(pathsOf(root, ['.']), ['.gitignore', 'a.js', 'kept.gen.js', ...below]);
    assert.deepEqual(pathsOf(root, ['sub']), below);
  });

  it('is an .env file though git ignores it, and a file that is named though it is ignored', () => {
    const root = treeOf({ '.gitignore': '.env*\n*.js\n', '.env.local': '', 'a.js': '', 'b.js': '' });
    assert.deepEqual(pathsOf(root, ['.', 'b.js']), ['.env.local', '.gitignore', 'b.js']);
  });

  it('is not what --exclude names, from the working directory on', () => {
    const root = treeOf({ 'a/x.js': '', 'b/x.js': '', 'b/y.js': '', '.env': '' });
    assert.deepEqual(pathsOf(root, ['.'], ['a/', 'y.js']), ['.env', 'b/x.js']);
  });

  it('is nothing behind a link, which may lead in a circle', () => {
    const root = treeOf({ 'a/x.js': '' });
    symlinkSync('..', join(root, 'a', 'up'));
    symlinkSync('x.js', join(root, 'a', 'y.js'));
    assert.deepEqual(pathsOf(root, ['.']), ['a/x.js']);
    assert.deepEqual(pathsOf(root, ['a/y.js']), ['a/y.js']);
  });

  it('is told where it is not there', () => {
    const root = treeOf({ 'a.js': '' });
    for (const [path, expected] of [
      ['nowhere', '"nowhere" is not there: a file or a folder is expected'],
      ['', 'a path is empty: a file or a folder is expected'],
      ['a.js/b', '"a.js/b" is not there: a file or a folder is expected'],
      ['\u001b[31m', '"\\x1b[31m" is not there: a file or a folder is expected'],
    ] as const) {
      assert.throws(() => pathsOf(root, [path]), {
        name: 'AltnameError',
        code: 'ALTNAME_BAD_OPTION',
        message: expected,
      });
    }
  });

  it('is told where it may not be read, below a folder too', { skip: ofRoot() }, () => {
    const root = treeOf({ 'a.js': '', 'closed/b.js': '', 'c.js': '' });
    const closed = ['closed', 'c.js'];
    for (const path of closed) chmodSync(join(root, path), 0);
    for (const path of closed) {
      assert.throws(() => pathsOf(root, [path]), {
        code: 'ALTNAME_BAD_OPTION',
        message: `"${path}" cannot be read: EACCES`,
      });
    }
    assert.deepEqual(
      lint(['.'], { cwd: root }).problems.map(({ code, path }) => [code, path]),
      [
        ['not-read', 'c.js'],
        ['not-read', 'closed'],
      ],
    );
    for (const path of closed) chmodSync(join(root, path), 0o755);
  });

  it('tells a device from a file', () => {
    assert.throws(() => pathsOf('/', ['dev/null']), {
      code: 'ALTNAME_BAD_OPTION',
      message: '"dev/null" is neither a file nor a folder',
    });
  });
});

describe('a file that is there', () => {
  it('is not read where a program made it smaller, unless it is named', () => {
    const root = treeOf({ 'a.min.js': `require('https').get({ rejectUnauthorized: false });` });
    assert.deepEqual(lint(['.'], { cwd: root }), { files: 0, problems: [] });
    assert.equal(lint(['a.min.js'], { cwd: root }).problems.length, 1);
  });

  it('is told when it is larger than anybody writes', () => {
    const root = treeOf({ 'a.js': 'x'.repeat((4 << 20) + 1) });
    const [problem] = lint(['.'], { cwd: root }).problems;
    assert.deepEqual(
      [problem?.code, problem?.path, problem?.message],
      ['not-read', 'a.js', 'It has over 4 MiB.'],
    );
  });

  it('is told where it is one too many to be compared with certificates', () => {
    const large = `services:\n  a: { image: a }\n# ${'x'.repeat((4 << 20) - 100)}\n`;
    const root = treeOf(
      Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`${index + 10}/compose.yaml`, large])),
    );
    const { problems } = lint(['.'], { cwd: root });
    assert.deepEqual(
      problems.map(({ code, path }) => [code, path]),
      [['not-read', '26/compose.yaml']],
    );
  });

  it('may have a byte order mark, Windows line ends, and octets that are no UTF-8', () => {
    const root = treeOf({
      'a.js': '\uFEFF// one\r\nrequire("https").get({ rejectUnauthorized: false });\r\n',
      'b.js': Buffer.concat([
        Buffer.from('// '),
        Buffer.from([0xff, 0xfe, 0]),
        Buffer.from('\nhttps = 1; rejectUnauthorized'),
      ]),
    });
    const { files, problems } = lint(['.'], { cwd: root });
    assert.equal(files, 2);
    assert.deepEqual(
      problems.map(({ code, path, line, column }) => [code, path, line, column]),
      [['no-disabled-verification', 'a.js', 2, 24]],
    );
  });
});

/** Root may read everything. */
function ofRoot(): string | false {
  return process.getuid?.() === 0 ? 'root may read every folder' : false;
}
