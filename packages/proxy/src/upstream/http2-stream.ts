import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { requestFields, trailerFields, withoutPseudo } from './http2-fields.ts';
import {
  refusedStream,
  type TransportTimes,
  type UpstreamHandler,
  type UpstreamRequest,
} from './transport.ts';

/** What a stream asks of its connection. */
export interface StreamOptions {
  readonly session: ClientHttp2Session;
  readonly scheme: 'http' | 'https';
  readonly times: TransportTimes;
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  /** The last stream that the peer says it did anything with; null as long as it says none (RFC 9113 §6.8). */
  readonly lastStream: () => number | null;
  /** Called once, when the stream is closed. */
  readonly closed: () => void;
}

const endStream = constants.NGHTTP2_FLAG_END_STREAM;
// oxlint-disable-next-line typescript/unbound-method
const { push } = Readable.prototype;

/** One request on a connection of HTTP/2, and what comes back. */
export class Http2Stream {
  readonly #options: StreamOptions;
  #stream: ClientHttp2Stream | null = null;
  #late: NodeJS.Timeout | null = null;
  #trailers: string[] = [];
  /** The handler has heard the end. */
  #isTold = false;
  #isAnswered = false;
  #isPaused = false;
  /** END_STREAM came. */
  #isWhole = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  open(): void {
    const { session, scheme, times, request, handler, closed } = this.#options;
    handler.onConnect?.((reason) => this.#abort(reason));
    if (this.#isTold) {
      closed();
      return;
    }
    const { body, from } = request;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(requestFields(request, scheme), {
        endStream: body === null,
        ...(body === null || from === undefined ? {} : { waitForTrailers: true }),
      });
    } catch (error) {
      const isClosed = session.closed || session.destroyed;
      this.#fail(
        isClosed ? refused('it was closing', error) : new Error('HTTP/2 cannot say it', { cause: error }),
      );
      closed();
      return;
    }
    this.#stream = stream;
    this.#watchEnd(stream);
    stream
      .on('headers', (_headers, flags, raw?: string[]) => this.#onHeaders(raw ?? [], flags))
      .on('response', (_headers, flags, raw?: string[]) => this.#onHeaders(raw ?? [], flags))
      .on('trailers', (_headers, _flags, raw?: string[]) => (this.#trailers = withoutPseudo(raw ?? [])))
      .on('end', () => this.#onEnd())
      .on('error', () => {})
      .once('close', () => this.#onClose());
    stream.setTimeout(times.idle, () => {
      // Where the client takes nothing, its own time counts.
      if (!this.#isPaused) this.#fail(coded('nothing came of its answer', 'UND_ERR_BODY_TIMEOUT'));
    });
    if (body === null) this.#awaitAnswer();
    else this.#send(stream, body);
  }

  /** A stream that is reset without an error ends, too, and what it was looks the same afterwards. */
  #watchEnd(stream: ClientHttp2Stream): void {
    stream.push = (chunk: unknown): boolean => {
      if (chunk === null && !stream.closed) this.#isWhole = true;
      return push.call(stream, chunk);
    };
  }

  #send(stream: ClientHttp2Stream, body: Readable | Buffer): void {
    const { from } = this.#options.request;
    if (from !== undefined) {
      stream.once('wantTrailers', () => {
        try {
          stream.sendTrailers(trailerFields(from.rawTrailers));
        } catch {
          // What Node cannot send as a trailer may be left out (RFC 9110 §6.5.1).
          stream.sendTrailers({});
        }
      });
    }
    stream.once('finish', () => this.#awaitAnswer());
    if (Buffer.isBuffer(body)) {
      stream.end(body);
      return;
    }
    if (body.destroyed) {
      this.#abort(body.errored ?? undefined);
      return;
    }
    body.once('error', (error) => this.#fail(error));
    body.once('close', () => {
      if (!body.readableEnded) this.#abort();
    });
    body.pipe(stream);
  }

  #awaitAnswer(): void {
    if (this.#isAnswered || this.#isTold) return;
    this.#late = setTimeout(
      () => this.#fail(coded('no answer came in time', 'UND_ERR_HEADERS_TIMEOUT')),
      this.#options.times.answer,
    );
  }

  #onHeaders(raw: string[], flags: number): void {
    if (this.#isTold) return;
    const { handler } = this.#options;
    const status = Number(raw[raw.indexOf(':status') + 1]);
    // RFC 9110 §15: 100 to 599. nghttp2 of Node 20 lets 099 through, which would be waited behind as 1xx is.
    if (!(status >= 100)) {
      this.#fail(coded(`no status of HTTP: ${status}`, 'BAD_STATUS'));
      return;
    }
    const resume = (): void => {
      this.#isPaused = false;
      this.#stream?.resume();
    };
    if (status >= 200) {
      this.#isAnswered = true;
      this.#inTime();
      this.#stream?.on('data', (chunk: Buffer) => this.#onData(chunk));
    }
    const isWhole = (flags & endStream) !== 0;
    try {
      this.#pauseUnless(handler.onHeaders?.(status, withoutPseudo(raw), resume, '', isWhole));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #onData(chunk: Buffer): void {
    if (!this.#isTold) this.#pauseUnless(this.#options.handler.onData?.(chunk));
  }

  #pauseUnless(isTaken: boolean | undefined): void {
    if (isTaken !== false) return;
    this.#isPaused = true;
    this.#stream?.pause();
  }

  #onEnd(): void {
    if (this.#isTold || !this.#isAnswered || this.#stream === null || !this.#isWhole) return;
    this.#isTold = true;
    const { handler } = this.#options;
    try {
      handler.onComplete?.(this.#trailers);
    } catch (error) {
      handler.onError?.(error as Error);
    }
    // RFC 9113 §8.1: an answer may be complete before the request is.
    if (!this.#stream.writableFinished) this.#end();
  }

  #onClose(): void {
    const { session, lastStream, closed } = this.#options;
    const { id, rstCode } = this.#stream ?? {};
    const last = lastStream();
    this.#inTime();
    if (!this.#isTold) {
      if (rstCode === constants.NGHTTP2_REFUSED_STREAM || (last !== null && id !== undefined && id > last)) {
        this.#tell(refused('it did nothing with it'));
      } else if (session.destroyed) this.#tell(coded('the connection ended', 'ECONNRESET'));
      else this.#tell(coded(`the stream was reset with code ${rstCode ?? 0}`, 'ERR_HTTP2_STREAM_ERROR'));
    }
    this.#dropBody();
    closed();
  }

  #abort(reason?: Error): void {
    this.#fail(reason ?? coded('aborted', 'UND_ERR_ABORTED'));
  }

  #fail(error: Error): void {
    if (this.#isTold) return;
    this.#tell(error);
    this.#end();
  }

  #tell(error: Error): void {
    this.#isTold = true;
    this.#inTime();
    this.#options.handler.onError?.(error);
  }

  /** RFC 9113 §8.7: nothing of it is wanted any more. */
  #end(): void {
    const stream = this.#stream;
    this.#dropBody();
    if (stream === null || stream.destroyed) return;
    stream.close(constants.NGHTTP2_CANCEL);
    // What is left of it is not read, and holds it open otherwise.
    stream.resume();
  }

  #dropBody(): void {
    const { body } = this.#options.request;
    if (body === null || Buffer.isBuffer(body) || body.readableEnded || body.destroyed) return;
    if (this.#stream !== null) body.unpipe(this.#stream);
    body.destroy();
  }

  #inTime(): void {
    if (this.#late !== null) clearTimeout(this.#late);
    this.#late = null;
  }
}

function refused(why: string, cause?: unknown): Error {
  return coded(`the upstream refused the stream: ${why}`, refusedStream, cause);
}

function coded(message: string, code: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
