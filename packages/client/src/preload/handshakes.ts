import type tls from 'node:tls';
import type { StandIns } from './stand-in.ts';

/** Node's own handle of a TLS socket. `verifyError` is the verdict of OpenSSL on the chain. */
interface Handle {
  verifyError(): Error | null;
  start(): unknown;
  readonly [owner: symbol]: unknown;
}

/** What is called at each moment of a handshake. */
export interface Moments {
  /** There is a connection, and TLS begins on it. A handshake that fails takes its address with it. */
  begins(socket: tls.TLSSocket): void;
  over(socket: tls.TLSSocket, failure: Error | null): void;
}

/**
 * The moment between a handshake and Node's verdict on it. A listener of `secure` would be seen in the stack of every
 * error that follows; `verifyError`, which Node asks first, has returned by then. All handles have one prototype, and
 * one of them is needed to find it.
 */
export class Handshakes {
  readonly #standIns: StandIns;
  readonly #moments: Moments;
  #known = false;

  constructor(standIns: StandIns, moments: Moments) {
    this.#standIns = standIns;
    this.#moments = moments;
  }

  /** Sees to it that the beginning and the end of the handshake on a socket will be told. */
  watch(socket: tls.TLSSocket): void {
    if (this.#known) return;
    const handle = (socket as unknown as { _handle?: Handle | null })._handle;
    if (handle === undefined || handle === null) return;
    this.#known = true;
    const owner = Object.getOwnPropertySymbols(handle).find((symbol) => handle[symbol] === socket);
    let kind: object | null = handle;
    while (kind !== null && !Object.hasOwn(kind, 'verifyError'))
      kind = Object.getPrototypeOf(kind) as object | null;
    if (owner === undefined || kind === null) return;
    const { verifyError, start } = kind as Handle;
    const { begins, over } = this.#moments;
    this.#standIns.put(kind, 'start', function begin(this: Handle): unknown {
      begins(this[owner] as tls.TLSSocket);
      return Reflect.apply(start, this, []);
    });
    this.#standIns.put(kind, 'verifyError', function verdict(this: Handle): Error | null {
      const failure = Reflect.apply(verifyError, this, []) as Error | null;
      over(this[owner] as tls.TLSSocket, failure ?? null);
      // The error is made in there, on a stack that has this function in it.
      if (failure instanceof Error) Error.captureStackTrace(failure, verdict);
      return failure;
    });
  }
}
