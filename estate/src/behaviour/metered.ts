import { Duplex } from 'node:stream';
import type { Behaviour } from './behaviour.ts';

/** The behaviour behind it, cut off after it has sent so many octets: a handshake closed in the middle. */
export function cutAfter(octets: number, behaviour: Behaviour): Behaviour {
  return (stream) => {
    let left = octets;
    behaviour(
      new Metered(stream, (chunk, sent) => {
        stream.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) stream.end();
        sent();
      }),
    );
  };
}

/** The behaviour behind it, a few octets at a time with a pause between: a real handshake that takes its time. */
export function slowly(octets: number, pause: number, behaviour: Behaviour): Behaviour {
  return (stream) => {
    behaviour(
      new Metered(stream, (chunk, sent) => {
        let at = 0;
        const timer = setInterval(() => {
          stream.write(chunk.subarray(at, (at += octets)));
          if (at < chunk.length && !stream.destroyed) return;
          clearInterval(timer);
          sent();
        }, pause);
      }),
    );
  };
}

type Send = (chunk: Buffer, sent: () => void) => void;

/** A stream whose writing side goes through a meter. */
class Metered extends Duplex {
  readonly #under: Duplex;
  readonly #send: Send;

  constructor(under: Duplex, send: Send) {
    super();
    this.#under = under;
    this.#send = send;
    under.on('data', (chunk) => this.push(chunk));
    under.on('end', () => this.push(null));
    under.on('error', () => this.destroy());
    under.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send(chunk, done);
  }

  override _final(done: () => void): void {
    this.#under.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#under.destroy();
    done(error);
  }
}
