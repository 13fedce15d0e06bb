import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'verification that is on': `require('https').get('https://a.example', { rejectUnauthorized: true });`,
    'what the caller gives': `import https from 'node:https';
export const agent = (options) => new https.Agent({ rejectUnauthorized: options.rejectUnauthorized });`,
    'undefined, which is as if it were not given': `import tls from 'node:tls';
tls.connect({ host, rejectUnauthorized: undefined });`,
    'a server that asks clients for certificates and looks at them itself': `import https from 'node:https';
https.createServer({ requestCert: true, rejectUnauthorized: false, key, cert }, handler);`,
    'the options of a server, through a name': `const tls = require('tls');
const options = { key, cert, rejectUnauthorized: false };
tls.createServer(options, handler);`,
    'a server of HTTP/2': `import { createSecureServer } from 'node:http2';
createSecureServer({ ...keys, rejectUnauthorized: false });`,
    'a socket of a server': `import { TLSSocket } from 'node:tls';
new TLSSocket(socket, { isServer: true, rejectUnauthorized: false });`,
    'what a test compares with': `import assert from 'node:assert/strict';
assert.deepEqual(options, { rejectUnauthorized: false });`,
    'what a test of another runner compares with': `expect(agent.options).toEqual(expect.objectContaining({ rejectUnauthorized: false }));`,
    'the switch of Node itself, followed': `import tls from 'node:tls';
tls.connect({ host, rejectUnauthorized: process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' });`,
    'a variable of the environment that is put back': `const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;`,
    'a variable of the environment that means on': `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';`,
    'a switch that somebody else has, which only strict tells': `import tls from 'node:tls';
export const dial = (host, insecure) => tls.connect({ host, rejectUnauthorized: !insecure });`,
    'a type': { ts: true, code: `interface Options { rejectUnauthorized: false } export type { Options };` },
  },
  bad: [
    {
      name: 'https.request',
      code: `const https = require('https');
https.request({ host: 'a.example', rejectUnauthorized: false });`,
      messages: ['always'],
      suggested: [
        `const https = require('https');
https.request({ host: 'a.example', rejectUnauthorized: true });`,
      ],
    },
    {
      name: 'https.Agent, with !1',
      code: `import { Agent } from 'node:https';
new Agent({ rejectUnauthorized: !1 });`,
      messages: ['always'],
    },
    {
      name: 'through a variable',
      code: `import https from 'https';
const verify = false;
const options = { rejectUnauthorized: verify };
https.get('https://a.example', options);`,
      messages: ['always'],
    },
    {
      name: 'only in production, by the environment',
      code: `import https from 'https';
const isProduction = process.env.NODE_ENV === 'production';
new https.Agent({ rejectUnauthorized: isProduction });`,
      messages: ['environment'],
    },
    {
      name: 'off by default',
      code: `import tls from 'node:tls';
export const dial = (options) => tls.connect({ ...options, rejectUnauthorized: options.rejectUnauthorized || false });`,
      messages: ['byDefault'],
    },
    {
      name: 'a switch that somebody else has, told by strict',
      options: { conditions: 'any' },
      code: `import tls from 'node:tls';
export const dial = (host, insecure) => tls.connect({ host, rejectUnauthorized: !insecure });`,
      messages: ['condition'],
    },
    {
      name: 'falsy, but not false',
      code: `require('tls').connect({ host: 'a.example', rejectUnauthorized: 0 });`,
      messages: ['loose'],
    },
    {
      name: 'process.env',
      code: `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
start();`,
      messages: ['process'],
      suggested: [`\nstart();`],
    },
  ],
};
