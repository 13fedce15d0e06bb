import type { Table } from '../table.ts';

const inHandler = (body: string): string => `import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
http.createServer((req, res) => {
  ${body}
});`;

export const table: Table = {
  good: {
    'a name of the configuration': inHandler(
      `tls.connect({ host: '10.0.0.5', port: 443, servername: config.name });`,
    ),
    'a name that is looked up by the request': inHandler(
      `tls.connect({ host: '10.0.0.5', port: 443, servername: names[req.headers.host] ?? 'a.example' });`,
    ),
    'a name that is looked up in a map': inHandler(
      `tls.connect({ host: '10.0.0.5', port: 443, servername: names.get(req.headers.host) });`,
    ),
    'a name that is held against a list': inHandler(`const name = req.headers.host;
  if (!allowed.includes(name)) return res.end();
  tls.connect({ host: '10.0.0.5', port: 443, servername: name });`),
    'a name that is compared': inHandler(`if (req.headers.host !== 'a.example') return res.end();
  tls.connect({ host: '10.0.0.5', port: 443, servername: req.headers.host });`),
    'headers without Host': inHandler(`const { host, ...headers } = req.headers;
  https.get('https://a.example/', { headers });`),
    'headers with a Host of their own': inHandler(
      `https.get('https://a.example/', { headers: { ...req.headers, host: 'a.example' } });`,
    ),
    'headers with Host deleted': inHandler(`const headers = { ...req.headers };
  delete headers.host;
  https.get('https://a.example/', { headers });`),
    'headers beside a server name': inHandler(
      `https.get('https://a.example/', { headers: req.headers, servername: 'a.example' });`,
    ),
    'headers for fetch, which drops Host': inHandler(
      `fetch('https://a.example/', { headers: req.headers });`,
    ),
    'headers over plain HTTP': inHandler(`http.request('http://localhost:3000/', { headers: req.headers });`),
    'the URL of the request, read': inHandler(`const url = new URL(req.url, \`https://\${req.headers.host}\`);
  res.end(url.pathname);`),
    'a path from the request': inHandler('https.get(`https://a.example/items/${req.query.id}`);'),
    'an answer with the host': inHandler(`res.end(JSON.stringify({ serverName: req.headers.host }));`),
    'a request that goes out': `import https from 'node:https';
export function handle(request) {
  return https.request({ host: request.hostname, headers: request.headers, path: request.path });
}`,
    'a redirect': inHandler(
      'res.writeHead(301, { location: `https://${req.headers.host}${req.url}` }).end();',
    ),
    'a proxy with changeOrigin': `require('http-proxy').createProxyServer({ target: 'https://a.example', changeOrigin: true });`,
    'a proxy to plain HTTP': `require('http-proxy').createProxyServer({ target: 'http://localhost:3000' });`,
    'a proxy with an agent': `import https from 'node:https';
import httpProxy from 'http-proxy';
httpProxy.createProxyServer({ target: 'https://a.example', agent: new https.Agent({ servername: 'a.example' }) });`,
    'a proxy with a Host of its own': `import { createProxyMiddleware } from 'http-proxy-middleware';
createProxyMiddleware({ target: 'https://a.example', headers: { host: 'a.example' } });`,
    'a proxy with what the file does not tell': `import { createProxyMiddleware } from 'http-proxy-middleware';
export const proxy = (options) => createProxyMiddleware({ ...options, target: 'https://a.example' });`,
    'a proxy whose target is not told': `import { createProxyMiddleware } from 'http-proxy-middleware';
createProxyMiddleware({ target: process.env.API });`,
    'Vite with a text, which sets changeOrigin': `import { defineConfig } from 'vite';
export default defineConfig({ server: { proxy: { '/api': 'https://a.example' } } });`,
    'Vite with changeOrigin': `export default { server: { proxy: { '/api': { target: 'https://a.example', changeOrigin: true } } } };`,
    'a target of something else': `export const link = { proxy: { target: 'https://a.example' } };`,
  },
  bad: [
    {
      name: 'headers.host as servername',
      code: inHandler(`tls.connect({ host: '10.0.0.5', port: 443, servername: req.headers.host });`),
      messages: ['name'],
    },
    {
      name: 'headers.host, by a text',
      code: inHandler(`tls.connect({ host: '10.0.0.5', port: 443, servername: req.headers['host'] });`),
      messages: ['name'],
    },
    {
      name: 'without its port',
      code: inHandler(`tls.connect({ host: '10.0.0.5', servername: req.headers.host.split(':')[0] });`),
      messages: ['name'],
    },
    {
      name: 'without its port, or the target',
      code: inHandler(
        `tls.connect({ host: target, servername: req.headers.host?.split(':')[0] || target });`,
      ),
      messages: ['name'],
    },
    {
      name: 'through a name',
      code: inHandler(`const name = req.headers.host;
  tls.connect({ host: '10.0.0.5', servername: name });`),
      messages: ['name'],
    },
    {
      name: 'taken apart',
      code: inHandler(`const { host } = req.headers;
  tls.connect({ host: '10.0.0.5', servername: host });`),
      messages: ['name'],
    },
    {
      name: 'taken apart, twice, with another name',
      code: inHandler(`const { headers: { host: name } } = req;
  tls.connect({ host: '10.0.0.5', servername: name });`),
      messages: ['name'],
    },
    {
      name: 'taken apart, a part of a text',
      code: inHandler(`const [name] = req.headers.host.split(':');
  tls.connect({ host: '10.0.0.5', servername: name });`),
      messages: ['name'],
    },
    {
      name: 'a parameter taken apart',
      code: `const https = require('https');
https.createServer(options, ({ headers }, res) => {
  https.request({ host: '10.0.0.5', servername: headers.host });
});`,
      messages: ['name'],
    },
    {
      name: 'in a template',
      code: inHandler('tls.connect({ host: target, servername: `${req.headers.host}` });'),
      messages: ['name'],
    },
    {
      name: 'through URL',
      code: inHandler(
        'const url = new URL(`https://${req.headers.host}`);\n  tls.connect({ host: target, servername: url.hostname });',
      ),
      messages: ['name'],
    },
    {
      name: 'through a function of the file',
      code: `import tls from 'node:tls';
const nameOf = (request) => request.headers.host.replace(/:.*/, '');
export function answer(request, response) {
  tls.connect({ host: '10.0.0.5', servername: nameOf(request) });
}`,
      messages: ['name'],
    },
    {
      name: 'handed to a function of the file',
      code: `import tls from 'node:tls';
const dial = (servername) => tls.connect({ host: '10.0.0.5', servername });
app.get('/', (req, res) => dial(req.hostname));`,
      messages: ['name'],
    },
    {
      name: 'x-forwarded-host',
      code: inHandler(`tls.connect({ host: target, servername: req.headers['x-forwarded-host'] });`),
      messages: ['name'],
    },
    {
      name: 'hostname of Express',
      code: `const tls = require('tls');
app.use((req, res, next) => tls.connect({ host: target, servername: req.hostname }));`,
      messages: ['name'],
    },
    {
      name: 'get of Express',
      code: `const tls = require('tls');
app.get('/', (req, res) => tls.connect({ host: target, servername: req.get('Host') }));`,
      messages: ['name'],
    },
    {
      name: 'a query',
      code: `import tls from 'node:tls';
app.get('/check', (req, res) => tls.connect({ host: req.query.address, port: 443, servername: req.query.name }));`,
      messages: ['dial', 'name'],
    },
    {
      name: 'a context of Koa',
      code: `import tls from 'node:tls';
router.get('/', (ctx) => tls.connect({ host: target, servername: ctx.request.header.host }));`,
      messages: ['name'],
    },
    {
      name: ':authority of HTTP/2',
      code: `import http2 from 'node:http2';
http2.createSecureServer(keys, (request, response) => {
  http2.connect('https://10.0.0.5', { servername: request.headers[':authority'] });
});`,
      messages: ['name'],
    },
    {
      name: 'an upgrade',
      code: `import tls from 'node:tls';
server.on('upgrade', (incoming, socket, head) => {
  tls.connect({ host: target, port: 443, servername: incoming.headers.host });
});`,
      messages: ['name'],
    },
    {
      name: 'a parameter with a type',
      ts: true,
      code: `import type { IncomingMessage } from 'node:http';
import tls from 'node:tls';
export const dial = (message: IncomingMessage) => tls.connect({ host: target, servername: message.headers.host! });`,
      messages: ['name'],
    },
    {
      name: 'a request by its name alone',
      code: `import tls from 'node:tls';
export const dial = (req) => tls.connect({ host: target, servername: req.headers.host });`,
      messages: ['name'],
    },
    {
      name: 'written later',
      code: inHandler(`const options = { host: 'a.example' };
  options.servername = req.headers.host;
  https.get(options);`),
      messages: ['name'],
    },
    {
      name: 'a Host header for https',
      code: inHandler(`https.get('https://10.0.0.5/', { headers: { host: req.headers.host } });`),
      messages: ['hostHeader'],
    },
    {
      name: 'a Host header for axios',
      code: `import axios from 'axios';
app.all('/api', async (req, res) => res.json(await axios.get('https://a.example/', { headers: { Host: req.headers.host } })));`,
      messages: ['hostHeader'],
    },
    {
      name: 'all headers',
      code: inHandler(`https.request({ host: 'a.example', method: req.method, headers: req.headers });`),
      messages: ['headers'],
    },
    {
      name: 'all headers, spread',
      code: inHandler(`https.get('https://a.example/', { headers: { ...req.headers, accept: '*/*' } });`),
      messages: ['headers'],
    },
    {
      name: 'all headers, through a name',
      code: inHandler(`const { headers } = req;
  https.request({ host: 'a.example', headers });`),
      messages: ['headers'],
    },
    {
      name: 'the host that is dialled',
      code: inHandler(`https.request({ host: req.headers.host, path: '/' });`),
      messages: ['dial'],
    },
    {
      name: 'the host of a URL',
      code: inHandler('https.get(`https://${req.headers.host}/health`);'),
      messages: ['dial'],
    },
    {
      name: 'the host of a URL, in a sum, with fetch',
      code: `app.get('/', async (req, res) => res.json(await fetch('https://' + req.hostname + '/api')));`,
      messages: ['dial'],
    },
    {
      name: 'http-proxy',
      code: `const httpProxy = require('http-proxy');
httpProxy.createProxyServer({ target: 'https://a.example' }).listen(8000);`,
      messages: ['proxy'],
      suggested: [
        `const httpProxy = require('http-proxy');
httpProxy.createProxyServer({ target: 'https://a.example', changeOrigin: true }).listen(8000);`,
      ],
    },
    {
      name: 'http-proxy, in a call',
      code: `import httpProxy from 'http-proxy';
const proxy = httpProxy.createProxyServer();
server.on('request', (req, res) => proxy.web(req, res, { target: 'https://a.example' }));`,
      messages: ['proxy'],
    },
    {
      name: 'http-proxy, an upgrade',
      code: `import httpProxy from 'http-proxy';
const proxy = httpProxy.createProxyServer();
server.on('upgrade', (req, socket, head) => proxy.ws(req, socket, head, { target: 'wss://a.example' }));`,
      messages: ['proxy'],
    },
    {
      name: 'http-proxy-3',
      code: `import { createProxyServer } from 'http-proxy-3';
createProxyServer({ target: 'https://a.example', secure: true });`,
      messages: ['proxy'],
    },
    {
      name: 'httpxy',
      code: `import { createProxyServer } from 'httpxy';
createProxyServer({ target: new URL('https://a.example') });`,
      messages: ['proxy'],
    },
    {
      name: 'http-proxy-middleware',
      code: `const { createProxyMiddleware } = require('http-proxy-middleware');
app.use('/api', createProxyMiddleware({ target: 'https://a.example', pathRewrite: { '^/api': '' } }));`,
      messages: ['proxy'],
    },
    {
      name: 'http-proxy-middleware, with a name for the options',
      code: `import { createProxyMiddleware } from 'http-proxy-middleware';
const target = 'https://a.example';
const options = {
  target,
  changeOrigin: false,
};
app.use(createProxyMiddleware(options));`,
      messages: ['proxy'],
      suggested: [
        `import { createProxyMiddleware } from 'http-proxy-middleware';
const target = 'https://a.example';
const options = {
  target,
  changeOrigin: true,
};
app.use(createProxyMiddleware(options));`,
      ],
    },
    {
      name: 'Vite',
      code: `import { defineConfig } from 'vite';
export default defineConfig({
  server: {
    proxy: {
      '/api': {
        target: 'https://a.example',
      },
    },
  },
});`,
      messages: ['proxy'],
      suggested: [
        `import { defineConfig } from 'vite';
export default defineConfig({
  server: {
    proxy: {
      '/api': {
        target: 'https://a.example',
        changeOrigin: true,
      },
    },
  },
});`,
      ],
    },
    {
      name: 'Vite, a function',
      code: `export default ({ mode }) => ({ server: { proxy: { '/api': { target: \`https://\${mode}.example\`, ws: true } } } });`,
      messages: ['proxy'],
    },
    {
      name: 'webpack, a list',
      code: `module.exports = { devServer: { proxy: [{ context: ['/api'], target: 'https://a.example' }] } };`,
      messages: ['proxy'],
    },
    {
      name: 'webpack, an object',
      code: `module.exports = { devServer: { proxy: { '/api': { target: 'https://a.example', secure: true } } } };`,
      messages: ['proxy'],
    },
    {
      name: 'Angular',
      filename: 'proxy.conf.js',
      code: `module.exports = { '/api': { target: 'https://a.example' } };`,
      messages: ['proxy'],
    },
  ],
};
