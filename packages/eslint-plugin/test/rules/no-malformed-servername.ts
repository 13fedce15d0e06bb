import type { Table } from '../table.ts';

const around = (name: string): string => `import tls from 'node:tls';
tls.connect({ host: 'a.example', port: 443, servername: ${name} });`;

export const table: Table = {
  good: {
    'a name': around(`'db.example'`),
    'capitals, and an underscore': around(`'My_Service.Example'`),
    'an A-label': around(`'xn--bcher-kva.example'`),
    'what the caller gives': `import tls from 'node:tls';
export const dial = (servername) => tls.connect({ host, servername });`,
    'a template of labels': around('`${shard}.db.example`'),
    'none for an address': around(`isIP(host) ? '' : host`),
    'none, by default': around(`name || ''`),
    'hostname of a URL': around('new URL(text).hostname'),
    'an address, which is told by another rule': around(`'10.0.0.5'`),
    'a server name of a game': `export const state = { servername: '', players: 0 };`,
    'a server name of a form': `const [form, setForm] = useState({ servername: 'My server: 1' });`,
    'what a test compares with': `expect(options).toEqual({ host: 'a.example', servername: '' });`,
  },
  bad: [
    {
      name: 'a port',
      code: around(`'db.example:5433'`),
      messages: ['port'],
      suggested: [around(`'db.example'`)],
    },
    { name: 'a port in a template', code: around('`${name}:443`'), messages: ['port'] },
    { name: 'a port that is not told', code: around('`${name}:${port}`'), messages: ['port'] },
    { name: 'a port in a sum', code: around(`name + ':' + port`), messages: ['port'] },
    { name: 'brackets', code: around(`'[::1]'`), messages: ['brackets'], suggested: [] },
    { name: 'brackets and a port', code: around(`'[2001:db8::1]:443'`), messages: ['brackets'] },
    {
      name: 'a dot at the end',
      code: around(`"db.example."`),
      messages: ['dot'],
      suggested: [around(`"db.example"`)],
    },
    {
      name: 'a scheme',
      code: around(`'https://db.example/path'`),
      messages: ['scheme'],
      suggested: [around(`'db.example'`)],
    },
    { name: 'a scheme in a template', code: around('`https://${name}`'), messages: ['scheme'] },
    {
      name: 'an empty name',
      code: around(`''`),
      messages: ['empty'],
      suggested: [
        `import tls from 'node:tls';
tls.connect({ host: 'a.example', port: 443 });`,
      ],
    },
    { name: 'a pattern', code: around(`'*.example.com'`), messages: ['wildcard'] },
    {
      name: 'letters beyond ASCII',
      code: around(`'bücher.example'`),
      messages: ['notAscii'],
      suggested: [around(`'xn--bcher-kva.example'`)],
    },
    { name: 'a blank', code: around(`'db example'`), messages: ['characters'] },
    { name: 'a path', code: around(`'db.example/shop'`), messages: ['characters'] },
    {
      name: 'host of a URL',
      code: around('new URL(text).host'),
      messages: ['mayHavePort'],
      suggested: [around('new URL(text).hostname')],
    },
    {
      name: 'host of a URL, through a name',
      code: `const https = require('https');
const url = new URL(process.env.API);
https.get({ host: url.hostname, servername: url.host });`,
      messages: ['mayHavePort'],
    },
    {
      name: 'through a name, in an agent',
      code: `import { Agent } from 'node:https';
const servername = 'api.example:443';
export const agent = new Agent({ servername });`,
      messages: ['port'],
    },
    {
      name: 'under tls, in any library',
      code: `export const options = { tls: { servername: 'cache.example.' } };`,
      messages: ['dot'],
    },
    {
      name: 'written later',
      code: `const options = {};
options.servername = 'https://a.example';
require('tls').connect(options);`,
      messages: ['scheme'],
    },
    {
      name: 'of got',
      code: `import got from 'got';
await got('https://10.0.0.5/', { https: { serverName: 'api.example:443' } });`,
      messages: ['port'],
    },
    {
      name: 'of grpc-js',
      code: `export const options = { 'grpc.ssl_target_name_override': 'api.example:443' };`,
      messages: ['port'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import { connect } from 'node:tls';
const name = 'db.example.' as const;
connect({ host: 'db.example', port: 443, servername: name! });`,
      messages: ['dot'],
    },
  ],
};
