import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { Readable } from 'node:stream';

/** A body that is larger than `limits.body`. */
export class BodyTooLarge extends Error {
  constructor(limit: number) {
    super(`the body of the request is larger than ${limit} octets`);
  }
}

/**
 * The body of a request for an upstream. It stands between the two, because undici destroys a body when its connection
 * fails, and a request that is destroyed takes the client's connection, and the answer, with it.
 */
export class RequestBody extends Readable {
  /** Octets that came. */
  received = 0;
  readonly #from: IncomingMessage | Http2ServerRequest;
  readonly #take = (chunk: Buffer): void => {
    this.received += chunk.length;
    this.#left -= chunk.length;
    if (this.#left < 0) this.destroy(new BodyTooLarge(this.#limit));
    else if (!this.push(chunk)) this.#from.pause();
  };
  readonly #finish = (): void => {
    this.push(null);
  };
  readonly #lose = (): void => {
    if (!this.readableEnded) this.destroy(new Error('the client went away in the middle of its request'));
  };

  readonly #limit: number;
  #left: number;

  /** @param limit octets; 0 for none */
  constructor(from: IncomingMessage | Http2ServerRequest, limit: number) {
    super({ highWaterMark: 65_536 });
    this.#limit = limit;
    this.#left = limit === 0 ? Infinity : limit;
    this.#from = from;
    from.on('data', this.#take).once('end', this.#finish).once('aborted', this.#lose).pause();
  }

  override _read(): void {
    this.#from.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#from.off('data', this.#take).off('end', this.#finish).off('aborted', this.#lose);
    // What still comes of it is read and dropped: the client may wait for its answer until it has sent everything.
    this.#from.resume();
    done(error);
  }
}
