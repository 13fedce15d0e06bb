import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** What a request needs of an upstream. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turns; the first is `host`. */
  readonly headers: string[];
  readonly body: Readable | Buffer | null;
  readonly upgrade?: string | undefined;
  /** It was sent before. A server that goes ends all connections that were kept, one after the other. */
  readonly isRetry?: boolean;
  /**
   * The client's own request, for what HTTP/2 alone can say (that trailers are taken, and those of the request), and for
   * who the client is; missing where there is none.
   */
  readonly from?: {
    readonly socket: Socket;
    readonly stream?: { readonly session: Http2Session | undefined };
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly rawTrailers: readonly string[];
  };
}

/** Who takes the answer: what undici calls, and the name of its methods. */
export interface UpstreamHandler extends Dispatcher.DispatchHandler {
  /** Nobody waits for the answer any more. */
  readonly isGone?: boolean;
  /**
   * @param isWhole nothing comes behind the head: neither body nor trailers. HTTP/2 alone knows (RFC 9113 §8.1), and gRPC
   *   tells its own errors by it.
   */
  onHeaders?(
    status: number,
    headers: Buffer[] | string[],
    resume: () => void,
    reason: string,
    isWhole?: boolean,
  ): boolean;
}

/** Connections to one server. */
export interface Transport {
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void;
  /** Ends every connection. */
  destroy(): Promise<void>;
}

/** Milliseconds that hold for connections and answers. */
export interface TransportTimes {
  readonly connect: number;
  readonly answer: number;
  readonly idle: number;
}

/** The code of an error: the peer says that it did nothing with the request (RFC 9113 §8.7). */
export const refusedStream = 'REFUSED_STREAM';
