import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'a name': `require('tls').connect({ host: '10.0.0.5', port: 443, servername: 'db.example' });`,
    'an address beside a name': `import https from 'node:https';
https.get({ host: '10.0.0.5', servername: 'api.example', path: '/' });`,
    'an address with a CA of its own': `import tls from 'node:tls';
tls.connect({ host: '10.0.0.5', port: 443, ca });`,
    'an address with a check of its own': `import tls from 'node:tls';
tls.connect({ host: '10.0.0.5', port: 443, checkServerIdentity: expectName('db.example') });`,
    'this machine': `require('https').get({ host: '127.0.0.1', port: 8443 });`,
    'a resolver that is on the certificate of its address': `import https from 'node:https';
https.get('https://1.1.1.1/dns-query?name=example.com');`,
    'plain HTTP to an address': `import http from 'node:http';
http.get('http://10.0.0.5/');`,
    'an address with an agent that has the name': `import https from 'node:https';
https.get({ host: '10.0.0.5', agent: new https.Agent({ servername: 'api.example' }) });`,
    'options that come from elsewhere': `import https from 'node:https';
export const get = (options) => https.get({ ...options, host: '10.0.0.5' });`,
    'the host, where isIP is asked': `import tls from 'node:tls';
import { isIP } from 'node:net';
tls.connect({ host, ...(isIP(host) ? {} : { servername: host }) });`,
    'a server name of something else': `const bot = { servername: '10.0.0.5' };
export default bot;`,
    'the name of a context of a server': `import tls from 'node:tls';
tls.createServer({ key, cert, servername: '10.0.0.5' });`,
    'whatever host is given, which strict tells': `import tls from 'node:tls';
export const dial = (host) => tls.connect({ host, port: 443, servername: host });`,
  },
  bad: [
    {
      name: 'tls.connect',
      code: `const tls = require('tls');
tls.connect({ host: '10.0.0.5', port: 443, servername: '10.0.0.5' });`,
      messages: ['address'],
      suggested: [
        `const tls = require('tls');
tls.connect({ host: '10.0.0.5', port: 443 });`,
      ],
    },
    {
      name: 'https.request, to another address',
      code: `import { request } from 'node:https';
request({ host: 'api.example', servername: '192.0.2.7' });`,
      messages: ['address'],
      suggested: [],
    },
    {
      name: 'IPv6',
      code: `import tls from 'node:tls';
tls.connect({ host: '2001:db8::1', port: 443, servername: '2001:db8::1' });`,
      messages: ['address'],
    },
    {
      name: 'through a name',
      code: `import https from 'node:https';
const address = '10.0.0.5';
https.get({ host: address, servername: address });`,
      messages: ['address'],
    },
    {
      name: 'one of two',
      code: `import tls from 'node:tls';
tls.connect({ host, port: 443, servername: isLocal ? '10.0.0.5' : 'db.example' });`,
      messages: ['address'],
    },
    {
      name: 'in an agent',
      code: `import https from 'node:https';
export const agent = new https.Agent({ servername: '10.0.0.5' });`,
      messages: ['address'],
    },
    {
      name: 'in an agent of undici',
      code: `import { Agent } from 'undici';
export const agent = new Agent({ connect: { servername: '10.0.0.5' } });`,
      messages: ['address'],
    },
    {
      name: 'in the options of pg',
      code: `const { Client } = require('pg');
new Client({ host: '10.0.0.5', ssl: { servername: '10.0.0.5' } });`,
      messages: ['address'],
    },
    {
      name: 'in the options of ioredis',
      code: `import Redis from 'ioredis';
new Redis({ host: '10.0.0.5', tls: { servername: '10.0.0.5' } });`,
      messages: ['address'],
    },
    {
      name: 'of grpc-js',
      code: `import { Client, credentials } from '@grpc/grpc-js';
new Client('10.0.0.5:443', credentials.createSsl(), { 'grpc.ssl_target_name_override': '10.0.0.5' });`,
      messages: ['address'],
    },
    {
      name: 'of got',
      code: `import got from 'got';
await got('https://10.0.0.5/', { https: { serverName: '10.0.0.5' } });`,
      messages: ['address'],
    },
    {
      name: 'written later',
      code: `import https from 'node:https';
const options = { host: 'api.example' };
options.servername = '10.0.0.5';
https.get(options);`,
      messages: ['address'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import { connect, type ConnectionOptions } from 'node:tls';
const options = { host: '10.0.0.5', port: 443, servername: '10.0.0.5' as string } satisfies ConnectionOptions;
connect(options);`,
      messages: ['address'],
    },
    {
      name: 'an address without a name: https.request',
      code: `const https = require('https');
https.request({ host: '10.0.0.5', port: 443, path: '/' });`,
      messages: ['noName'],
    },
    {
      name: 'an address without a name: a URL',
      code: `import https from 'node:https';
https.get('https://192.0.2.7/health', (response) => response.resume());`,
      messages: ['noName'],
    },
    {
      name: 'an address without a name: tls.connect',
      code: `import tls from 'node:tls';
tls.connect({ host: '10.0.0.5', port: 5433 });`,
      messages: ['noName'],
    },
    {
      name: 'an address without a name: axios',
      code: `import axios from 'axios';
await axios.get('https://10.0.0.5:8443/health');`,
      messages: ['noName'],
    },
    {
      name: 'an address without a name: a URL with brackets',
      code: `import http2 from 'node:http2';
http2.connect('https://[2001:db8::1]:8443');`,
      messages: ['noName'],
    },
    {
      name: 'whatever host is given',
      options: { unguarded: true },
      code: `import tls from 'node:tls';
export const dial = (host) => tls.connect({ host, port: 443, servername: host });`,
      messages: ['mayBeAddress'],
    },
  ],
};
