import type { Duplex } from 'node:stream';

/**
 * What a server does with one connection: the one noun of this folder. A behaviour owns the stream from then on.
 * Behaviours wrap each other: STARTTLS hands its stream to the behaviour behind it.
 */
export type Behaviour = (stream: Duplex) => void;

/** Waits for the first octets, reads them, and goes on. A stream that ends before is let go. */
export function afterFirstOctets(stream: Duplex, next: (octets: Buffer) => void): void {
  stream.on('error', ignore);
  stream.once('data', next);
}

/** The peer of an estate server may hang up at any moment: that is no error of the server. */
export function ignore(): void {}
