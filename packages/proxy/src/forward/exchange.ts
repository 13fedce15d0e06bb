import { randomBytes } from 'node:crypto';
import { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerItself, isDelivered, type ServerAnswer } from '../front/own-answer.ts';
import type { RequestHead, ServerRequest } from '../front/request-head.ts';
import { dropUnread, isComplete } from '../front/unread-body.ts';
import { statusOfFailure } from '../upstream/failure.ts';
import type { Upstream } from '../upstream/upstream.ts';
import {
  answerHeaders,
  answerTrailers,
  byName,
  trailersByName,
  type AnswerHeaders,
} from './answer-headers.ts';
import { sendLater } from './first-heads.ts';
import { withoutNamed } from './hop-by-hop.ts';
import { BodyTooLarge, RequestBody } from './request-body.ts';
import { shareHead } from './share-head.ts';
import { beginStream, unsayable } from './stream-head.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';
import { answerExtendedConnect, answerUpgrade, webSocketAccept } from './upgrade-answer.ts';
import { WaitingClient } from './waiting-client.ts';

/** One request that is handed on. */
export interface ExchangeOptions {
  readonly request: ServerRequest;
  readonly answer: ServerAnswer;
  readonly head: RequestHead;
  readonly requestId: string;
  readonly upstream: Upstream;
  /** What the upstream gets: names and values in turns, the first being `host`. */
  readonly headers: string[];
  /** The client waits for 100 before it sends its body (RFC 9110 §10.1.1). */
  readonly awaitsContinue: boolean;
  /** Octets that the body may have; 0 for any. */
  readonly bodyLimit: number;
  /** For an upgrade: the client's socket, and what came behind the head of the request. */
  readonly socket: { readonly socket: Duplex; readonly rest: Buffer } | null;
  /** Milliseconds that a client may take nothing of its answer. */
  readonly idle: number;
  /** The body where it was read before; null where it is still to come. */
  readonly body: Buffer | null;
  /** Others have a hand in the answer: fields that they set, or an end of their own. */
  readonly isShared: boolean;
}

/** Who is told how exchanges go: one for all of them, so that none has functions of its own. */
export interface Overseer<Options extends ExchangeOptions> {
  /** The upstream failed; the client gets this status, or 0: an answer that is seen to be cut. */
  tell(options: Options, error: Error, status: number): void;
  /** Answers in the proxy's place when no answer came, and tells. @returns false where the proxy answers */
  fail(options: Options, error: Error, status: number): boolean;
  /** Called once, when all is over. */
  end(options: Options, ended: Ended): void;
}

/** How an exchange went. */
export interface Ended {
  readonly status: number;
  readonly bytes: number;
  /** Octets of the body of the request that were taken. */
  readonly received: number;
  readonly problem: string | null;
}

/**
 * A request on its way to an upstream, and the answer on its way back: what undici calls as octets come. The names of
 * its methods are undici's.
 */
export class Exchange<Options extends ExchangeOptions = ExchangeOptions> {
  readonly #options: Options;
  readonly #overseer: Overseer<Options>;
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;
  #stalled: NodeJS.Timeout | null = null;
  #status = 0;
  #bytes = 0;
  #problem: string | null = null;
  #body: RequestBody | null = null;
  #answered = false;
  /** Octets of the body that came at once with its head, until it is known whether they are all. */
  #first: Buffer | null = null;
  #sentFirst = false;
  #hints = 0;
  #isGone = false;
  #isOver = false;
  /** The key of a WebSocket whose client speaks HTTP/2, which has none (RFC 8441 §5.1). */
  #key: string | null = null;
  /** That of an upgrade. */
  #client: WaitingClient | null = null;

  constructor(options: Options, overseer: Overseer<Options>) {
    this.#options = options;
    this.#overseer = overseer;
  }

  /** Nobody waits for the answer any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Hands the request on. */
  start(): void {
    const { request, answer, head, upstream, socket, body, bodyLimit } = this.#options;
    let { headers } = this.#options;
    if (head.upgrade !== null && head.protocol === '2') {
      this.#key = randomBytes(16).toString('base64');
      headers = [...withoutNamed(headers, webSocketKey), 'sec-websocket-key', this.#key];
    }
    answer.on('close', this.#close).on('error', ignore);
    if (socket !== null) this.#client = new WaitingClient(socket.socket, socket.rest);
    if (body === null && head.hasBody) this.#body = new RequestBody(request, bodyLimit);
    upstream.dispatch(
      {
        path: head.target,
        method: head.method,
        headers,
        body: body ?? this.#body,
        from: request,
        upgrade: head.upgrade ?? undefined,
      },
      this,
    );
  }

  /**
   * Sends the head, and what came with it, when no more is there at once. A head whose body lets itself be waited for
   * (server-sent events) goes out alone; that of HTTP/2 is a frame of its own.
   */
  sendFirst(): void {
    const { answer } = this.#options;
    if (this.#sentFirst || this.#isGone) return;
    this.#sentFirst = true;
    const first = this.#first;
    this.#first = null;
    if (first !== null) this.#write(first);
    else if (answer instanceof ServerResponse) answer.flushHeaders();
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#isGone) abort();
    else if (this.#options.awaitsContinue) this.#options.answer.writeContinue();
  }

  onHeaders(
    status: number,
    raw: Buffer[] | string[],
    resume: () => void,
    reason: string,
    isWhole?: boolean,
  ): boolean {
    const { answer, head } = this.#options;
    if (this.#isGone) return true;
    const fields = answerHeaders(raw, status);
    // undici ends the connection for it, and calls onError.
    if (fields.isCoded) {
      throw Object.assign(new Error('the upstream used a transfer coding that nobody offered'), {
        code: 'BAD_CODING',
      });
    }
    if (status < 200) {
      this.#hint(status, fields);
      return true;
    }
    if (answer.headersSent) {
      this.#yield();
      return true;
    }
    this.#resume = resume;
    if (this.#options.isShared) shareHead(answer, fields.headers);
    if (answer instanceof ServerResponse) {
      // Where an upgrade was asked for, the connection has no parser any more.
      if (head.upgrade !== null || this.#options.socket !== null) answer.shouldKeepAlive = false;
      const phrase = /^[\t\x20-\x7e]{1,200}$/.test(reason) ? reason : undefined;
      const own = this.#options.isShared ? undefined : fields.headers;
      if (phrase === undefined) answer.writeHead(status, own);
      else answer.writeHead(status, phrase, own);
    } else {
      const own = this.#options.isShared ? {} : byName(fields.headers);
      beginStream(answer, status, own, isWhole === true);
    }
    this.#answered = true;
    this.#status = status;
    sendLater(this);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#isGone) return true;
    this.#bytes += chunk.length;
    if (!this.#sentFirst && this.#first === null) {
      this.#first = chunk;
      return true;
    }
    this.sendFirst();
    return this.#write(chunk);
  }

  onComplete(raw: string[] | null): void {
    const { request, answer } = this.#options;
    if (this.#isGone) return;
    const trailers = answerTrailers(raw);
    if (answer instanceof ServerResponse) {
      // Without chunks there is no place for them (RFC 9110 §6.5.1).
      if (trailers.length > 0 && answer.chunkedEncoding) answer.addTrailers(trailers);
    } else if (trailers.length > 0) {
      answer.addTrailers(trailersByName(trailers));
    }
    this.#sentFirst = true;
    const first = this.#first;
    if (first === null) this.#end();
    else if (first.length <= mostAsText && !this.#options.isShared && answer instanceof ServerResponse) {
      // Node writes it in one piece with its head, which is text; octets beside text are two.
      answer.end(first.toString('latin1'), 'latin1');
    } else (answer as ServerResponse).end(first);
    dropUnread(request);
  }

  onError(error: Error): void {
    const { request, answer, requestId } = this.#options;
    if (this.#isGone) return;
    const isTooLarge = error instanceof BodyTooLarge;
    const code = (error as NodeJS.ErrnoException).code ?? null;
    this.#problem ??= isTooLarge ? 'the body is too large' : (code ?? 'upstream');
    if (this.#answered) {
      if (!isTooLarge) this.#overseer.tell(this.#options, error, 0);
      // The client has to see that something is missing.
      this.#destroyAnswer();
      return;
    }
    this.#status = isTooLarge ? 413 : statusOfFailure(code);
    if (answer.headersSent) {
      if (!isTooLarge) this.#overseer.tell(this.#options, error, 0);
      this.#yield();
      return;
    }
    if (!isTooLarge) {
      if (this.#overseer.fail(this.#options, error, this.#status)) {
        this.#isGone = true;
        this.#finish();
        return;
      }
      this.#overseer.tell(this.#options, error, this.#status);
    }
    const isRead = !this.#options.head.hasBody || isComplete(request);
    this.#bytes = answerItself(answer, this.#status, requestId, isRead);
    dropUnread(request);
  }

  onUpgrade(status: number, raw: Buffer[] | string[] | null, upstream: Duplex): void {
    const { head, answer, socket } = this.#options;
    const fields = answerHeaders(raw, status);
    // RFC 9110 §7.8: a server does not switch to what was not asked for.
    const isAsked =
      status === 101 && socket !== null && fields.upgrade?.toLowerCase() === head.upgrade?.toLowerCase();
    const key = this.#key;
    const accepted = byName(fields.headers)['sec-websocket-accept'];
    if (!isAsked || (key !== null && accepted !== webSocketAccept(key))) {
      upstream.on('error', () => {}).destroy();
      this.onError(
        Object.assign(new Error('the upstream switched to another protocol'), { code: 'BAD_UPGRADE' }),
      );
      return;
    }
    this.#status = status;
    this.#answered = true;
    this.#isGone = true;
    const early = this.#client?.take() ?? socket.rest;
    const client =
      answer instanceof ServerResponse
        ? answerUpgrade(answer, socket.socket, fields)
        : answerExtendedConnect(answer, fields);
    const tunnel: Tunnel = openTunnel(client, upstream, early);
    tunnel.once('close', (bytes: number) => {
      this.#bytes = bytes;
      this.#finish();
    });
  }

  /** @returns whether the client takes more */
  #write(chunk: Buffer): boolean {
    const answer = this.#options.answer as ServerResponse;
    // Node asks to wait after 16 KiB, which would be one record of TLS at a time. What waits is written in one.
    if (answer.write(chunk) || answer.writableLength < mostWaiting) return true;
    if (this.#stalled === null) answer.once('drain', () => this.#goOn());
    this.#stalled ??= setTimeout(
      () => this.#break('the client took nothing of its answer'),
      this.#options.idle,
    );
    return false;
  }

  /** Ends an answer of which nothing waits to be written. */
  #end(): void {
    const { answer } = this.#options;
    if (answer instanceof ServerResponse || answer.headersSent) {
      answer.end();
      return;
    }
    try {
      answer.end();
    } catch (error) {
      this.#answered = false;
      this.onError(unsayable(answer, error));
    }
  }

  #hint(status: number, { headers }: AnswerHeaders): void {
    const { answer, head } = this.#options;
    // RFC 9110 §15.2: HTTP/1.0 knows no 1xx. Node writes no other than 103.
    if (status !== 103 || head.protocol === '1.0') return;
    // Hints may be left out: nothing holds the upstream back that sends them faster than the client takes them.
    if (this.#hints === mostHints || isBehind(answer)) return;
    const hints = byName(headers);
    if (hints['link'] !== undefined) {
      this.#hints++;
      try {
        answer.writeEarlyHints(hints as { link: string });
      } catch {
        // Node refuses links that it cannot read. A hint may be left out (RFC 8297 §2).
      }
    }
  }

  #goOn(): void {
    if (this.#stalled === null) return;
    clearTimeout(this.#stalled);
    this.#stalled = null;
    this.#resume?.();
  }

  /** The answer is over, or the client has gone. */
  readonly #close = (): void => {
    if (this.#isGone) return;
    this.#isGone = true;
    const { answer } = this.#options;
    if (!isDelivered(answer)) this.#problem ??= 'the client went away';
    this.#abort?.();
    this.#finish();
  };

  /** Another has begun to answer. */
  #yield(): void {
    this.#isGone = true;
    this.#problem ??= 'answered by another';
    this.#abort?.();
    this.#finish();
  }

  #break(problem: string): void {
    this.#problem ??= problem;
    this.#destroyAnswer();
  }

  #destroyAnswer(): void {
    const { answer } = this.#options;
    if (answer instanceof ServerResponse) answer.destroy();
    else answer.stream.destroy(new Error('the answer of the upstream broke off'));
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#stalled !== null) clearTimeout(this.#stalled);
    this.#overseer.end(this.#options, {
      status: this.#status,
      bytes: this.#bytes,
      received: this.#body?.received ?? 0,
      problem: this.#problem,
    });
  }
}

/** Octets of an answer that may wait for a client. */
const mostWaiting = 262_144;

/** Hints that a client gets of one answer. */
const mostHints = 16;

/** Octets, or frames of HTTP/2, that may wait for a client that is sent a hint. */
const mostBeforeHint = { octets: 65_536, frames: 16 } as const;

/** Octets of an answer that are written as text. */
const mostAsText = 16_384;

function ignore(): void {}

const webSocketKey: ReadonlySet<string> = new Set(['sec-websocket-key']);

/** Whether a client has not taken what it was sent before. */
function isBehind(answer: ServerAnswer): boolean {
  if (answer instanceof ServerResponse) return answer.writableLength > mostBeforeHint.octets;
  return (answer.stream.session?.state.outboundQueueSize ?? 0) > mostBeforeHint.frames;
}
