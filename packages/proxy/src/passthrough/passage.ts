import { connect, type Socket } from 'node:net';
import { ReadBuffer } from './read-buffer.ts';
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
  /** Called instead of `end` when the upstream is not reached: the client is still there. */
  readonly fail: (error: NodeJS.ErrnoException) => void;
  /** Called once, when both sides are closed. */
  readonly end: (ended: PassageEnd) => void;
}

/** Octets that a client may send before its upstream is connected, beside its ClientHello; then it has to wait. */
const mostEarly = 65_536;

/**
 * Joins a client with an upstream. None are read of a side while the other does not take them. Where one side ends, so
 * does what the other gets; where one is gone, so is the other, by a reset where it was one.
 *
 * What the upstream sends is read into one buffer again and again. It is read into only when the system has taken all
 * that was in it, or has told so.
 */
export function openPassage(client: Socket, to: TcpUpstreamConfig, options: PassageOptions): void {
  const { timeouts, header, fail, end } = options;
  const buffer = new ReadBuffer();
  let early = header === null ? options.first : Buffer.concat([header, options.first]);
  let isConnected = false;
  let isHeld = false;
  let problem: string | null = null;
  let open = 2;

  const server = connect({
    host: to.host,
    port: to.port,
    allowHalfOpen: true,
    noDelay: true,
    onread: {
      buffer: () => buffer.octets,
      callback(length, octets) {
        client.write(length === octets.length ? octets : octets.subarray(0, length), taken);
        if (client.writableLength > 0) {
          isHeld = true;
          return false;
        }
        buffer.fit(length);
        return true;
      },
    },
  });
  const taken = (): void => {
    if (!isHeld || client.writableLength > 0) return;
    isHeld = false;
    server.resume();
  };
  const late = setTimeout(() => {
    server.destroy(Object.assign(new Error('it was not connected in time'), { code: 'ETIMEDOUT' }));
  }, timeouts.connect);

  const clientData = (chunk: Buffer): void => {
    if (isConnected) {
      if (!server.write(chunk) && server.writableLength > 0) client.pause();
      return;
    }
    early = Buffer.concat([early, chunk]);
    if (early.length > options.first.length + mostEarly) client.pause();
  };
  const clientEnd = (): void => {
    if (isConnected) server.end();
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
    // What is held is read by the system still.
    if (!isHeld) buffer.release();
    const bytesUp = isConnected ? Math.max(server.bytesWritten - (header?.length ?? 0), 0) : 0;
    end({ bytesUp, bytesDown: server.bytesRead, problem });
  };

  client.allowHalfOpen = true;
  client.setNoDelay(true);
  client.on('data', clientData).on('end', clientEnd).on('error', clientError).on('close', clientClose);
  server.on('connect', () => {
    isConnected = true;
    clearTimeout(late);
    server.write(early);
    if (client.readableEnded) server.end();
    else client.resume();
    client.setTimeout(timeouts.idle, () => {
      problem ??= 'nothing came for too long';
      client.destroy();
    });
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
    buffer.release();
    client.off('data', clientData).off('end', clientEnd).off('error', clientError).off('close', clientClose);
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
  if (code === 'ECONNRESET' && !other.connecting) other.resetAndDestroy();
  else other.destroy();
}
