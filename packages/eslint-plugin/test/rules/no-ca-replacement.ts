import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'a CA for a host of a company': `import https from 'node:https';
https.get({ host: 'api.corp.example.com', ca });`,
    'a CA for an address': `import https from 'node:https';
https.get({ host: '10.0.0.5', servername: 'api.internal', ca });`,
    'a CA for a host that is not told': `import https from 'node:https';
export const get = (host, ca) => https.get({ host, ca });`,
    'a CA for an agent': `import https from 'node:https';
export const agent = new https.Agent({ ca: readFileSync('company-ca.pem') });`,
    'a CA for a database': `import tls from 'node:tls';
tls.connect({ host: 'db.supabase.co', port: 5432, ca });`,
    'beside the roots of Node': `import https from 'node:https';
import tls from 'node:tls';
https.get('https://api.example.com/', { ca: [...tls.rootCertificates, ca] });`,
    'beside the roots of Node, through a name': `import https from 'node:https';
import tls from 'node:tls';
const ca = tls.getCACertificates('default').concat(own);
https.get('https://api.example.com/', { ca });`,
    'a pin': `import https from 'node:https';
https.get('https://api.example.com/', { ca, checkServerIdentity: pinned });`,
    nothing: `import https from 'node:https';
https.get('https://api.example.com/', { ca: undefined });`,
    'a reserved name': `import https from 'node:https';
https.get('https://service.test/', { ca });`,
    'what somebody else gives': `import https from 'node:https';
https.get('https://api.example.com/', { ca: options.trust });`,
  },
  bad: [
    {
      name: 'https.get',
      code: `import https from 'node:https';
https.get('https://api.example.com/', { ca });`,
      messages: ['host'],
    },
    {
      name: 'https.request, a file, CommonJS',
      code: `const https = require('https');
const fs = require('fs');
https.request({ hostname: 'api.example.com', ca: fs.readFileSync('ca.pem') });`,
      messages: ['host'],
      suggested: [
        `const https = require('https');
const fs = require('fs');
https.request({ hostname: 'api.example.com', ca: require('node:tls').rootCertificates.concat(fs.readFileSync('ca.pem')) });`,
      ],
    },
    {
      name: 'a list, with tls there already',
      code: `import https from 'node:https';
import tls from 'node:tls';
tls.DEFAULT_MIN_VERSION;
https.get('https://api.example.com/', { ca: [readFileSync('ca.pem')] });`,
      messages: ['host'],
      suggested: [
        `import https from 'node:https';
import tls from 'node:tls';
tls.DEFAULT_MIN_VERSION;
https.get('https://api.example.com/', { ca: [...tls.rootCertificates, readFileSync('ca.pem')] });`,
      ],
    },
    {
      name: 'in an agent of axios',
      code: `import axios from 'axios';
import https from 'node:https';
const caCertificate = readFileSync('ca.pem');
await axios.get('https://api.example.com/', { httpsAgent: new https.Agent({ ca: caCertificate }) });`,
      messages: ['host'],
      suggested: [
        `import { rootCertificates } from 'node:tls';
import axios from 'axios';
import https from 'node:https';
const caCertificate = readFileSync('ca.pem');
await axios.get('https://api.example.com/', { httpsAgent: new https.Agent({ ca: rootCertificates.concat(caCertificate) }) });`,
      ],
    },
    {
      name: 'got',
      code: `import got from 'got';
await got('https://api.example.com/', { https: { certificateAuthority: readFileSync('ca.pem') } });`,
      messages: ['host'],
    },
    {
      name: 'fetch with a dispatcher',
      code: `import { Agent, fetch } from 'undici';
await fetch('https://api.example.com/', { dispatcher: new Agent({ connect: { ca: readFileSync('ca.pem') } }) });`,
      messages: ['host'],
    },
    {
      name: 'ws',
      code: `const WebSocket = require('ws');
new WebSocket('wss://stream.example.com/', { ca: readFileSync('ca.pem') });`,
      messages: ['host'],
    },
    {
      name: 'the agent of all requests',
      code: `import https from 'node:https';
https.globalAgent.options.ca = readFileSync('company-ca.pem');`,
      messages: ['everything'],
    },
    {
      name: 'another agent for all requests',
      code: `const https = require('https');
https.globalAgent = new https.Agent({ ca: [readFileSync('company-ca.pem')] });`,
      messages: ['everything'],
    },
    {
      name: 'the dispatcher of all requests',
      code: `import { Agent, setGlobalDispatcher } from 'undici';
setGlobalDispatcher(new Agent({ connect: { ca: readFileSync('company-ca.pem') } }));`,
      messages: ['everything'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import * as https from 'node:https';
const options = { host: 'api.example.com', ca: readFileSync('ca.pem') as Buffer } satisfies https.RequestOptions;
https.request(options);`,
      messages: ['host'],
    },
  ],
};
