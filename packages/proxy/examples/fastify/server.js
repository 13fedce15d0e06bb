import proxy from '@altname/proxy/fastify';
import Fastify from 'fastify';

const { UPSTREAM = 'https://localhost:8443', UPSTREAM_NAME: name, UPSTREAM_CA: file } = process.env;

const app = Fastify();
app.get('/', () => 'Hello from Fastify');
await app.register(proxy, {
  prefix: '/api',
  upstream: { to: UPSTREAM, name, ca: file && { file } },
  onFailure: ({ requestId, error, fixes }) => console.error(requestId, error.code, fixes),
});

await app.listen({ host: 'localhost', port: Number(process.env.PORT ?? 8080) });
console.log(`http://localhost:${app.server.address().port}/`);
