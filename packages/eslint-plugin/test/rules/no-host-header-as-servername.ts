import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'a server name beside it': `import https from 'node:https';
https.get({ host: '10.0.0.5', servername: 'api.example', headers: { host: 'api.example' } });`,
    'the host that is dialled': `import https from 'node:https';
https.get({ host: 'api.example', headers: { Host: 'api.example' } });`,
    'the host of the URL': `import axios from 'axios';
axios.get('https://api.example/items', { headers: { Host: 'api.example' } });`,
    'the host of the URL, with its port': `const https = require('https');
https.get('https://api.example:8443/items', { headers: { host: 'api.example:8443' } });`,
    'the same expression': `import https from 'node:https';
export const get = (host) => https.get({ host, headers: { host } });`,
    'host of the URL, by its name': `import https from 'node:https';
export const get = (url) => https.get(url, { headers: { host: url.host } });`,
    'an agent with the name': `import axios from 'axios';
import https from 'node:https';
axios.get('https://10.0.0.5/', { headers: { Host: 'api.example' }, httpsAgent: new https.Agent({ servername: 'api.example' }) });`,
    'an agent that the file does not tell': `import axios from 'axios';
export const get = (httpsAgent) => axios.get('https://10.0.0.5/', { headers: { Host: 'api.example' }, httpsAgent });`,
    'a check of its own': `import https from 'node:https';
https.get({ host: '10.0.0.5', headers: { host: 'api.example' }, checkServerIdentity: check });`,
    'plain HTTP': `import http from 'node:http';
http.get({ host: '10.0.0.5', headers: { host: 'api.example' } });`,
    'plain HTTP with axios': `import axios from 'axios';
axios.get('http://10.0.0.5/', { headers: { Host: 'api.example' } });`,
    'a URL that the file does not tell': `import axios from 'axios';
export const get = (url) => axios.get(url, { headers: { Host: 'api.example' } });`,
    'fetch, which drops it': `await fetch('https://10.0.0.5/', { headers: { Host: 'api.example' } });`,
    'ws, which does not take it': `import WebSocket from 'ws';
new WebSocket('wss://api.example', { headers: { host: 'other.example' } });`,
    'other headers': `import https from 'node:https';
https.get({ host: 'api.example', headers: { accept: '*/*', 'x-host': 'a' } });`,
  },
  bad: [
    {
      name: 'https.request to an address',
      code: `const https = require('https');
https.request({ host: '10.0.0.5', headers: { Host: 'api.example' } });`,
      messages: ['header'],
      suggested: [
        `const https = require('https');
https.request({ host: '10.0.0.5', headers: { Host: 'api.example' }, servername: 'api.example' });`,
      ],
    },
    {
      name: 'https.get to another host, with a port',
      code: `import { get } from 'node:https';
get('https://origin.example/', { headers: { host: 'www.example:443' } });`,
      messages: ['header'],
      suggested: [
        `import { get } from 'node:https';
get('https://origin.example/', { headers: { host: 'www.example:443' }, servername: 'www.example' });`,
      ],
    },
    {
      name: 'a host that is not told',
      code: `import https from 'node:https';
export const canary = (address, host) => https.get({ host: address, headers: { host } });`,
      messages: ['header'],
      suggested: [],
    },
    {
      name: 'through names',
      code: `import https from 'node:https';
const headers = { 'Host': 'api.example', accept: '*/*' };
const options = { hostname: '10.0.0.5', headers };
https.request(options, answer);`,
      messages: ['header'],
    },
    {
      name: 'headers written later',
      code: `import https from 'node:https';
const headers = {};
headers.host = 'api.example';
https.request({ hostname: '10.0.0.5', headers });`,
      messages: ['header'],
    },
    {
      name: 'with an agent that has no name',
      code: `import https from 'node:https';
https.get({ host: '10.0.0.5', headers: { host: 'api.example' }, agent: new https.Agent({ keepAlive: true }) });`,
      messages: ['header'],
    },
    {
      name: 'axios',
      code: `import axios from 'axios';
await axios.get('https://10.0.0.5/', { headers: { Host: 'api.example' } });`,
      messages: ['header'],
    },
    {
      name: 'axios, post',
      code: `import axios from 'axios';
await axios.post('https://10.0.0.5/', body, { headers: { Host: 'api.example' } });`,
      messages: ['header'],
    },
    {
      name: 'axios, one object',
      code: `const axios = require('axios').default;
axios({ method: 'get', url: 'https://10.0.0.5/', headers: { Host: 'api.example' } });`,
      messages: ['header'],
    },
    {
      name: 'got',
      code: `import got from 'got';
await got('https://10.0.0.5/', { headers: { host: 'api.example' } });`,
      messages: ['header'],
    },
    {
      name: 'node-fetch',
      code: `import fetch from 'node-fetch';
await fetch('https://10.0.0.5/', { headers: { Host: 'api.example' } });`,
      messages: ['header'],
    },
    {
      name: 'request of undici, with a name in its connector',
      code: `import { Agent, request } from 'undici';
const dispatcher = new Agent({ connect: { servername: 'api.example' } });
await request('https://10.0.0.5/', { dispatcher, headers: { host: 'other.example' } });`,
      messages: ['connector'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import * as https from 'node:https';
const options: https.RequestOptions = { host: '10.0.0.5', headers: { Host: 'api.example' as string } };
https.get(options);`,
      messages: ['header'],
    },
  ],
};
