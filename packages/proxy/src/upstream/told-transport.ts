import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endpointsOf } from '../intake/peer.ts';
import { localProxyHeader, proxyHeader } from '../intake/proxy-header.ts';
import type { Transport, UpstreamHandler, UpstreamRequest } from './transport.ts';

/** The connections to a server that are for one connection in front. */
interface Own {
  readonly transport: Transport;
  underWay: number;
}

/**
 * Connections to a server that is told by the PROXY protocol who connects. Each is for one connection in front, or one
 * session of HTTP/2: what is told at its beginning holds for all that comes on it. It ends with that one. Health checks
 * have connections of their own, which are for no client.
 */
export class ToldTransport implements Transport {
  readonly #version: 'v1' | 'v2';
  readonly #most: number;
  readonly #make: (header: Buffer) => Transport;
  /** By the connection in front; the one that was used last is the last. */
  readonly #own = new Map<Front, Own>();
  #local: Transport | null = null;

  /**
   * @param most connections in front that may have some at once; of those without a request the one that waits longest
   *   loses its own
   * @param make connections that begin with this header
   */
  constructor(version: 'v1' | 'v2', most: number, make: (header: Buffer) => Transport) {
    this.#version = version;
    this.#most = most;
    this.#make = make;
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    const { from } = request;
    if (from === undefined) {
      this.#local ??= this.#make(localProxyHeader(this.#version));
      this.#local.dispatch(request, handler);
      return;
    }
    const front = from.stream === undefined ? from.socket : from.stream.session;
    if (front === undefined || front.destroyed) {
      handler.onError?.(Object.assign(new Error('the client went away'), { code: 'UND_ERR_ABORTED' }));
      return;
    }
    const own = this.#ownOf(front, from.socket);
    own.underWay++;
    own.transport.dispatch(request, new Counted(handler, () => own.underWay--));
  }

  async destroy(): Promise<void> {
    const all = [...this.#own.values()].map(({ transport }) => transport);
    this.#own.clear();
    if (this.#local !== null) all.push(this.#local);
    await Promise.all(all.map((transport) => transport.destroy()));
  }

  /** The connection in front is closed. */
  forget(front: Front): void {
    const own = this.#own.get(front);
    this.#own.delete(front);
    void own?.transport.destroy();
  }

  #ownOf(front: Front, socket: Socket): Own {
    let own = this.#own.get(front);
    if (own === undefined) {
      if (this.#own.size >= this.#most) this.#makeRoom();
      const header = proxyHeader(this.#version, endpointsOf(socket));
      own = { transport: this.#make(header), underWay: 0 };
      whenClosed(front, this);
    } else {
      this.#own.delete(front);
    }
    this.#own.set(front, own);
    return own;
  }

  #makeRoom(): void {
    for (const [front, { underWay }] of this.#own) {
      if (underWay > 0) continue;
      this.forget(front);
      return;
    }
  }
}

type Front = Socket | Http2Session;

const told = new WeakMap<Front, Set<ToldTransport>>();

/** One listener for all servers that a connection in front has connections to. */
function whenClosed(front: Front, transport: ToldTransport): void {
  const found = told.get(front);
  if (found !== undefined) {
    found.add(transport);
    return;
  }
  const all = new Set([transport]);
  told.set(front, all);
  // What is under way is given up first, as what it is: the client went away.
  front.once('close', () => setImmediate(() => all.forEach((each) => each.forget(front))));
}

/** A handler that tells when its request is over. */
class Counted implements UpstreamHandler {
  readonly #handler: UpstreamHandler;
  readonly #over: () => void;

  constructor(handler: UpstreamHandler, over: () => void) {
    this.#handler = handler;
    this.#over = over;
  }

  get isGone(): boolean {
    return this.#handler.isGone === true;
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#handler.onConnect?.(abort);
  }

  onHeaders(...given: Parameters<NonNullable<UpstreamHandler['onHeaders']>>): boolean {
    return this.#handler.onHeaders?.(...given) ?? true;
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData?.(chunk) ?? true;
  }

  onComplete(trailers: string[] | null): void {
    this.#over();
    this.#handler.onComplete?.(trailers);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    socket.once('close', this.#over);
    this.#handler.onUpgrade?.(status, headers, socket);
  }

  onError(error: Error): void {
    this.#over();
    this.#handler.onError?.(error);
  }
}
