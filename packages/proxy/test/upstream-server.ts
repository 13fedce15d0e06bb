import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Identity } from './authority.ts';

/** An HTTPS server on loopback that is there until the tests of the file are over. */
export interface TestUpstream {
  readonly server: https.Server;
  readonly url: string;
  /** The server names of its handshakes; `-` for none. */
  readonly serverNames: string[];
}

export async function startUpstream(
  identity: Identity & https.ServerOptions,
  listener: RequestListener,
): Promise<TestUpstream> {
  const serverNames: string[] = [];
  const server = https.createServer(identity, listener);
  server.on('secureConnection', (socket: TLSSocket) => {
    serverNames.push((socket as { servername?: string | false }).servername || '-');
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, serverNames, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Answers with what came: method, target and fields as JSON, the body behind it. */
export const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }));
  });
};
