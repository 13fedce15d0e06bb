import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { ClientName, Diagnosis, FindingCode } from '@altname/core';
import { createAuthority } from '../src/authority.ts';
import { skipWithout, startReal, type Real } from '../src/real/index.ts';
import { startSink, type Sink } from '../src/recipes/sink.ts';
import { bothWays, fileName, writeMarked } from './programs/http-watched.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// The shapes that programs with HTTP clients come in, beside the one call of preload-http.test.ts: what the preload
// sees of them, call by call.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

let folder: ProgramFolder;
/** A server that is nobody's wish. */
let wrong: Sink;
/** Sends everybody on to the wrong one. */
let redirecting: Server;
let squids: readonly Real[] = [];

const withoutSquid = skipWithout('squid');

before(async () => {
  const authority = await createAuthority({ name: 'Known CA' });
  folder = await ProgramFolder.make(authority.cert);
  wrong = await startSink('http', await authority.issue({ names: ['www.bank.test'] }));
  const { key, chain: cert } = await authority.issue({ names: ['api.shop.test'] });
  redirecting = createServer({ key, cert }, (_request, response) => {
    response.writeHead(302, { location: `https://old.shop.test:${wrong.port}/` }).end();
  });
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
  if (withoutSquid !== false) return;
  const hosts = { 'api.shop.test': '127.0.0.1' };
  const proxy = await authority.issue({ names: ['proxy.shop.test'] });
  squids = await Promise.all([
    startReal('squid', proxy, { hosts, tls: false }),
    startReal('squid', proxy, { hosts }),
  ]);
});

after(async () => {
  wrong.close();
  redirecting.close();
  redirecting.closeAllConnections();
  await Promise.all(squids.map((squid) => squid.stop()));
  await folder.remove();
});

/** What is said of one call: client, leg, cause, and the names asked, sent and checked. */
type Line = readonly [
  client: ClientName,
  leg: 'direct' | 'proxy' | 'origin',
  cause: FindingCode,
  asked: string,
  sent: string | null,
  checked: string,
];

const api = 'api.shop.test';
const old = 'old.shop.test';
const plainly = (client: ClientName, host = api): Line => [
  client,
  'direct',
  'name-mismatch',
  host,
  host,
  host,
];

/** Runs a program whose every mark is a call that fails, in this order. */
async function assertTold(
  marked: string,
  lines: readonly Line[],
  {
    extension = 'mjs',
    ...options
  }: { env?: Record<string, string>; by?: '--import' | '-r'; extension?: string } = {},
): Promise<readonly Diagnosis[]> {
  const program = await writeMarked(folder, fileName('shape', extension), marked);
  const { diagnoses } = await bothWays(folder, [program.file], 0, options);
  assert.deepEqual(
    diagnoses.map(({ client, app, cause, names: { asked, sent, checked } }) => [
      [client, app?.leg, cause?.code, asked.value, sent.value, checked.value],
      app?.callSite,
    ]),
    lines.map((line, at) => [line, program.callSites[at] ?? null]),
  );
  for (const { names } of diagnoses)
    assert.equal(names.dialled.port, Number(/\d+$/.exec(targetOf(names))?.[0]));
  return diagnoses;
}

function targetOf({ dialled }: Diagnosis['names']): string {
  return `${dialled.host}:${dialled.port}`;
}

const log = `(error) => console.log(error.code ?? error.cause?.code)`;

describe('the preload and the shapes of programs', { concurrency: 2 }, () => {
  it('CommonJS under -r, which takes its modules apart', async () => {
    const url = `'https://${api}:${wrong.port}/'`;
    await assertTold(
      `const { get } = require('node:https');
const axios = require('axios');
const { request, fetch: fetchIt } = require('undici');
const { connect } = require('tls');

async function main() {
  await new Promise((done) => { @@get(${url}).on('error', done); });
  await axios.@@get(${url}).catch(${log});
  await @@request(${url}).catch(${log});
  await @@fetchIt(${url}).catch(${log});
  await new Promise((done) => {
    @@connect(${wrong.port}, '${api}', { servername: '${api}' }).on('error', done);
  });
}
main();
`,
      [plainly('https'), plainly('axios'), plainly('undici'), plainly('fetch'), plainly('tls')],
      { extension: 'cjs', by: '-r' },
    );
  });

  it('functions, instances and interceptors around a client', async () => {
    await assertTold(
      `import { setTimeout as wait } from 'node:timers/promises';
import axios from 'axios';
import got from 'got';
import { Pool } from 'undici';

const shop = axios.create({ baseURL: 'https://${api}:${wrong.port}', timeout: 5000 });
shop.interceptors.request.use(async (config) => {
  await wait(5);
  return config;
});
async function pay() {
  return @@await shop.post('/pay', { amount: 1 });
}
const orders = got.extend({ prefixUrl: 'https://${api}:${wrong.port}', retry: { limit: 0 } });
async function order() {
  const answer = orders.@@get('orders');
  return await answer.json();
}
class Stock {
  #pool = new Pool('https://${api}:${wrong.port}', { connections: 1 });
  async count() {
    const { body } = await this.#pool.@@request({ path: '/stock', method: 'GET' });
    return await body.json();
  }
}
await pay().catch(${log});
await order().catch(${log});
await new Stock().count().catch(${log});
`,
      [plainly('axios'), plainly('got'), plainly('undici')],
    );
  });

  it('a redirect', async () => {
    const { port } = redirecting.address() as AddressInfo;
    const url = `'https://${api}:${port}/'`;
    await assertTold(
      `import axios from 'axios';
import got from 'got';
import nodeFetch from 'node-fetch';
import superagent from 'superagent';

await axios.@@get(${url}).catch(${log});
await @@got(${url}, { retry: { limit: 0 } }).catch(${log});
await @@nodeFetch(${url}).catch(${log});
await superagent.@@get(${url}).catch(${log});
// Here, as with the interceptor of undici, the stack of the call is gone, and nothing was made for it that could be remembered.
await fetch(${url}).catch(${log});
`,
      [
        plainly('axios', old),
        plainly('got', old),
        plainly('node-fetch', old),
        plainly('superagent', old),
        plainly('fetch', old),
      ],
    );
  });

  it('a reverse proxy that listens itself', async () => {
    const asking = `const [answer] = await once(get({ port: Number(process.env.PORT), host: '127.0.0.1', path: '/' }), 'response');
answer.resume();`;
    const mismatch = await assertTold(
      `import { once } from 'node:events';
import { get } from 'node:http';
import httpProxy from 'http-proxy';

const proxy = @@httpProxy.createProxyServer({ target: 'https://${api}:${wrong.port}', changeOrigin: true });
proxy.on('error', (error, incoming, outgoing) => {
  console.log(error.code);
  outgoing.end();
  proxy.close();
});
process.env.PORT = await freePort();
proxy.listen(process.env.PORT);
${asking}
${freePort}`,
      [plainly('http-proxy')],
    );
    assert.equal(mismatch[0]?.names.asked.from, 'url');
    const [fromHost] = await assertTold(
      `import { once } from 'node:events';
import { get } from 'node:http';
import { createProxyServer } from 'httpxy';

const proxy = @@createProxyServer({ target: 'https://${api}:${wrong.port}' });
proxy.on('error', (error, incoming, outgoing) => {
  console.log(error.code);
  outgoing.end();
  proxy.close();
});
process.env.PORT = await freePort();
proxy.listen(process.env.PORT, '127.0.0.1');
${asking}
${freePort}`,
      [['httpxy', 'direct', 'sni-from-host-header', api, null, api]],
    );
    assert.match(fromHost?.names.host.value ?? '', /^127\.0\.0\.1:\d+$/);
  });

  it('tls.connect in its other forms', async () => {
    await assertTold(
      `import net from 'node:net';
import tls from 'node:tls';

const failed = (socket) => new Promise((done) => socket.on('error', (error) => done(console.log(error.code))));
await failed(tls.@@connect(${wrong.port}, '${api}'));
await failed(tls.@@connect({ socket: net.connect(${wrong.port}, '127.0.0.1') }));
await failed(tls.@@connect({ socket: net.connect(${wrong.port}, '${api}'), servername: '${api}' }));
`,
      [
        ['tls', 'direct', 'sni-not-sent', api, null, api],
        ['tls', 'direct', 'checked-defaulted-to-localhost', '127.0.0.1', null, 'localhost'],
        plainly('tls'),
      ],
    );
  });

  it('an address as server name', async () => {
    const [diagnosis] = await assertTold(
      `import tls from 'node:tls';

const host = '127.0.0.1';
try {
  const socket = tls.@@connect({ host, port: ${wrong.port}, servername: host });
  socket.on('error', (error) => console.log(error.code));
} catch (error) {
  console.log(error.code);
}
`,
      [
        [
          'tls',
          'direct',
          major >= 26 ? 'sni-is-ip' : 'ip-not-on-certificate',
          '127.0.0.1',
          '127.0.0.1',
          '127.0.0.1',
        ],
      ],
    );
    assert.ok(diagnosis !== undefined);
    assert.ok(diagnosis.findings.some(({ code }) => code === 'sni-is-ip'));
    assert.equal(diagnosis.names.sent.from, 'option-servername');
  });
});

describe('the preload and other ways through a proxy', { skip: withoutSquid }, () => {
  it('an agent for proxies, given to other clients', async () => {
    const [plain, secure] = squids as readonly [Real, Real];
    const url = `'https://${api}:${wrong.port}/'`;
    const through: Line = ['https-proxy-agent', 'origin', 'name-mismatch', api, api, api];
    const diagnoses = await assertTold(
      `import axios from 'axios';
import got from 'got';
import { HttpsProxyAgent } from 'https-proxy-agent';
import fetch from 'node-fetch';
import WebSocket from 'ws';

const agent = new HttpsProxyAgent('https://proxy.shop.test:${secure.port}');
await @@got(${url}, { agent: { https: agent }, retry: { limit: 0 } }).catch(${log});
await axios.@@get(${url}, { httpsAgent: agent, proxy: false }).catch(${log});
await @@fetch(${url}, { agent }).catch(${log});
await new Promise((done) => {
  @@new WebSocket('wss://${api}:${wrong.port}/', { agent }).on('error', (error) => done(console.log(error.code)));
});
const proxy = { protocol: 'http', host: '127.0.0.1', port: ${plain.port} };
await axios.@@get(${url}, { proxy }).catch(${log});
`,
      [through, through, through, through, through],
    );
    for (const { names } of diagnoses)
      assert.equal(names.dialled.address, null, 'the proxy resolves the name');
  });

  const has = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
  it(
    'the proxy of NODE_USE_ENV_PROXY',
    { skip: has ? false : 'Node has it since 22.21 and 24.5' },
    async () => {
      const [plain, secure] = squids as readonly [Real, Real];
      const program = `import { get } from 'node:https';

const url = 'https://${api}:${wrong.port}/';
await new Promise((done) => @@get(url).on('error', (error) => done(console.log(error.code))));
await @@fetch(url).catch((error) => console.log(error.cause.code));
`;
      const env = (proxy: string): Record<string, string> => ({
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: proxy,
      });
      await assertTold(
        program,
        [
          ['https', 'origin', 'name-mismatch', api, api, api],
          ['undici-proxy', 'origin', 'name-mismatch', api, api, api],
        ],
        { env: env(`http://127.0.0.1:${plain.port}`) },
      );
      const squid = 'squid.shop.test';
      await assertTold(
        program,
        [
          // Node sends no server name to a proxy.
          ['https', 'proxy', 'name-mismatch', squid, null, squid],
          ['undici-proxy', 'proxy', 'name-mismatch', squid, squid, squid],
        ],
        { env: env(`https://${squid}:${secure.port}`) },
      );
    },
  );
});

/** Of the programs: a port that was free a moment ago. */
const freePort = `
async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}
`;
