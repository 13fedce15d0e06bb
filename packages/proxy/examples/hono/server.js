import { honoProxy } from '@altname/proxy/hono';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const { UPSTREAM = 'https://localhost:8443', UPSTREAM_NAME: name, UPSTREAM_CA: file } = process.env;

const proxy = honoProxy({
  strip: '/api',
  upstreams: { api: { to: UPSTREAM, name, ca: file && { file } } },
  onFailure: ({ requestId, error, fixes }) => console.error(requestId, error.code, fixes),
});

const app = new Hono();
app.get('/', (c) => c.text('Hello from Hono'));
app.all('/api/*', proxy);

const server = serve(
  { fetch: app.fetch, hostname: 'localhost', port: Number(process.env.PORT ?? 8080) },
  ({ port }) => {
    console.log(`http://localhost:${port}/`);
  },
);
server.on('upgrade', (request, socket, head) => proxy.upgrade(request, socket, head));
