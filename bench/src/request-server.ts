import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authority } from './certificates.ts';

/** A server in a process of its own, so that its work is not counted. Prints its port and the certificate of its CA. */
const { caPem, keyPem, certificatePem } = await authority('localhost');
const server = createServer(
  { key: keyPem, cert: certificatePem, keepAliveTimeout: 60_000 },
  (_request, response) => {
    response.end('x');
  },
);
server.listen(0, 'localhost', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port, caPem })}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
