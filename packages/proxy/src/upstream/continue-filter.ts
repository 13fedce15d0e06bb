import type { Socket } from 'node:net';

const start = Buffer.from('HTTP/1.1 100', 'latin1');
const digitOne = 0x31;
/** Where the first digit of the status stands. */
const statusAt = 9;
/** Octets of one such answer, and how many of them one request may get. */
const longest = 8192;
const most = 16;

/**
 * Drops what says no more than that a body may come: 100, which a server of HTTP/1.1 may send unasked, and which a client
 * has to put up with (RFC 9110 §15.2, §15.2.1). undici ends the connection for it.
 *
 * It looks at what is read where an answer begins, and at nothing else. What is too long, or too many, stays.
 */
export class ContinueFilter {
  #isAtStart = true;
  #left = most;
  /** The beginning of one whose rest is still to come. */
  #partial: Buffer | null = null;

  /** @param socket whose `read` gives what is left from now on */
  constructor(socket: Socket) {
    const { read } = socket;
    socket.read = (size?: number) => this.#without100(read.call(socket, size) as Buffer | null);
  }

  /** What is read next is the beginning of an answer. */
  begin(): void {
    this.#isAtStart = true;
    this.#left = most;
  }

  #without100(chunk: Buffer | null): Buffer | null {
    if (chunk === null || !this.#isAtStart) return chunk;
    let octets = this.#partial === null ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = null;
    while (octets.length <= statusAt || octets[statusAt] === digitOne) {
      if (octets.length === 0) return null;
      const length = Math.min(octets.length, start.length);
      if (this.#left === 0 || octets.compare(start, 0, length, 0, length) !== 0) break;
      const end = octets.indexOf('\r\n\r\n');
      if (end === -1) {
        if (octets.length > longest) break;
        this.#partial = octets;
        return null;
      }
      this.#left--;
      octets = octets.subarray(end + 4);
    }
    this.#isAtStart = false;
    return octets;
  }
}
