import https from 'node:https';
import { developmentCertificate } from '@altname/certs';
import express from 'express';

const app = express();
app.get('/', (request, response) => {
  response.send(`<title>express</title><p>Hello from ${request.protocol}://${request.hostname}`);
});

const server = https.createServer(await developmentCertificate({ names: ['api.local'] }), app);
server.listen(Number(process.env.PORT ?? 8443), 'localhost', () => {
  console.log(`https://localhost:${server.address().port}/`);
});
