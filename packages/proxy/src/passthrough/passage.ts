import { connect, type Socket } from 'node:net';
import type { TcpUpstreamConfig } from './tcp-upstream.ts';

/** How a passage went. */
export interface PassageEnd {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Why it broke off; null when both sides ended it. */
  readonly problem: string | null;
}

/** What a passage needs. */
export interface PassageOptions {
  /** Milliseconds. */
  readonly timeouts: { readonly connect: number; readonly idle: number };
  /** A header for the upstream, before everything else; null for none. */
  readonly header: Buffer | null;
  /** What the client sent already. */
  readonly first: Buffer;
  /** Called instead of `end` when the upstream is not reached: the client's socket is as it was. */
  readonly fail: (error: NodeJS.ErrnoException) => void;
  /** Called once, when both sides are closed. */
  readonly end: (ended: PassageEnd) => void;
}

/**
 * Joins a client with an upstream. Octets are handed over as they come, in the very piece they were read in, and none
 * are read while the other side does not take them. Where one side ends, so does what the other gets; where one is
 * gone, so is the other, by a reset where it was one.
 */
export function openPassage(client: Socket, to: TcpUpstreamConfig, options: PassageOptions): void {
  const { timeouts, header, first, fail, end } = options;
  const server = connect({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true });
  let isConnected = false;
  let problem: string | null = null;
  let open = 2;
  const late = setTimeout(() => {
    server.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
  }, timeouts.connect);

  const clientData = (chunk: Buffer): void => {
    if (!server.write(chunk) && server.writableLength > 0) client.pause();
  };
  const clientEnd = (): void => {
    server.end();
  };
  const clientDrain = (): void => {
    server.resume();
  };
  const clientError = (error: NodeJS.ErrnoException): void => {
    problem ??= `the client: ${error.code ?? error.message}`;
    breakOff(server, error);
  };
  const clientClose = (): void => {
    if (!client.readableEnded || !server.readableEnded) {
      problem ??= isConnected
        ? 'the client went away'
        : 'the client went away before the upstream was connected';
      server.destroy();
    }
    finish();
  };
  const finish = (): void => {
    if (--open > 0) return;
    const up = server.bytesWritten - (header?.length ?? 0);
    end({ bytesUp: isConnected ? Math.max(up, 0) : 0, bytesDown: server.bytesRead, problem });
  };

  client.allowHalfOpen = true;
  client.setNoDelay(true);
  client.on('data', clientData).on('end', clientEnd).on('drain', clientDrain);
  client.on('error', clientError).on('close', clientClose);
  if (header !== null) {
    server.cork();
    server.write(header);
    server.write(first);
    server.uncork();
  } else {
    server.write(first);
  }
  server.on('connect', () => {
    isConnected = true;
    clearTimeout(late);
    client.setTimeout(timeouts.idle, () => {
      problem ??= 'nothing came for too long';
      client.destroy();
    });
  });
  server.on('data', (chunk: Buffer) => {
    if (!client.write(chunk) && client.writableLength > 0) server.pause();
  });
  server.on('end', () => client.end());
  server.on('drain', () => client.resume());
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (isConnected) {
      problem ??= `the upstream: ${error.code ?? error.message}`;
      breakOff(client, error);
      return;
    }
    if (client.destroyed) return;
    open = 0;
    client.off('data', clientData).off('end', clientEnd).off('drain', clientDrain);
    client.off('error', clientError).off('close', clientClose);
    fail(error);
  });
  server.on('close', () => {
    clearTimeout(late);
    if (open === 0) return;
    if (!client.destroyed && (!server.readableEnded || !client.readableEnded)) client.destroy();
    finish();
  });
}

function breakOff(other: Socket, { code }: NodeJS.ErrnoException): void {
  if (code === 'ECONNRESET') other.resetAndDestroy();
  else other.destroy();
}
