import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { examples, Example } from './examples-program.ts';
import { scratch } from './scratch.ts';

// The examples as they stand, each a process of its own, asked by Node with verification on.

const caDir = join(await scratch(), 'ca-dir');
const caFile = join(caDir, 'ca', 'ca.pem');

/** What each answers by which name. */
const table: Readonly<Record<string, readonly [words: readonly string[], answers: Record<string, RegExp>]>> =
  {
    express: [
      ['server.js'],
      { localhost: /Hello from https:\/\/localhost$/, 'api.local': /Hello from https:\/\/api\.local$/ },
    ],
    fastify: [
      ['server.js'],
      { localhost: /Hello from https:\/\/localhost$/, 'shop.app.test': /from https:\/\/shop\.app\.test$/ },
    ],
    vite: [
      [],
      {
        localhost: /<script type="module" src="\/@vite\/client">/,
        'app.test': /<title>vite</,
        'shop.app.test': /<title>vite</,
      },
    ],
  };

describe('the examples', { timeout: 120_000 }, () => {
  it('are all here', async () => {
    assert.deepEqual((await readdir(examples)).toSorted(), Object.keys(table).toSorted());
  });

  for (const [name, [words, answers]] of Object.entries(table)) {
    it(`${name}: is asked by its names`, async (t) => {
      const example = await Example.start(join(examples, name), caDir, words);
      t.after(() => example.stop());
      for (const [asked, expected] of Object.entries(answers)) {
        assert.match(await ask(asked, example.port), expected, asked);
      }
      await assert.rejects(ask('other.test', example.port), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    });
  }

  it('a fetch of another process accepts it, told of the CA as the first example has said', async (t) => {
    const other = join(await scratch(), 'ca-dir');
    const [folder, words] = [join(examples, 'express'), ['server.js']];
    const first = await Example.start(folder, other, words);
    t.after(() => first.stop());
    assert.match(
      first.stderr,
      /^altname: made a CA for development in .*;.*:\n  npx altname cert trust.*\n  NODE_EXTRA_CA_CERTS=.*\n$/,
    );
    const NODE_EXTRA_CA_CERTS = / (NODE_EXTRA_CA_CERTS)=(\S+)/.exec(first.stderr)?.[2] ?? '';
    const code = `fetch('https://localhost:${first.port}/').then((r) => r.text()).then(console.log)`;
    const run = (env: NodeJS.ProcessEnv): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, ['-e', code], { env, timeout: 20_000 });
    assert.match((await run({ NODE_EXTRA_CA_CERTS })).stdout, /Hello from https:\/\/localhost/);
    await assert.rejects(run({}), /UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)/);

    const second = await Example.start(folder, other, words);
    t.after(() => second.stop());
    assert.equal(second.stderr, '', 'the CA is no longer new');
  });

  it('are what the README shows', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const section = /^## In a dev server\n(.*?)(?=^## |$(?![^]))/ms.exec(readme)?.[1] ?? '';
    const blocks = [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
    const files = (await readdir(examples, { recursive: true })).filter((file) => file.endsWith('.js'));
    const programs = await Promise.all(files.map((file) => readFile(join(examples, file), 'utf8')));
    assert.equal(blocks.length, Object.keys(table).length);
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => line !== '');
      assert.ok(
        programs.some((program) => lines.every((line) => program.includes(line))),
        block,
      );
    }
  });
});

async function ask(name: string, port: number): Promise<string> {
  const ca = await readFile(caFile, 'utf8');
  const options = { host: 'localhost', servername: name, port, ca, agent: false, timeout: 10_000 };
  const request = https.get({ ...options, headers: { host: `${name}:${port}`, accept: 'text/html' } });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  return (await text(response)).trim();
}
