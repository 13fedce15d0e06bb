import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createRoot } from './authority.ts';
import { program, runWatched, temporaryFolder, textOf } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

/** Secrets are planted as CANARY and a number; the names that may be told hold no such word. */
const planting = `
const tls = require('tls'), https = require('https'), http2 = require('http2'), fs = require('fs');
const { RIGHT, WRONG, CA } = process.env;
const ca = fs.readFileSync(CA);
const lookup = (host, how, done) => how.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const ignore = () => {};
const open = { ca, lookup, port: WRONG };
process.env.SECRET = 'CANARY0';
for (const rejectUnauthorized of [true, false]) {
  for (const port of [WRONG, RIGHT]) {
    const options = { ...open, port, rejectUnauthorized };
    https.request('https://user:CANARY1@localhost:' + port + '/CANARY2?token=CANARY3#CANARY4', { ...options, method: 'POST', auth: 'me:CANARY5', headers: { Authorization: 'Bearer CANARY6', Cookie: 'id=CANARY7', 'X-CANARY8': 'CANARY9' } }, (response) => response.resume()).on('error', ignore).end('CANARY10');
    http2.connect('https://user:CANARY11@localhost:' + port + '/CANARY12', options).on('error', ignore).on('connect', (session) => session.request({ ':path': '/CANARY13', authorization: 'CANARY14' }).on('error', ignore).end('CANARY15', () => setTimeout(() => session.destroy(), 50)));
    const name = 'name' + port + '.test';
    for (const host of ['https://user:CANARY16@' + name + '/CANARY17?q=CANARY18', 'user:CANARY19@' + name, name + '/CANARY20?token=CANARY21', name + '?key=CANARY22', 'CANARY23@' + name]) {
      tls.connect({ ...options, host, servername: host }, function () { this.end('CANARY24'); }).on('error', ignore);
      tls.connect({ ...options, host }, function () { this.end(); }).on('error', ignore);
      https.get({ ...options, host: 'localhost', headers: { Host: host }, agent: false }, (response) => response.resume()).on('error', ignore);
    }
    tls.connect({ ...options, host: 'localhost', key: undefined, passphrase: 'CANARY25', session: undefined, ALPNProtocols: ['http/1.1'], pskCallback: undefined, checkServerIdentity: () => Object.assign(new Error('refused by https://a:CANARY26@b.test/CANARY27'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }) }, function () { this.end(); }).on('error', ignore);
  }
}
import('data:text/javascript,' + encodeURIComponent("import tls from 'node:tls'; const secret = 'CANARY28'; tls.connect({ host: 'localhost', servername: 'data.test', port: process.env.WRONG, ca: process.getBuiltinModule('fs').readFileSync(process.env.CA) }).on('error', () => {});"));
new (require('vm').Script)("(tls, options) => tls.connect({ ...options, servername: 'vm.test' }).on('error', () => {})", { filename: 'https://a:CANARY29@code.test/app.js?CANARY30' }).runInThisContext()(tls, open);
setTimeout(() => {}, 1500);
`;

describe('no secret of the program', () => {
  for (const reporter of ['pretty', 'line', 'json']) {
    it(`is told (${reporter}), nor left for altname run`, async () => {
      const spool = temporaryFolder();
      const output = join(temporaryFolder(), 'told.txt');
      const { stderr, exit } = await runWatched(program(planting), {
        env: {
          ...servers.env,
          ALTNAME_REPORTER: reporter,
          ALTNAME_OUTPUT: output,
          ALTNAME_SPOOL: spool,
          ALTNAME_RECORD: '1',
        },
      });
      assert.equal(exit, 0, stderr);
      const names = readdirSync(spool)
        .map((file) => readFileSync(join(spool, file), 'utf8'))
        .join('');
      const everything = stderr + textOf(output) + names;
      assert.match(textOf(output), /data\.test/);
      assert.match(textOf(output), /vm\.test/);
      assert.ok(names.split('\n').length > 20, 'the names in use are written');
      assert.doesNotMatch(stderr, /fault/);
      assert.deepEqual([...new Set(everything.match(/CANARY\d+/gi))], []);
    });
  }
});

describe('what comes from the network', () => {
  it('cannot steer a terminal', async () => {
    const evil = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil';
    const authority = await createRoot(`Root ${evil}`);
    const credentials = await authority.issue([`a${'\u001b[31m'}.test`, 'b.test'], `leaf ${evil}`);
    const server = createServer(credentials, (socket) => socket.on('error', () => {}));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    try {
      for (const reporter of ['pretty', 'line', 'json']) {
        const file = program(`
          const tls = require('tls');
          const evil = ${JSON.stringify(evil)};
          const lookup = (host, how, done) => how.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
          for (const rejectUnauthorized of [true, false, true]) {
            for (const ca of [undefined, ${JSON.stringify(authority.cert)}]) {
              tls.connect({ host: 'h' + evil, lookup, port: process.env.PORT, rejectUnauthorized, ca }, function () { this.destroy(); }).on('error', () => {});
              tls.connect({ host: 'c.test', servername: 's' + evil, lookup, port: process.env.PORT, rejectUnauthorized, ca }, function () { this.destroy(); }).on('error', () => {});
            }
          }
          new (require('vm').Script)("(go) => go()", { filename: 'f' + evil }).runInThisContext()(() => {});
          for (let i = 0; i < 2; i++) new (require('vm').Script)("(tls, o) => tls.connect(o).on('error', () => {})", { filename: 'f' + evil }).runInThisContext()(tls, { host: 'd.test', lookup, port: process.env.PORT });
        `);
        const { stderr, exit } = await runWatched(file, { env: { PORT: port, ALTNAME_REPORTER: reporter } });
        assert.equal(exit, 0, stderr);
        assert.match(stderr, /c\.test/);
        assert.doesNotMatch(stderr, /fault of altname/);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }
    } finally {
      server.close();
    }
  });
});
