import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { lint } from '../src/index.ts';
import { absent, startWorld } from './real.ts';
import { treeOf } from './tree.ts';

// What is told to write in the place of what is off, run: the server that is meant answers, and no other.

const world = await startWorld();
const resolved = (port: number): string => `api.test:${port}:127.0.0.1`;
const url = (port: number): string => `https://api.test:${port}/`;
const asking = `require('https').get({ host: '127.0.0.1', port: process.argv[1], servername: 'api.test' }, (r) => r.resume()).on('error', (e) => { console.error(e.code); process.exit(1); });`;

interface Row {
  readonly program: string;
  readonly bad: (port: number) => string;
  /** What is to be in the hint, up to its end or a comma. */
  readonly hint: RegExp;
  /** The words with which the program is run as the hint says. */
  readonly words: (hint: string, port: number) => readonly string[];
  readonly environment?: (hint: string) => Readonly<Record<string, string>>;
  /** Whether what it told is of a certificate, where it failed. */
  readonly refused: RegExp;
}

const rows: readonly Row[] = [
  {
    program: 'curl',
    bad: (port) => `curl -k ${url(port)}`,
    hint: /^--cacert ca\.pem/,
    words: (hint, port) => ['-sS', ...hint.split(' '), '--resolve', resolved(port), url(port)],
    refused: /certificate/,
  },
  {
    program: 'git',
    bad: (port) => `git -c http.sslVerify=false ls-remote ${url(port)}`,
    hint: /^git -c http\.sslCAInfo=ca\.pem/,
    words: (hint, port) => [
      ...hint.split(' ').slice(1),
      '-c',
      `http.curloptResolve=${resolved(port)}`,
      'ls-remote',
      url(port),
    ],
    refused: /certificate/,
  },
  {
    program: process.execPath,
    bad: (port) => `NODE_TLS_REJECT_UNAUTHORIZED=0 node -e 1 ${port}`,
    hint: /NODE_EXTRA_CA_CERTS=ca\.pem/,
    words: (_, port) => ['-e', asking, String(port)],
    environment: (hint) => ({ NODE_EXTRA_CA_CERTS: hint.split('=')[1] ?? '' }),
    refused: /ERR_TLS_CERT_ALTNAME_INVALID|UNABLE_TO|SELF_SIGNED/,
  },
];

describe('what is told to write in a command', () => {
  for (const { program, bad, hint: expected, words, environment, refused } of rows) {
    it(bad(443), { skip: absent(program, '--version') }, async () => {
      for (const [upstream, isRight] of [
        [world.right, true],
        [world.named, false],
        [world.stranger, false],
      ] as const) {
        const { port } = upstream;
        const root = treeOf({ 'a.sh': `${bad(port)}\n` });
        const [problem] = lint(['.'], { cwd: root }).problems;
        const [hint = ''] = expected.exec(problem?.hint ?? '') ?? [];
        assert.notEqual(hint, '', String(problem?.hint));
        const told = hint.replace('ca.pem', world.root);
        const before = upstream.sent.length;
        const error = await new Promise<string>((resolve) => {
          const env = { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', ...environment?.(told) };
          execFile(program, words(told, port), { env, timeout: 30_000 }, (_, __, stderr) => resolve(stderr));
        });
        assert.equal(refused.test(error), !isRight, error);
        if (isRight) assert.ok(upstream.sent.length > before, `it was not asked: ${error}`);
      }
    });
  }
});
