import { readFileSync } from 'node:fs';
import http from 'node:http';
import httpProxy from '@altname/proxy/http-proxy';

const { UPSTREAM = 'https://localhost:8443', UPSTREAM_NAME: name, UPSTREAM_CA: file } = process.env;

const proxy = httpProxy.createProxyServer({ target: UPSTREAM, name, ca: file && readFileSync(file) });
proxy.on('proxyReq', (proxyReq) => proxyReq.setHeader('X-Example', 'http-proxy'));
proxy.on('error', (error, request, answer) => {
  console.error(error.code);
  if ('writeHead' in answer) answer.writeHead(502).end();
});

const server = http.createServer((request, response) => {
  if (request.url === '/') {
    response.end('Hello from http-proxy');
    return;
  }
  request.url = request.url.replace(/^\/api/, '');
  proxy.web(request, response);
});
server.on('upgrade', (request, socket, head) => {
  request.url = request.url.replace(/^\/api/, '');
  proxy.ws(request, socket, head);
});
server.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}/`);
});
