import { ServerResponse, type IncomingMessage } from 'node:http';
import { Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { findRoute, mayHaveRoute } from '../config/routes.ts';
import { Exchange } from '../forward/exchange.ts';
import { OwnHop } from '../forward/forwarded.ts';
import { upstreamHeaders } from '../forward/upstream-headers.ts';
import { peerOf } from '../intake/peer.ts';
import { makeId } from '../request-id.ts';
import type { Setup } from '../setup.ts';
import type { UpstreamFailure } from '../upstream/failure.ts';
import { answerUnderWay } from './answer-under-way.ts';
import { isForHost } from './authority.ts';
import { clientCertificateField } from './client-certificate.ts';
import type { Crowd } from './crowd.ts';
import type { FrontServer } from './front-server.ts';
import { handedOn, type Handed } from './handed.ts';
import { answerItself, type ServerAnswer } from './own-answer.ts';
import { readRequestHead, type GivenHead, type RequestHead, type ServerRequest } from './request-head.ts';
import { requestRecord } from './request-record.ts';
import { dropUnread } from './unread-body.ts';
import { isUnreadable } from './unreadable.ts';

/** The client's socket of an upgrade, and what came behind the head. */
export interface UpgradeSocket {
  readonly socket: Duplex;
  readonly rest: Buffer;
}

/** What a server that is not the proxy's own has a say in, when it hands a request over. */
export interface Handover extends GivenHead {
  /** For an upgrade; null for a request. */
  readonly socket: UpgradeSocket | null;
  /** The body where it was read before, or `'lost'` where it was and nobody kept it; null where it is still to come. */
  readonly body: Buffer | 'lost' | null;
  /** Takes a request that no route is for. */
  readonly next: (() => void) | null;
  /** Takes a request that no answer came for; null where the proxy answers. */
  readonly fail: ((status: number, requestId: string, failure: UpstreamFailure | null) => void) | null;
}

/** Reads each request, and hands it on or answers it. */
export class FrontDesk {
  #setup: Setup;
  /** Connections that end with an answer: nothing behind it is read as a request (RFC 9112 §9.6). */
  readonly #ending = new WeakSet<object>();
  #crowd: Crowd | null = null;
  #isClosing = false;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** From now on requests begin with this; those under way end with what they began with. */
  use(setup: Setup): void {
    this.#setup = setup;
  }

  /** Takes a request of a server that is not the proxy's own. Without an answer: for an upgrade. */
  take(request: ServerRequest, answer: ServerAnswer | null, handover: Handover): void {
    const { socket } = handover;
    if (answer !== null || socket === null) {
      this.#take(request, answer as ServerAnswer, false, null, handover);
      return;
    }
    if (isBusy(socket.socket)) return;
    const own = this.#answerFor(request as IncomingMessage, socket.socket);
    const next = (): void => {
      own.detachSocket(socket.socket as IncomingMessage['socket']);
      handover.next?.();
    };
    this.#take(request, own, false, socket, { ...handover, next: handover.next === null ? null : next });
  }

  /** Takes the requests of a server. */
  serve({ server, crowd }: FrontServer): void {
    this.#crowd = crowd;
    const take = (request: ServerRequest, answer: ServerAnswer): void =>
      this.#take(request, answer, false, null);
    const takeWaiting = (request: ServerRequest, answer: ServerAnswer): void =>
      this.#take(request, answer, true, null);
    server.on('request', take as () => void);
    server.on('checkContinue', takeWaiting as () => void);
    // Every expectation is read with its head; Node alone would answer 417 without a word to the operator.
    server.on('checkExpectation', take as () => void);
    server.on('upgrade', ((request: IncomingMessage, socket: Duplex, rest: Buffer) => {
      if (isBusy(socket)) return;
      this.#take(request, this.#answerFor(request, socket), false, { socket, rest });
    }) as () => void);
    server.on('connect', ((request: ServerRequest, to: Duplex | ServerAnswer) => {
      if (to instanceof Http2ServerResponse && request.headers[':protocol'] === 'websocket') {
        this.#take(request, to, false, { socket: to.stream, rest: Buffer.alloc(0) });
        return;
      }
      if (!('setHeader' in to) && isBusy(to)) return;
      const answer = 'setHeader' in to ? to : this.#answerFor(request as IncomingMessage, to);
      this.#refuse(request, answer, null, requestIdOf(null, false), performance.now(), 405, 'CONNECT');
    }) as () => void);
  }

  /** From now on each connection of HTTP/1.1 ends with the answer that is under way. */
  drain(): void {
    this.#isClosing = true;
  }

  #take(
    request: ServerRequest,
    answer: ServerAnswer,
    awaitsContinue: boolean,
    socket: UpgradeSocket | null,
    handover: Handover | null = null,
  ): void {
    if (this.#ending.has(request.socket)) return;
    // RFC 9112 §9.3.2: of requests that came at once, each is begun when it is its turn to be answered.
    if (handover === null && answer instanceof ServerResponse && answer.socket === null) {
      answer.once('socket', () => {
        if (!isUnreadable(request as IncomingMessage)) this.#take(request, answer, awaitsContinue, socket);
      });
      return;
    }
    const session = 'stream' in request ? (request.stream.session ?? null) : null;
    // It was reset before its turn came.
    if ('stream' in request && request.stream.destroyed) return;
    const began = performance.now();
    const { config, upstreams, metrics } = this.#setup;
    const peer = peerOf(request.socket);
    const head = readRequestHead(request, handover, config.limits.head);
    if (this.#isClosing && answer instanceof ServerResponse) answer.shouldKeepAlive = false;
    const { routes } = config;
    if ('status' in head) {
      const isOthers = handover !== null && !mayHaveRoute(routes, handover.target ?? request.url ?? '');
      if (isOthers && handover.next !== null) {
        handover.next();
        return;
      }
      this.#refuse(request, answer, null, requestIdOf(null, false), began, head.status, head.reason);
      return;
    }
    const route = findRoute(routes, head.hostname, head.path);
    if (route === null && handover !== null && handover.next !== null) {
      handover.next();
      return;
    }
    const requestId = requestIdOf(head.requestId, config.trust.has(peer));
    const refuse = (status: number, problem: string): void =>
      this.#refuse(request, answer, head, requestId, began, status, problem);
    if (this.#crowd?.isCrowded === true && this.#turnsAway(request, answer, this.#crowd)) {
      refuse(503, 'too many connections');
      return;
    }
    const isSecure = (request.socket as TLSSocket).encrypted === true;
    const connection = connectionOf(request);
    if (
      isSecure &&
      head.hostname !== null &&
      !isForHost(connection, request.socket as TLSSocket, head.hostname)
    ) {
      refuse(421, 'the connection is for another host');
      return;
    }
    const upstream = route === null ? undefined : upstreams.get(route.to);
    if (route === null || upstream === undefined) {
      refuse(404, 'no route');
      return;
    }
    // RFC 9110 §7.6.2: whoever it is out for answers as the last one.
    if (head.hopsLeft === 0) {
      refuse(204, 'Max-Forwards');
      return;
    }
    // Behind an upgrade nothing is read as a body.
    if (socket !== null && head.hasBody) {
      refuse(400, 'an upgrade with a body');
      return;
    }
    const body = handover === null || !head.hasBody ? null : handover.body;
    if (body === 'lost') {
      if (handover?.fail) handover.fail(500, requestId, null);
      else refuse(500, 'the body was read before');
      return;
    }
    const { body: bodyLimit } = config.limits;
    if (bodyLimit !== 0 && (head.contentLength ?? 0) > bodyLimit) {
      refuse(413, 'the body is too large');
      return;
    }
    if (!upstream.take()) {
      refuse(503, 'every connection of the upstream is taken');
      return;
    }
    const certificate =
      config.tls?.clientCertificates == null ? null : clientCertificateField(request.socket as TLSSocket);
    const own = ownHop(connection, peer, isSecure, head.authority, certificate);
    const sent = upstreamHeaders(head, own, requestId, upstream.config, config.trust);
    const counts = metrics?.of(route) ?? null;
    counts?.begin();
    const handed: Handed = {
      request,
      answer,
      head,
      requestId,
      upstream,
      headers: sent.headers,
      awaitsContinue: awaitsContinue && head.hasBody,
      bodyLimit,
      socket,
      idle: config.timeouts.idle,
      body,
      isShared: handover !== null,
      setup: this.#setup,
      began,
      client: sent.client,
      session,
      counts,
      giveBack: handover?.fail ?? null,
    };
    new Exchange(handed, handedOn).start();
  }

  #refuse(
    request: ServerRequest,
    answer: ServerAnswer,
    head: RequestHead | null,
    requestId: string,
    began: number,
    status: number,
    problem: string,
  ): void {
    const { config, metrics } = this.#setup;
    metrics?.refused(status, problem);
    const client = peerOf(request.socket);
    let bytes = 0;
    answer.once('close', () => {
      const ended = { status, bytes, received: 0, problem };
      config.onAccess?.(requestRecord({ request, head, requestId, began, client }, ended, null));
    });
    const isRead = head !== null && !head.hasBody;
    if (!isRead && answer instanceof ServerResponse) this.#ending.add(request.socket);
    bytes = answerItself(answer, status, requestId, isRead);
    dropUnread(request);
  }

  /** While there are too many connections, each ends with its next answer, which is 503 where it came too late. */
  #turnsAway(request: ServerRequest, answer: ServerAnswer, crowd: Crowd): boolean {
    if (answer instanceof ServerResponse) answer.shouldKeepAlive = false;
    else if ('stream' in request) request.stream.session?.close();
    return crowd.isLate(connectionOf(request));
  }

  /** An answer on a socket that Node's parser has let go of. */
  #answerFor(request: IncomingMessage, socket: Duplex): ServerResponse {
    const answer = new ServerResponse(request);
    answer.shouldKeepAlive = false;
    socket.on('error', () => {});
    answer.assignSocket(socket as IncomingMessage['socket']);
    answer.once('finish', () => request.socket.destroySoon());
    return answer;
  }
}

/**
 * Whether an answer is under way where another protocol was asked for. Node has let go of such a connection and would
 * mix what is written, so that it ends.
 */
function isBusy(socket: Duplex): boolean {
  if (answerUnderWay(socket) === null) return false;
  socket.on('error', () => {}).destroy();
  return true;
}

/** What is the same for all requests of a connection. */
function connectionOf(request: ServerRequest): object {
  return ('stream' in request ? request.stream.session : undefined) ?? request.socket;
}

function requestIdOf(given: string | null, isTrusted: boolean): string {
  return isTrusted && given !== null && /^[\w.:-]{1,128}$/.test(given) ? given : makeId();
}

/** The hop of each connection, as it was for its last request. */
const hops = new WeakMap<object, OwnHop>();

/** What is known of this hop: the same for all requests of a connection to one host. */
function ownHop(
  connection: object,
  peer: string,
  isSecure: boolean,
  host: string | null,
  certificate: string | null,
): OwnHop {
  const before = hops.get(connection);
  if (before?.host === host && before.certificate === certificate) return before;
  const hop = new OwnHop(peer, isSecure ? 'https' : 'http', host, certificate);
  hops.set(connection, hop);
  return hop;
}
