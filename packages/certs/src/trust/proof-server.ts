import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { printable } from '@altname/core';
import { lastWords, runProgram, type Ended } from './program.ts';

/** What a server presents, PEM. */
export interface Credentials {
  readonly chain: string;
  readonly key: string;
}

/** How to ask one client. */
export interface Call {
  readonly argv: (port: number, path: string) => readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** It sends what stands on its stdin, and is given a request. */
  readonly requestOnStdin?: boolean;
  /** Finds the reason in what it says; its last line is taken where it does not. */
  readonly reason: RegExp;
}

export interface Reply {
  readonly result: 'trusted' | 'not-trusted' | 'unproven';
  /** What the client said when it did not trust; null when it did. */
  readonly detail: string | null;
}

/**
 * Lets a client that verifies connect to a server on 127.0.0.1, made for it alone. The client trusts when its request
 * comes: one that verifies sends none to a server that it does not trust. What the client says of itself counts for
 * nothing, and a client that never connected proves nothing.
 */
export async function callServer(call: Call, credentials: Credentials, timeout: number): Promise<Reply> {
  const path = `/${randomBytes(8).toString('hex')}`;
  let [connected, requested] = [false, false];
  const server = createServer({ cert: credentials.chain, key: credentials.key }, (request, response) => {
    if (request.url === path) requested = true;
    response.writeHead(200, { connection: 'close', 'content-type': 'text/plain' }).end('trusted\n');
  });
  server.on('connection', () => (connected = true));
  server.on('tlsClientError', () => {
    // A refusal: no request comes.
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const ended = await runProgram(call.argv(port, path), {
      timeout,
      ...(call.env === undefined ? {} : { env: call.env }),
      ...(call.requestOnStdin === true ? { stdin: `GET ${path} HTTP/1.0\r\n\r\n` } : {}),
    });
    if (requested) return { result: 'trusted', detail: null };
    return {
      result: connected && !ended.timedOut ? 'not-trusted' : 'unproven',
      detail: reasonOf(ended, call.reason),
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function reasonOf(ended: Ended, pattern: RegExp): string {
  const found = ended.timedOut ? undefined : pattern.exec(`${ended.stderr}\n${ended.stdout}`)?.[1];
  return found === undefined ? lastWords(ended) : printable(found.replace(/\s+/g, ' ').trim(), 200);
}
