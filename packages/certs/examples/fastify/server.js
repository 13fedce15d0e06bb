import { developmentCertificate } from '@altname/certs';
import fastify from 'fastify';

const app = fastify({ https: await developmentCertificate({ names: ['app.test', '*.app.test'] }) });
app.get('/', (request, reply) => {
  reply.type('text/html');
  return `<title>fastify</title><p>Hello from ${request.protocol}://${request.hostname}`;
});

await app.listen({ port: Number(process.env.PORT ?? 8443) });
console.log(`https://localhost:${app.server.address().port}/`);
