import { proxyMiddleware } from '@altname/proxy';
import express from 'express';

const { UPSTREAM = 'https://localhost:8443', UPSTREAM_NAME: name, UPSTREAM_CA: file } = process.env;

const proxy = proxyMiddleware({
  upstreams: { api: { to: UPSTREAM, name, ca: file && { file } } },
  onFailure: ({ requestId, error, fixes }) => console.error(requestId, error.code, fixes),
});

const app = express();
// Before any parser of bodies.
app.use('/api', proxy);
app.use(express.json());
app.get('/', (request, response) => {
  response.send('Hello from Express');
});

const server = app.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}/`);
});
server.on('upgrade', (request, socket, head) => {
  // What Express does with requests is not done with these.
  if (request.url.startsWith('/api/')) {
    request.url = request.url.slice('/api'.length);
    proxy.upgrade(request, socket, head);
  } else {
    socket.destroy();
  }
});
