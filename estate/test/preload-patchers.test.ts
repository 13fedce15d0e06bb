import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from '../src/authority.ts';
import { startSink, type Sink } from '../src/recipes/sink.ts';
import { bothWays, fileName, writeMarked } from './programs/http-watched.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// Doubles of tests and what measures applications stand around the functions that a program calls: the connection is
// the program's, or that of its client library. Each stands here as a package of its name that does no more.

const wrapping = `
const { syncBuiltinESMExports } = require('node:module');
const wrap = (object, name) => {
  const before = object[name];
  object[name] = function (...args) {
    return before.apply(this, args);
  };
};
exports.wrap = wrap;
exports.start = () => {
  for (const name of ['get', 'request']) wrap(require('node:https'), name);
  wrap(require('node:tls'), 'connect');
  wrap(require('node:net').Socket.prototype, 'connect');
  syncBuiltinESMExports();
};
exports.report = (url) => new Promise((done) => setTimeout(() => {
  require('node:https').request(url).on('error', done).end();
}));
`;

const patchers = [
  'nock',
  'sinon',
  '@sinonjs/fake-timers',
  'msw',
  '@mswjs/interceptors',
  'shimmer',
  'require-in-the-middle',
  'import-in-the-middle',
  '@opentelemetry/instrumentation-http',
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  '@sentry/node',
];

let folder: ProgramFolder;
let wrong: Sink;

before(async () => {
  const authority = await createAuthority({ name: 'Known CA' });
  folder = await ProgramFolder.make(authority.cert);
  wrong = await startSink('http', await authority.issue({ names: ['www.bank.test'] }));
  for (const name of [...patchers, 'some-client']) {
    const file = join(folder.path, 'node_modules', name, 'index.js');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, wrapping);
    await writeFile(join(dirname(file), 'package.json'), JSON.stringify({ name, version: '1.2.3' }));
  }
});

after(async () => {
  wrong.close();
  await folder.remove();
});

/** Client, library and call site of every connection that failed. */
async function told(marked: string): Promise<{ told: readonly unknown[]; callSites: readonly string[] }> {
  const { file, callSites } = await writeMarked(folder, fileName('patched'), marked);
  const { diagnoses } = await bothWays(folder, [file], 0);
  return { told: diagnoses.map(({ client, app }) => [client, app?.library, app?.callSite]), callSites };
}

describe('what only patches is not named as the client', { concurrency: 3 }, () => {
  for (const name of patchers) {
    it(name, async () => {
      const url = `https://api.shop.test:${wrong.port}/`;
      const said = await told(`import { get } from 'node:https';
import tls from 'node:tls';
import axios from 'axios';
import patcher from '${name}';

patcher.start();
await new Promise((done) => @@get('${url}').on('error', done));
await axios.@@get('${url}').catch(() => {});
await new Promise((done) => tls.@@connect(${wrong.port}, 'api.shop.test').on('error', done));
`);
      const axios = /^axios@\d/;
      const [byGet, byAxios, byTls] = said.told as readonly (readonly [string, string | null, string])[];
      const [getSite, axiosSite, tlsSite] = said.callSites;
      assert.equal(said.told.length, 3);
      assert.deepEqual(byGet, ['https', null, getSite]);
      assert.deepEqual([byAxios?.[0], byAxios?.[2]], ['axios', axiosSite]);
      assert.match(byAxios?.[1] ?? '', axios);
      assert.deepEqual(byTls, ['tls', null, tlsSite]);
    });
  }

  it('a client that nobody knows is named, whatever is around it', async () => {
    const { told: lines } = await told(`import client from 'some-client';
import { start } from 'nock';

start();
await client.report('https://api.shop.test:${wrong.port}/');
`);
    assert.deepEqual(
      lines.map((line) => (line as unknown[]).slice(0, 2)),
      [['https', 'some-client@1.2.3']],
    );
  });

  it('what hands in its own measurements is named: the connection is its own', async () => {
    const { told: lines } = await told(`import { report } from '@opentelemetry/instrumentation-http';

await report('https://api.shop.test:${wrong.port}/');
`);
    assert.deepEqual(
      lines.map((line) => (line as unknown[]).slice(0, 2)),
      [['https', '@opentelemetry/instrumentation-http@1.2.3']],
    );
  });
});
