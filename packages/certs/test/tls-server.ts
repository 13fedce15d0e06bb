import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

/** An https server on loopback that says `ok`; closed when the tests of the file are over. */
export async function serve(options: https.ServerOptions): Promise<number> {
  const server = https.createServer(options, (_request, response) => response.end('ok\n'));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
