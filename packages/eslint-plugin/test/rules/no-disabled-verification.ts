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
    'a proxy that verifies': `require('http-proxy').createProxyServer({ target: 'https://a.example', changeOrigin: true, secure: true });`,
    'a proxy to plain HTTP': `require('http-proxy').createProxyServer({ target: 'http://localhost:3000', secure: false });`,
    'secure of something else': `res.cookie('session', value, { secure: false, httpOnly: true });
nodemailer.createTransport({ host: 'smtp.example', port: 587, secure: false });`,
    'curl that verifies': `const { execFile, exec } = require('child_process');
execFile('curl', ['-sS', '-o', 'kept', 'https://a.example']);
exec('curl -sSfLo k https://a.example | sort -k 2');`,
    'flags that verify': `const { execFileSync } = require('child_process');
execFileSync('kubectl', ['get', 'pods', '--insecure-skip-tls-verify=false']);
execFileSync('git', ['config', 'http.sslVerify', 'true']);
execFileSync('grep', ['-rn', '--', '--insecure-skip-tls-verify', '.']);`,
    'a text about curl': `console.log('Try: curl -k https://a.example, or NODE_TLS_REJECT_UNAUTHORIZED=0');`,
    'a flag of another program': `require('child_process').spawn('tar', ['-k', '--insecure']);`,
    'reply-from that verifies': `const fastify = require('fastify')();
fastify.register(require('@fastify/http-proxy'), {
  upstream: 'https://a.example',
  undici: { connect: { rejectUnauthorized: true } },
});`,
    'reply-from with an agent of its own': `import proxy from '@fastify/http-proxy';
import { Agent } from 'undici';
app.register(proxy, { upstream: 'https://a.example', undici: new Agent({ connect: { ca } }) });`,
    'reply-from to plain HTTP': `import proxy from '@fastify/http-proxy';
app.register(proxy, { upstream: 'http://localhost:3000' });`,
    'mysql2 that compares the name': `import mysql from 'mysql2/promise';
mysql.createPool({ host: 'db.example', ssl: { ca, verifyIdentity: true } });`,
    'mysql2 with what somebody gives': `import mysql from 'mysql2/promise';
export const pool = (ssl) => mysql.createPool({ host: 'db.example', ssl });`,
    'Postgres.js that verifies': `import postgres from 'postgres';
postgres(url, { ssl: 'verify-full' });
postgres(url, { ssl: { ca } });`,
    'ssl of something else': `import knex from 'knex';
knex({ client: 'pg', connection: { ssl: 'require' } });`,
    'a URL that says what is verified': `const url = 'postgres://db.example/shop?sslmode=verify-full';`,
    'a variable that is read': `if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') throw new Error('verification is off');`,
    'an option with a description': `const schema = { rejectUnauthorized: { type: 'boolean', default: true } };`,
    'what was given, made a boolean, in strict too': {
      options: { conditions: 'any' },
      code: `options.ssl.rejectUnauthorized = options.ssl.rejectUnauthorized !== false;`,
    },
    'a client that calls itself': `class Agent { constructor(options) { if (options.loose) this.disableTLSCerts(); } }`,
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
    {
      name: 'undici Agent',
      code: `import { Agent } from 'undici';
new Agent({ connect: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'undici ProxyAgent',
      code: `import { ProxyAgent } from 'undici';
new ProxyAgent({ uri, requestTls: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'fetch with a dispatcher',
      code: `import { Agent, fetch } from 'undici';
await fetch('https://a.example', { dispatcher: new Agent({ connect: { rejectUnauthorized: false } }) });`,
      messages: ['always'],
    },
    {
      name: 'axios with an agent',
      code: `const axios = require('axios');
const https = require('https');
axios.get('https://a.example', { httpsAgent: new https.Agent({ rejectUnauthorized: false }) });`,
      messages: ['always'],
    },
    {
      name: 'axios, an instance of its own',
      code: `import axios from 'axios';
import * as https from 'node:https';
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
export const api = axios.create({ httpsAgent: agent });`,
      messages: ['always'],
    },
    {
      name: 'got',
      code: `import got from 'got';
await got('https://a.example', { https: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'ws',
      code: `import WebSocket from 'ws';
new WebSocket('wss://a.example', { rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'tls.connect, options first',
      code: `const tls = require('node:tls');
const options = { host: 'a.example', port: 443, rejectUnauthorized: false };
tls.connect(options);`,
      messages: ['always'],
    },
    {
      name: 'tls.connect, port and host first',
      code: `import { connect } from 'tls';
connect(443, 'a.example', { rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'http2.connect',
      code: `import http2 from 'node:http2';
http2.connect('https://a.example', { rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'pg',
      code: `import pg from 'pg';
new pg.Pool({ connectionString: process.env.DATABASE_URL, ssl: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'pg, in production alone',
      code: `const { Pool } = require('pg');
new Pool({ ssl: process.env.NODE_ENV === 'production' ? { rejectUnauthorized: false } : false });`,
      messages: ['always'],
    },
    {
      name: 'nodemailer',
      code: `const nodemailer = require('nodemailer');
nodemailer.createTransport({ host: 'smtp.example', tls: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'ioredis',
      code: `import Redis from 'ioredis';
new Redis({ host: 'cache.example', tls: { rejectUnauthorized: false, servername: 'cache.example' } });`,
      messages: ['always'],
    },
    {
      name: 'node-redis',
      code: `import { createClient } from 'redis';
createClient({ url: 'rediss://cache.example', socket: { tls: true, rejectUnauthorized: false, servername: 'cache.example' } });`,
      messages: ['always'],
    },
    {
      name: 'mqtt',
      code: `import mqtt from 'mqtt';
mqtt.connect('mqtts://broker.example', { rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'kafkajs',
      code: `const { Kafka } = require('kafkajs');
new Kafka({ brokers: ['kafka.example:9093'], ssl: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'elasticsearch',
      code: `import { Client } from '@elastic/elasticsearch';
new Client({ node: 'https://search.example', tls: { rejectUnauthorized: false } });`,
      messages: ['always'],
    },
    {
      name: 'sequelize',
      code: `module.exports = { production: { dialect: 'postgres', dialectOptions: { ssl: { require: true, rejectUnauthorized: false } } } };`,
      messages: ['always'],
    },
    {
      name: 'mongodb, any certificate',
      code: `import { MongoClient } from 'mongodb';
new MongoClient(url, { tls: true, tlsAllowInvalidCertificates: true });`,
      messages: ['always'],
    },
    {
      name: 'mongodb, any name',
      code: `import { MongoClient } from 'mongodb';
new MongoClient(url, { tls: true, tlsAllowInvalidHostnames: true });`,
      messages: ['always'],
    },
    {
      name: 'mongoose',
      code: `import mongoose from 'mongoose';
mongoose.connect(url, { tls: true, tlsInsecure: true });`,
      messages: ['always'],
    },
    {
      name: 'request',
      code: `const request = require('request');
request({ url: 'https://a.example', strictSSL: false }, done);`,
      messages: ['always'],
    },
    {
      name: 'tedious',
      code: `const { Connection } = require('tedious');
new Connection({ server: 'db.example', options: { encrypt: true, trustServerCertificate: true } });`,
      messages: ['always'],
    },
    {
      name: 'the agent of all requests',
      code: `const https = require('https');
https.globalAgent.options.rejectUnauthorized = false;`,
      messages: ['always'],
    },
    {
      name: 'written later',
      code: `const https = require('https');
const options = { host: 'a.example' };
options.rejectUnauthorized = false;
https.request(options);`,
      messages: ['always'],
    },
    {
      name: 'written later, by a text',
      code: `const options = { host: 'a.example' };
options['rejectUnauthorized'] = false;
require('https').request(options);`,
      messages: ['always'],
    },
    {
      name: 'Object.assign',
      code: `import https from 'https';
https.get(Object.assign({}, defaults, { rejectUnauthorized: false }));`,
      messages: ['always'],
    },
    {
      name: 'a spread',
      code: `import https from 'https';
https.get({ ...defaults, rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'a spread on a condition',
      code: `import https from 'https';
https.get({ ...defaults, ...(isLocal && { rejectUnauthorized: false }) });`,
      messages: ['always'],
    },
    {
      name: 'returned by a function',
      code: `import https from 'https';
function options() { return { host: 'a.example', rejectUnauthorized: false }; }
https.get(options());`,
      messages: ['always'],
    },
    {
      name: 'false by what a function of the file returns',
      code: `import https from 'https';
const verify = () => false;
https.get({ host: 'a.example', rejectUnauthorized: verify() });`,
      messages: ['always'],
    },
    {
      name: 'a default parameter',
      code: `import tls from 'tls';
export function dial(host, rejectUnauthorized = false) {
  return tls.connect({ host, port: 443, rejectUnauthorized });
}`,
      messages: ['byDefault'],
    },
    {
      name: 'a default in a pattern',
      code: `import tls from 'tls';
export function dial({ host, rejectUnauthorized = false }) {
  return tls.connect({ host, port: 443, rejectUnauthorized });
}`,
      messages: ['byDefault'],
    },
    {
      name: 'a default by ??',
      code: `import tls from 'tls';
export const dial = (host, options) => tls.connect({ host, rejectUnauthorized: options?.verify ?? false });`,
      messages: ['byDefault'],
    },
    {
      name: 'a field of a class',
      code: `import https from 'https';
export class Api {
  verify = false;
  agent() { return new https.Agent({ rejectUnauthorized: this.verify }); }
}`,
      messages: ['always'],
    },
    {
      name: 'a field with the options',
      code: `import https from 'https';
export class Api {
  options = { rejectUnauthorized: false };
  get(path) { return https.get(path, this.options); }
}`,
      messages: ['always'],
    },
    {
      name: 'a configuration in the file',
      code: `import https from 'https';
const config = { tls: { verify: false } };
new https.Agent({ rejectUnauthorized: config.tls.verify });`,
      messages: ['always'],
    },
    {
      name: 'a variable of the environment, as a boolean',
      code: `import https from 'https';
new https.Agent({ rejectUnauthorized: Boolean(process.env.VERIFY) });`,
      messages: ['environment'],
    },
    {
      name: 'a variable of the environment, denied',
      code: `import https from 'https';
const { INSECURE } = process.env;
new https.Agent({ rejectUnauthorized: !INSECURE });`,
      messages: ['environment'],
    },
    {
      name: 'not production',
      code: `import https from 'https';
const isProd = process.env.NODE_ENV === 'production';
new https.Agent({ rejectUnauthorized: !isProd });`,
      messages: ['environment'],
    },
    {
      name: 'a ternary of the environment',
      code: `import https from 'https';
new https.Agent({ rejectUnauthorized: process.env.NODE_ENV === 'test' ? false : true });`,
      messages: ['environment'],
    },
    {
      name: 'a function that asks the environment',
      code: `import https from 'https';
const isProduction = () => process.env.NODE_ENV === 'production';
new https.Agent({ rejectUnauthorized: isProduction() });`,
      messages: ['environment'],
    },
    {
      name: 'import.meta.env',
      code: `import https from 'https';
new https.Agent({ rejectUnauthorized: import.meta.env.MODE === 'production' });`,
      messages: ['environment'],
    },
    {
      name: 'dynamic import',
      code: `const { Agent } = await import('node:https');
new Agent({ rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'in a proxy of http-proxy',
      code: `const httpProxy = require('http-proxy');
httpProxy.createProxyServer({ target: 'https://a.example', changeOrigin: true, secure: false });`,
      messages: ['proxy'],
    },
    {
      name: 'in the options of a call of http-proxy',
      code: `import httpProxy from 'http-proxy';
const proxy = httpProxy.createProxyServer({});
proxy.web(req, res, { target: 'https://a.example', changeOrigin: true, secure: false });`,
      messages: ['proxy'],
    },
    {
      name: 'in http-proxy-middleware',
      code: `import { createProxyMiddleware } from 'http-proxy-middleware';
app.use('/api', createProxyMiddleware({ target: process.env.API, changeOrigin: true, secure: false }));`,
      messages: ['proxy'],
    },
    {
      name: 'in a Vite configuration',
      code: `import { defineConfig } from 'vite';
export default defineConfig({ server: { proxy: { '/api': { target: 'https://a.example', changeOrigin: true, secure: false } } } });`,
      messages: ['proxy'],
    },
    {
      name: 'in a webpack configuration',
      code: `module.exports = { devServer: { proxy: [{ context: ['/api'], target: 'https://a.example', changeOrigin: true, secure: false }] } };`,
      messages: ['proxy'],
    },
    {
      name: 'process.env, by a text',
      code: `process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0;`,
      messages: ['process'],
    },
    {
      name: 'process.env, on a condition',
      code: `import { env } from 'node:process';
if (env.LOCAL) env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`,
      messages: ['process'],
    },
    {
      name: 'process.env, through Object.assign',
      code: `Object.assign(process.env, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });`,
      messages: ['process'],
    },
    {
      name: 'the environment of a child',
      code: `import { spawn } from 'node:child_process';
spawn('node', ['a.js'], { env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } });`,
      messages: ['process'],
    },
    {
      name: 'a stub of a test',
      code: `import { vi } from 'vitest';
vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');`,
      messages: ['process'],
    },
    {
      name: 'curl -k in a list',
      code: `import { spawn } from 'node:child_process';
spawn('curl', ['-k', 'https://a.example']);`,
      messages: ['command'],
    },
    {
      name: 'curl --insecure in a list with a name',
      code: `import { execFileSync } from 'node:child_process';
const args = ['--insecure', '-s', url];
execFileSync('/usr/bin/curl', args);`,
      messages: ['command'],
    },
    {
      name: 'curl -k among other letters, in a line',
      code: `const { execSync } = require('child_process');
execSync('set -e; curl -sSk https://a.example | sort');`,
      messages: ['command'],
    },
    {
      name: 'curl in a template',
      code: `import { exec } from 'node:child_process';
exec(\`curl --insecure \${url}\`);`,
      messages: ['command'],
    },
    {
      name: 'curl in a shell in a list',
      code: `import { spawnSync } from 'node:child_process';
spawnSync('sh', ['-c', 'curl -k https://a.example']);`,
      messages: ['command'],
    },
    {
      name: 'curl in a tag',
      code: `import { $ } from 'execa';
await $\`curl -k https://a.example\`;`,
      messages: ['command'],
    },
    {
      name: 'curl through promisify',
      code: `import { promisify } from 'node:util';
import { exec } from 'node:child_process';
const run = promisify(exec);
await run('curl -k https://a.example');`,
      messages: ['command'],
    },
    {
      name: 'wget',
      code: `require('child_process').exec('wget --no-check-certificate https://a.example');`,
      messages: ['command'],
    },
    {
      name: 'git',
      code: `import { execa } from 'execa';
await execa('git', ['-c', 'http.sslVerify=false', 'clone', url]);`,
      messages: ['command'],
    },
    {
      name: 'npm',
      code: `require('child_process').execSync('npm config set strict-ssl false');`,
      messages: ['command'],
    },
    {
      name: 'a setting of two words in a list',
      code: `require('child_process').execFileSync('git', ['config', '--global', 'http.sslVerify', 'false']);`,
      messages: ['command'],
    },
    {
      name: 'kubectl',
      code: `require('child_process').execFileSync('kubectl', ['get', 'pods', '--insecure-skip-tls-verify=true']);`,
      messages: ['command'],
    },
    {
      name: 'pip of a version',
      code: `require('child_process').execSync('python3 -m pip install --trusted-host pypi.example x');`,
      messages: ['command'],
    },
    {
      name: 'a command that compares no name',
      code: `require('child_process').spawn('mosquitto_sub', ['-h', host, '--insecure', '-t', topic]);`,
      messages: ['commandName'],
      suggested: [`require('child_process').spawn('mosquitto_sub', ['-h', host, '-t', topic]);`],
    },
    {
      name: 'the switch of Node in a command',
      code: `require('child_process').execSync('NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js');`,
      messages: ['command'],
    },
    {
      name: '@fastify/http-proxy by default',
      code: `import Fastify from 'fastify';
import proxy from '@fastify/http-proxy';
Fastify().register(proxy, { upstream: 'https://a.example' });`,
      messages: ['replyFrom'],
    },
    {
      name: '@fastify/reply-from by default, with a CA',
      code: `const fastify = require('fastify')();
fastify.register(require('@fastify/reply-from'), { base: 'https://a.example', undici: { connect: { ca } } });`,
      messages: ['replyFrom'],
    },
    {
      name: 'mysql2 without verifyIdentity',
      code: `const mysql = require('mysql2');
mysql.createConnection({ host: 'db.example', ssl: { ca } });`,
      messages: ['mysql2'],
    },
    {
      name: 'mysql2 with a profile',
      code: `import mysql from 'mysql2/promise';
await mysql.createConnection({ host: 'db.example', ssl: 'Amazon RDS' });`,
      messages: ['mysql2'],
    },
    {
      name: 'Postgres.js with require',
      code: `import postgres from 'postgres';
const sql = postgres(process.env.DATABASE_URL, { ssl: 'require' });`,
      messages: ['postgres'],
    },
    {
      name: 'Postgres.js with require in the URL',
      code: `import postgres from 'postgres';
postgres('postgres://db.example/shop?sslmode=require');`,
      messages: ['postgres'],
    },
    {
      name: 'a URL of pg',
      code: `const url = 'postgres://db.example/shop?sslmode=no-verify';`,
      messages: ['text'],
    },
    {
      name: 'a URL of mongodb, in a template',
      code: `const url = \`mongodb+srv://\${user}:\${password}@db.example/?tlsAllowInvalidCertificates=true\`;`,
      messages: ['text'],
    },
    {
      name: 'a connection string of mssql',
      code: `const text = 'Server=db.example;Database=shop;TrustServerCertificate=true';`,
      messages: ['text'],
    },
    {
      name: 'superagent',
      code: `import superagent from 'superagent';
await superagent.get('https://a.example').disableTLSCerts();`,
      messages: ['call'],
    },
    {
      name: 'TypeScript, as const',
      ts: true,
      code: `import https from 'node:https';
const options = { rejectUnauthorized: false } as const;
https.get('https://a.example', options);`,
      messages: ['always'],
    },
    {
      name: 'TypeScript, satisfies',
      ts: true,
      code: `import type { AgentOptions } from 'node:https';
export const options = { rejectUnauthorized: false } satisfies AgentOptions;`,
      messages: ['always'],
    },
    {
      name: 'TypeScript, casts',
      ts: true,
      code: `import https from 'node:https';
new https.Agent({ rejectUnauthorized: (false as boolean)! } as https.AgentOptions);`,
      messages: ['always'],
    },
    {
      name: 'TypeScript, a field',
      ts: true,
      code: `import https from 'node:https';
export class Api {
  private readonly verify: boolean = false;
  readonly agent = new https.Agent({ rejectUnauthorized: this.verify });
}`,
      messages: ['always'],
    },
    {
      name: 'TypeScript, import equals',
      ts: true,
      code: `import https = require('node:https');
new https.Agent({ rejectUnauthorized: false });`,
      messages: ['always'],
    },
    {
      name: 'output of a compiler',
      code: `var __importDefault = (this && this.__importDefault) || function (mod) { return mod; };
Object.defineProperty(exports, '__esModule', { value: true });
const https_1 = __importDefault(require('https'));
exports.agent = new https_1.default.Agent({ rejectUnauthorized: !1 });`,
      messages: ['always'],
    },
  ],
};
