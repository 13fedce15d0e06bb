import type { Duplex } from 'node:stream';

/** Octets that a client may send before its upgrade is answered; those of WebSocket send none (RFC 6455 §4.1). */
const mostEarly = 65_536;

/**
 * A client that waits for its upgrade to be answered. Nobody else reads its socket meanwhile, and who reads nothing does
 * not hear that it has gone: FIN, or the end of a stream of HTTP/2. Such a socket is destroyed.
 */
export class WaitingClient {
  readonly #socket: Duplex;
  readonly #early: Buffer[];
  #length: number;
  readonly #keep = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#length += chunk.length;
    if (this.#length > mostEarly) this.#socket.pause();
  };
  readonly #leave = (): void => {
    this.#socket.destroy();
  };

  /**
   * @param socket a socket, or a stream of HTTP/2
   * @param rest what came behind the head of the request
   */
  constructor(socket: Duplex, rest: Buffer) {
    this.#socket = socket;
    this.#early = [rest];
    this.#length = rest.length;
    socket.on('data', this.#keep).once('end', this.#leave).resume();
  }

  /** The upgrade is answered. @returns what came until now */
  take(): Buffer {
    this.#socket.off('data', this.#keep).off('end', this.#leave).pause();
    return Buffer.concat(this.#early);
  }
}
