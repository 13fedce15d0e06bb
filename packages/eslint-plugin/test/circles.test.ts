import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Linter } from 'eslint';
import plugin from '../src/index.ts';

// A value that is made of itself, in every place where a rule follows one: the rules come to an end.

const made = [
  ...[
    'x',
    'x + "a"',
    '"a" + x',
    '`${x}a`',
    'x.toString()',
    'new URL(x)',
    'String(x)',
    'x || "a"',
    'x && x',
    'x ? x : x',
  ],
  ...[
    '[...x]',
    '{ ...x }',
    '{ a: x }',
    'x.a',
    'x()',
    '() => x',
    'Object.assign({}, x)',
    'f(x)',
    'x ?? x',
    '!x',
  ],
  ...[
    'x.replace("a", "b")',
    '[x][0]',
    '({ a: x }).a',
    'x.headers.host',
    'new Agent(x)',
    'class extends x {}',
  ],
  ...[
    'function () { return x }',
    'x.concat(x)',
    'x.split(":")[0]',
    'x.url.hostname',
    'process.env[x]',
    '{ [x]: x }',
  ],
];

const forms: readonly ((one: string, other: string) => string)[] = [
  (one, other) => `let x; x = ${one}; x = ${other};`,
  (one, other) => `let x = y; let y = ${one}; y = ${other};`,
  (one, other) => `var x = f(${one}); function f(x) { x = ${one}; return f(${other}); }`,
  (one, other) => `const x = { get a() { return ${one}; }, b: y }; var y = ${other};`,
];

const uses = `
const https = require('https'), tls = require('tls'), cp = require('child_process'), { Agent } = https;
const httpProxy = require('http-proxy'), axios = require('axios'), pg = require('pg'), undici = require('undici');
const mysql = require('mysql2'), Redis = require('ioredis'), grpc = require('@grpc/grpc-js'), http2 = require('http2');
https.get(x);
https.get({ host: x, servername: x, rejectUnauthorized: x, checkServerIdentity: x, ca: x, agent: x, headers: { host: x }, ...x });
tls.connect(x);
cp.exec(x); cp.exec('curl -k ' + x); cp.spawn(x, x, x); cp.spawn('curl', ['-k', ...x]);
httpProxy.createProxyServer(x); httpProxy.createProxyServer({ target: x, changeOrigin: x, secure: x });
axios.get(x, x); axios.create({ httpsAgent: x });
new pg.Pool(x); new pg.Pool({ ssl: x, host: x }); mysql.createPool({ ssl: x, host: x }); new Redis({ tls: x, host: x });
fetch(x, { dispatcher: x }); new undici.Agent({ connect: x }); new undici.Pool(x, { connect: { servername: x } });
new grpc.Client(x, x, x); http2.connect(x, x); process.env.NODE_TLS_REJECT_UNAUTHORIZED = x;
`;

describe('a value that is made of itself', () => {
  const linter = new Linter({ configType: 'flat' });
  for (const name of ['strict'] as const) {
    for (const [index, form] of forms.entries()) {
      it(`ends, in form ${index + 1}, ${name}`, () => {
        for (const one of made) {
          for (const other of ['x', '"a" + x']) {
            const messages = linter.verify(
              `${form(one, other)}${uses}`,
              {
                files: ['**/*.js'],
                plugins: { altname: plugin },
                rules: plugin.configs[name].rules ?? {},
                languageOptions: { sourceType: 'commonjs' },
              },
              { filename: 'a.js' },
            );
            assert.ok(
              messages.length > 0 && messages.every(({ fatal }) => fatal !== true),
              `${one}, ${other}`,
            );
          }
        }
      });
    }
  }
});
