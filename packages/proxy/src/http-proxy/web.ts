import { randomUUID } from 'node:crypto';
import type { ClientRequest, IncomingMessage, ServerResponse as NodeResponse } from 'node:http';
import { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { fault } from '../config/fault.ts';
import { answerTrailers, byName } from '../forward/answer-headers.ts';
import { answerItself, type ServerAnswer } from '../front/own-answer.ts';
import { readRequestHead, type RequestHead, type ServerRequest } from '../front/request-head.ts';
import { dropUnread } from '../front/unread-body.ts';
import { bodyBefore } from '../middleware/body-before.ts';
import { statusOfFailure } from '../upstream/failure.ts';
import { setAnswerHead } from './answer-head.ts';
import { outgoingRequest } from './outgoing-request.ts';
import type { Plan } from './plan.ts';
import type { ErrorCallback, ProxyServer } from './proxy-server.ts';
import { warnOfFailure } from './quiet-warning.ts';
import type { Target } from './target.ts';

/** One request on its way to a target, and to the one that it is forwarded to. */
export class WebExchange {
  readonly #server: ProxyServer;
  readonly #request: IncomingMessage;
  readonly #answer: NodeResponse;
  readonly #plan: Plan;
  readonly #callback: ErrorCallback | null;
  #proxyReq: ClientRequest | null = null;
  #isOver = false;
  #hasFailed = false;

  /** What a server of HTTP/2 hands over has the same parts. */
  constructor(
    server: ProxyServer,
    request: ServerRequest,
    answer: ServerAnswer,
    plan: Plan,
    callback: ErrorCallback | null,
  ) {
    this.#server = server;
    this.#request = request as IncomingMessage;
    this.#answer = answer as NodeResponse;
    this.#plan = plan;
    this.#callback = callback;
  }

  start(): void {
    const { options, target, forward } = this.#plan;
    const head = readRequestHead(this.#request, { target: slashed(this.#request.url), rawHeaders: null });
    if ('status' in head) {
      answerItself(this.#answer, head.status, randomUUID(), false);
      dropUnread(this.#request);
      return;
    }
    if (options.timeout) this.#request.setTimeout(options.timeout);
    this.#server.emit('start', this.#request, this.#answer, (target ?? forward)?.url);
    const body: Readable = options.buffer ?? this.#request;
    // It flows again when it goes to the target: nothing of it is lost until then.
    if (body.readableFlowing === true && !body.readableEnded) body.pause();
    const sides: ClientRequest[] = [];
    if (forward !== null) sides.push(this.#forward(head, forward));
    if (target === null) {
      this.#send(head, body, sides);
      this.#answer.end();
      return;
    }
    const sent = this.#begin(head, target);
    if (sent === null) return;
    this.#proxyReq = sent;
    this.#answer.once('close', () => this.#leave());
    sent.on('error', (error) => this.#fail(error, target));
    sent.on('response', (proxyRes) => this.#answerWith(proxyRes));
    // Programs change fields here, and write bodies of their own; so nothing is sent before.
    sent.once('socket', () => {
      this.#server.emit('proxyReq', sent, this.#request, this.#answer, {
        ...options,
        target: target.url,
      });
      this.#send(head, body, [sent, ...sides]);
    });
  }

  #begin(head: RequestHead, target: Target): ClientRequest | null {
    try {
      return outgoingRequest(this.#request, head, this.#plan, target, null);
    } catch (error) {
      // A field that Node does not write.
      this.#fail(error as Error, target);
      return null;
    }
  }

  #forward(head: RequestHead, target: Target): ClientRequest {
    const sent = outgoingRequest(this.#request, head, this.#plan, target, null);
    sent.on('response', (answer) => answer.resume());
    sent.on('error', (error) => this.#tell(error, target));
    return sent;
  }

  /** Sends the body, as it comes, to each. */
  #send(head: RequestHead, body: Readable, sides: readonly ClientRequest[]): void {
    const before = body === this.#request && head.hasBody ? bodyBefore(this.#request) : null;
    for (const sent of sides) {
      if (before === null || sent.headersSent || sent.writableEnded) {
        body.pipe(sent);
      } else if (before === 'lost') {
        sent.destroy(
          fault(
            'body',
            'it was read before (express.json() and others): write it in proxyReq, give buffer, or keep req.rawBody',
          ),
        );
      } else {
        sent.setHeader('content-length', before.length);
        sent.end(before);
      }
    }
  }

  #answerWith(proxyRes: IncomingMessage): void {
    const answer = this.#answer;
    const { selfHandleResponse = false } = this.#plan.options;
    // Without a listener of its own a break in the middle would be nobody's.
    proxyRes.on('error', () => this.#break());
    proxyRes.once('end', () => (this.#isOver = true));
    this.#server.emit('proxyRes', proxyRes, this.#request, answer);
    if (!answer.headersSent && !selfHandleResponse) {
      try {
        setAnswerHead(this.#request, answer, proxyRes, this.#plan);
      } catch (error) {
        proxyRes.destroy();
        this.#fail(error as Error, this.#plan.target);
        return;
      }
    }
    const tellEnd = (): void => {
      this.#server.emit('end', this.#request, answer, proxyRes);
    };
    if (answer.writableEnded) {
      tellEnd();
      if (!selfHandleResponse) proxyRes.resume();
      return;
    }
    proxyRes.once('end', tellEnd);
    if (selfHandleResponse) return;
    proxyRes.once('end', () => {
      addTrailers(answer, proxyRes);
      answer.end();
      if (!this.#request.complete) dropUnread(this.#request);
    });
    proxyRes.pipe(answer, { end: false });
  }

  /** The target's answer broke off: the client has to see that something is missing. */
  #break(): void {
    if (this.#isOver || this.#answer.writableEnded) return;
    const answer = this.#answer as NodeResponse & { stream?: { destroy(error: Error): void } };
    if (answer.stream === undefined) answer.destroy();
    else answer.stream.destroy(new Error('the answer of the target broke off'));
  }

  /** The answer is over, or the client has gone. */
  #leave(): void {
    if (!this.#isOver) this.#proxyReq?.destroy();
  }

  #fail(error: Error, target: Target | null): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#request.unpipe();
    this.#request.resume();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNRESET' && isGone(this.#request, this.#answer)) {
      this.#server.emit('econnreset', error, this.#request, this.#answer, target?.url);
      return;
    }
    this.#tell(error, target);
  }

  #tell(error: Error, target: Target | null): void {
    if (this.#callback !== null) this.#callback(error, this.#request, this.#answer, target?.url);
    else if (this.#server.listenerCount('error') > 0) {
      this.#server.emit('error', error, this.#request, this.#answer, target?.url);
    } else {
      const requestId = randomUUID();
      warnOfFailure(error, target, requestId);
      const { code = null } = error as NodeJS.ErrnoException;
      const status = code === 'ALTNAME_BAD_OPTION' ? 500 : statusOfFailure(code);
      if (!this.#answer.headersSent) answerItself(this.#answer, status, requestId, this.#request.complete);
      else this.#break();
    }
  }
}

function isGone(request: IncomingMessage, answer: NodeResponse): boolean {
  return request.socket === null || request.socket?.destroyed !== false || answer.destroyed;
}

function addTrailers(answer: NodeResponse, { rawTrailers }: IncomingMessage): void {
  if (rawTrailers.length === 0) return;
  const trailers = answerTrailers(rawTrailers);
  if (trailers.length === 0) return;
  if (!(answer instanceof ServerResponse)) {
    (answer as unknown as { addTrailers(fields: Record<string, unknown>): void }).addTrailers(
      byName(trailers.flat()),
    );
  } else if (answer.chunkedEncoding) answer.addTrailers(trailers);
}

/** What programs leave of a path when they take its beginning away may have no slash. */
function slashed(url = '/'): string {
  return /^(?:\/|https?:\/\/)/i.test(url) ? url : `/${url}`;
}
