import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { program, runNode, runWatched, sameWithPreload } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// What is no failure of TLS, and what others say that the preload must not keep from being said.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

const head = `
const tls = require('tls'), fs = require('fs');
const { RIGHT, CA } = process.env;
const ca = fs.readFileSync(CA);
const dial = (options) => tls.connect({ host: 'localhost', port: RIGHT, ca, ...options }).on('error', ({ code, message }) => console.log(code ?? message));
`;

describe('nothing is told of', () => {
  for (const [what, text, heard] of [
    [
      'a name that does not resolve',
      `dial({ lookup: (name, options, callback) => callback(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })) })`,
      'EAI_AGAIN',
    ],
    [
      'a program that gives up with a code of its own',
      `dial({}).destroy(Object.assign(new Error('late'), { code: 'MY_TIMEOUT' }))`,
      'MY_TIMEOUT',
    ],
    [
      'a check of the program’s own that refuses what Node accepts',
      `dial({ checkServerIdentity: () => new Error('the pin does not match') })`,
      'the pin does not match',
    ],
  ] as const) {
    it(what, async () => {
      const { stdout, told } = await sameWithPreload(program(head + text), { env: servers.env });
      assert.equal(stdout, `${heard}\n`);
      assert.equal(told, '');
    });
  }
});

describe('NODE_DEBUG', () => {
  it('has fetch log as much as without the preload', async () => {
    const text = `fetch('https://localhost:' + process.env.RIGHT).catch(() => {}).then(() => console.log('done'));`;
    const start = { env: { ...servers.env, NODE_DEBUG: 'fetch', ALTNAME: '' } };
    const linesOf = ({ stderr }: { stderr: string }): number =>
      stderr.match(/^(?:FETCH|UNDICI) /gm)?.length ?? 0;
    const without = linesOf(await runNode(program(text), start));
    assert.ok(without > 0);
    assert.equal(linesOf(await runWatched(program(text), start)), without);
  });
});
