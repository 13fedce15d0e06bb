import { AltnameError } from '../error.ts';

/**
 * A strict reader of DER (X.690 §10): definite lengths in the fewest octets, one-octet tags, no value that runs over
 * the end of what holds it. It walks; it never copies.
 *
 * `next()` reads one tag and length, after which `tag`, `start` and `stop` describe the value and the reader stands
 * behind it. `enter()` makes a reader for the inside of that value; `into()` and `out()` take the same reader there and
 * back, for the path that every certificate goes.
 */
export class DerReader {
  readonly bytes: Uint8Array;
  end: number;
  at: number;
  tag = 0;
  start = 0;
  stop = 0;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at === this.end;
  }

  /** Reads the next tag and length. @throws {AltnameError} when they are not DER. */
  next(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at + 2 > end) throw malformed(at, 'ends in the middle of a value');
    const tag = bytes[at] as number;
    if ((tag & 0x1f) === 0x1f) throw malformed(at, 'a tag of more than one octet');
    let length = bytes[at + 1] as number;
    at += 2;
    if (length > 0x7f) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4 || at + octets > end) throw malformed(at, 'a length that is not DER');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + i] as number);
      if (length < 0x80 || length < 2 ** (8 * (octets - 1)))
        throw malformed(at, 'a length in too many octets');
      at += octets;
    }
    if (length > end - at) throw malformed(at, 'a value that runs over its end');
    this.tag = tag;
    this.start = at;
    this.stop = at + length;
    this.at = this.stop;
    return tag;
  }

  /** Reads the next value, which must have this tag. */
  expect(tag: number): void {
    const at = this.at;
    if (this.next() !== tag) throw malformed(at, `tag 0x${tag.toString(16)} expected`);
  }

  /** Whether the next value has this tag, without reading it. */
  sees(tag: number): boolean {
    return this.at < this.end && this.bytes[this.at] === tag;
  }

  /** A reader for the inside of the value just read. */
  enter(): DerReader {
    return new DerReader(this.bytes, this.start, this.stop);
  }

  /** Steps inside the next value, which must have this tag; gives the end to hand to {@link out}. */
  into(tag: number): number {
    this.expect(tag);
    const outer = this.end;
    this.end = this.stop;
    this.at = this.start;
    return outer;
  }

  /** Steps outside again, when everything inside has been read. */
  out(outer: number): void {
    this.finish();
    this.end = outer;
  }

  /** Says that nothing may follow. */
  finish(): void {
    if (this.at !== this.end) throw malformed(this.at, 'more data than expected');
  }

  /** The content of the value just read. */
  content(): Uint8Array {
    return this.bytes.subarray(this.start, this.stop);
  }

  /** The content of the value just read, in hexadecimal. */
  hex(): string {
    return this.#buffer().toString('hex');
  }

  /** The content of the value just read, each octet as one character. */
  latin1(): string {
    return this.#buffer().toString('latin1');
  }

  /** Reads the next value, which must be an object identifier. */
  expectOid(): void {
    this.expect(0x06);
    this.checkOid();
  }

  /** Says that the value just read is the content of an object identifier (X.690 §8.19), of 128 octets at most. */
  checkOid(): void {
    const { bytes, start, stop } = this;
    if (start === stop || ((bytes[stop - 1] as number) & 0x80) !== 0) {
      throw malformed(start, 'an object identifier that does not end');
    }
    if (stop - start > 128) throw malformed(start, 'an object identifier of over 128 octets');
  }

  /** The value just read as an object identifier in dotted form. */
  oid(): string {
    this.checkOid();
    const arcs: (number | bigint)[] = [];
    let arc: number | bigint = 0;
    for (let i = this.start; i < this.stop; i++) {
      const octet = this.bytes[i] as number;
      if (typeof arc === 'number' && arc < 2 ** 46) arc = arc * 128 + (octet & 0x7f);
      else arc = BigInt(arc) * 128n + BigInt(octet & 0x7f);
      if ((octet & 0x80) !== 0) continue;
      if (arcs.length === 0) {
        // The first two arcs share a number; only below 2 can the second be 40 or more.
        const top = arc < 40 ? 0 : arc < 80 ? 1 : 2;
        arcs.push(top);
        arc = typeof arc === 'number' ? arc - top * 40 : arc - BigInt(top * 40);
      }
      arcs.push(arc);
      arc = 0;
    }
    return arcs.join('.');
  }

  /** The value just read as a BOOLEAN: FF is true and 00 false, nothing else is DER. */
  boolean(): boolean {
    const octet = this.bytes[this.start];
    if (this.stop - this.start !== 1 || (octet !== 0 && octet !== 0xff)) {
      throw malformed(this.start, 'a BOOLEAN that is not DER');
    }
    return octet === 0xff;
  }

  #buffer(): Buffer {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.stop - this.start);
  }
}

/** The error for octets that are not what the structure of a certificate asks for. */
export function malformed(at: number, what: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_CERTIFICATE', `not a certificate: at octet ${at}, ${what}`);
}
