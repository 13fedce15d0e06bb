import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { createRoot } from './authority.ts';
import { program, runWatched, sameWithPreload, temporaryFolder } from './preload-program.ts';

// A program whose requests stand for a long while, until the server has another certificate. No stack is taken for most
// of them; which place in the program is told all the same is held here.

const folder = temporaryFolder();
before(async () => {
  const authority = await createRoot();
  const right = await authority.issue(['localhost']);
  const wrong = await authority.issue(['other.test']);
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  writeFileSync(join(folder, 'right.json'), JSON.stringify(right));
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong));
});

const head = `
const https = require('https'), fs = require('fs'), { join } = require('path');
const read = (name) => fs.readFileSync(join(${JSON.stringify(folder)}, name));
const ca = read('ca.pem');
const agent = new https.Agent({ ca, maxCachedSessions: 0 });
const server = https.createServer(JSON.parse(read('right.json')), (request, response) => response.end('hello'));
const rotate = () => server.setSecureContext(JSON.parse(read('wrong.json')));
const ended = (request) => new Promise((resolve) => request
  .on('response', (response) => response.resume().on('end', () => resolve('fine')))
  .on('error', (error) => resolve(error.code)).end());
const to = (path, more) => ({ host: 'localhost', port: server.address().port, path, agent, ...more });
server.listen(0, '127.0.0.1', () => main().then(() => server.close()));
`;
const lines = head.split('\n').length;

/** The line of the program's own text that each failure was told of. */
function placesIn(told: string): readonly number[] {
  return [...told.matchAll(/called +\S*program-\d+\.cjs:(\d+):/g)].map(
    ([, line]) => Number(line) - lines + 1,
  );
}

describe('a failure after many connections that stood', () => {
  it('is told with the place that they were asked for from', async () => {
    const { stdout, told } = await sameWithPreload(
      program(`${head}async function main() {
        const ask = () => ended(https.request(to('/a/1')));
        for (let i = 0; i < 100; i++) await ask();
        rotate();
        for (let i = 0; i < 3; i++) console.log(await ask());
      }`),
    );
    assert.equal(stdout, 'ERR_TLS_CERT_ALTNAME_INVALID\n'.repeat(3));
    assert.deepEqual(placesIn(told), [2], told);
    assert.match(told, /wrong|other\.test/);
    assert.match(told, /came 3 times in all/);
  });

  it('is told with its own place where several ask for different things', async () => {
    const { told } = await sameWithPreload(
      program(`${head}async function main() {
        const first = () => ended(https.request(to('/first/1?x=/second')));
        const second = () => ended(https.request(to('/second/1')));
        const third = () => ended(https.request(to('/second/1', { method: 'POST' })));
        for (let i = 0; i < 40; i++) for (const ask of [first, second, third]) await ask();
        rotate();
        for (const ask of [third, second, first]) await ask();
      }`),
    );
    assert.deepEqual(placesIn(told), [4, 3, 2], told);
  });

  it('is told without a place, once, where several ask for the same thing', async () => {
    const { told } = await sameWithPreload(
      program(`${head}async function main() {
        const first = () => ended(https.request(to('/')));
        const second = () => ended(https.request(to('/')));
        for (let i = 0; i < 40; i++) for (const ask of [first, second]) await ask();
        rotate();
        for (const ask of [first, second, first]) await ask();
      }`),
    );
    assert.deepEqual(placesIn(told), [3, 2], told);
    assert.equal(told.match(/a TLS connection of this program failed/g)?.length, 3, told);
    assert.match(told, /node:https/);
  });

  it('is told with its own place when anything else of it is new', async () => {
    const { told } = await sameWithPreload(
      program(`${head}async function main() {
        const old = () => ended(https.request(to('/')));
        for (let i = 0; i < 40; i++) await old();
        rotate();
        await ended(https.request(to('/', { servername: 'localhost', checkServerIdentity: (host, certificate) => require('tls').checkServerIdentity(host, certificate) })));
        await ended(https.request(to('/', { headers: { Host: 'third.test' } })));
        await ended(https.request(to('/', { agent: new https.Agent({ ca }) })));
        await ended(https.request(to('/', { ca: [ca], servername: 'fourth.test' })));
      }`),
    );
    assert.deepEqual(placesIn(told), [5, 6, 7, 8], told);
  });

  it('is found past a switch that was set in the meantime', async () => {
    const { stdout, stderr } = await runWatched(
      program(`${head}async function main() {
        const ask = () => ended(https.request(to('/')));
        for (let i = 0; i < 40; i++) await ask();
        rotate();
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
        console.log(await ask());
      }`),
      { node: ['--no-warnings'] },
    );
    assert.equal(stdout, 'fine\n');
    assert.match(stderr, /hides a fault/);
    assert.match(stderr, /program-\d+\.cjs/);
  });

  it('does not keep the program’s objects alive', async () => {
    const { stdout } = await sameWithPreload(
      program(`${head}async function main() {
        let kept;
        for (let i = 0; i < 40; i++) {
          const asker = new (class Asker { ask() { return ended(https.request(to('/'))); } })();
          kept ??= new WeakRef(asker);
          await asker.ask();
        }
        for (let i = 0; i < 5 && kept.deref() !== undefined; i++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          gc();
        }
        console.log(kept.deref() === undefined);
      }`),
      { node: ['--expose-gc'] },
    );
    assert.equal(stdout, 'true\n');
  });
});
