import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import plugin from '../src/index.ts';
import { readers } from './lint.ts';

// 22 common misuses of TLS in Node code, of which the best other plugin found one. The recommended rules find them all,
// each by the rule that is about it.

const misuses: Readonly<Record<string, readonly [rule: string, code: string]>> = {
  'rejectUnauthorized: false in https.request': [
    'no-disabled-verification',
    `const https = require('https'); https.request({ host: 'a.example', rejectUnauthorized: false });`,
  ],
  'rejectUnauthorized: false in https.Agent': [
    'no-disabled-verification',
    `const https = require('https'); new https.Agent({ rejectUnauthorized: false });`,
  ],
  'rejectUnauthorized: !1': [
    'no-disabled-verification',
    `const https = require('https'); https.get({ host: 'a.example', rejectUnauthorized: !1 });`,
  ],
  'rejectUnauthorized through a variable': [
    'no-disabled-verification',
    `const https = require('https'); const strict = false; https.get({ host: 'a.example', rejectUnauthorized: strict });`,
  ],
  'rejectUnauthorized: false in tls.connect(options)': [
    'no-disabled-verification',
    `const tls = require('tls'); const options = { host: 'a.example', rejectUnauthorized: false }; tls.connect(options);`,
  ],
  'rejectUnauthorized: false in connect of undici': [
    'no-disabled-verification',
    `const { Agent } = require('undici'); new Agent({ connect: { rejectUnauthorized: false } });`,
  ],
  'rejectUnauthorized: false in an agent of axios': [
    'no-disabled-verification',
    `const axios = require('axios'); const https = require('https'); axios.create({ httpsAgent: new https.Agent({ rejectUnauthorized: false }) });`,
  ],
  'rejectUnauthorized: false in tls of nodemailer': [
    'no-disabled-verification',
    `const nodemailer = require('nodemailer'); nodemailer.createTransport({ host: 'a.example', tls: { rejectUnauthorized: false } });`,
  ],
  'rejectUnauthorized: false in ssl of pg': [
    'no-disabled-verification',
    `const { Pool } = require('pg'); new Pool({ connectionString, ssl: { rejectUnauthorized: false } });`,
  ],
  "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'": [
    'no-disabled-verification',
    `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`,
  ],
  "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0": [
    'no-disabled-verification',
    `process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0;`,
  ],
  'rejectUnauthorized in the options of the global agent': [
    'no-disabled-verification',
    `require('https').globalAgent.options.rejectUnauthorized = false;`,
  ],
  'checkServerIdentity: () => undefined': [
    'no-disabled-identity-check',
    `require('tls').connect({ host: 'a.example', checkServerIdentity: () => undefined });`,
  ],
  'checkServerIdentity: () => {}': [
    'no-disabled-identity-check',
    `require('https').request({ host: 'a.example', checkServerIdentity: () => {} });`,
  ],
  'tls.checkServerIdentity = …': [
    'no-disabled-identity-check',
    `const tls = require('tls'); tls.checkServerIdentity = function () {};`,
  ],
  'servername from req.headers.host': [
    'no-servername-from-request',
    `const https = require('https'); app.use((req, res) => https.request({ host: 'a.example', servername: req.headers.host }));`,
  ],
  'servername that is an address': [
    'no-ip-servername',
    `require('tls').connect({ host: 'a.example', port: 443, servername: '10.0.0.1' });`,
  ],
  'an empty servername': [
    'no-malformed-servername',
    `require('tls').connect({ host: 'a.example', port: 443, servername: '' });`,
  ],
  'servername with a port': [
    'no-malformed-servername',
    `require('tls').connect({ host: 'a.example', port: 443, servername: 'a.example:443' });`,
  ],
  'an address as host, without servername': [
    'no-ip-servername',
    `require('https').request({ host: '10.0.0.1', path: '/' });`,
  ],
  'a Host header, without servername': [
    'no-host-header-as-servername',
    `require('https').request({ host: '10.0.0.1', headers: { Host: 'a.example' } });`,
  ],
  'secure: false of a proxy': [
    'no-disabled-verification',
    `require('http-proxy').createProxyServer({ target: 'https://a.example', changeOrigin: true, secure: false });`,
  ],
  'a proxy without changeOrigin': [
    'no-servername-from-request',
    `require('http-proxy').createProxyServer({ target: 'https://a.example' });`,
  ],
  '@fastify/http-proxy, which verifies nothing by default': [
    'no-disabled-verification',
    `const fastify = require('fastify')(); fastify.register(require('@fastify/http-proxy'), { upstream: 'https://a.example' });`,
  ],
};

describe('the misuses of TLS in Node code', () => {
  for (const [name, [rule, code]] of Object.entries(misuses)) {
    it(name, () => {
      for (const reader of readers) {
        const found = Object.keys(plugin.rules).filter((each) => reader.lint(each, { code }).length > 0);
        assert.deepEqual(found, [rule], reader.title);
      }
    });
  }
});
