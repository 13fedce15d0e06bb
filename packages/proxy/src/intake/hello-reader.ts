import { readClientHello, type ClientHello, type HelloFault } from './client-hello.ts';
import { HeldOctets } from './held-octets.ts';
import { alerts } from './tls-alert.ts';

/** A request in clear where TLS is expected. */
export interface PlainHttp {
  readonly isPlainHttp: true;
}

/** Octets that a client may send until its ClientHello is there, with the heads of its records. */
const longestHello = 65_536;
/** RFC 8446 §5.1. */
const longestRecord = 16_384;

/**
 * Reads a ClientHello as it comes: in any number of pieces, and of records (RFC 8446 §5.1). Nothing behind it is looked
 * at.
 *
 * | what comes                                                | result                                    |
 * |-----------------------------------------------------------|-------------------------------------------|
 * | a ClientHello                                             | {@link ClientHello}                       |
 * | the beginning of a request of HTTP                        | {@link PlainHttp}                         |
 * | a ClientHello of SSL 2.0, another major version           | protocol_version (70)                     |
 * | another content type or message, an empty record          | unexpected_message (10)                   |
 * | something behind the ClientHello in its last record       | unexpected_message                        |
 * | a record of more than 2^14 octets                         | record_overflow (22)                      |
 * | more than 64 KiB                                          | decode_error (50)                         |
 */
export class HelloReader {
  readonly #held: HeldOctets;
  /** Where the fragments of the message stand, in pairs. */
  readonly #fragments: number[] = [];
  #length = 0;
  /** Octets of the message with its head; 0 while they are not known. */
  #need = 0;
  #at = 0;

  /** @param held what came already, if anything */
  constructor(held: HeldOctets) {
    this.#held = held;
  }

  /** Looks at what is held now; null while more is needed. */
  read(): ClientHello | HelloFault | PlainHttp | null {
    const { octets } = this.#held;
    for (;;) {
      const at = this.#at;
      const fault = this.#checkRecord(octets, at);
      if (fault !== null || octets.length < at + 5) {
        return fault ?? (octets.length > longestHello ? tooLong : null);
      }
      const end = at + 5 + (((octets[at + 3] ?? 0) << 8) | (octets[at + 4] ?? 0));
      if (end > longestHello) return tooLong;
      // The kind of message is known from its first octet.
      if (at === 0 && octets.length > 5 && octets[5] !== 1) {
        return { alert: alerts.unexpectedMessage, problem: 'another message than a ClientHello' };
      }
      if (octets.length < end) return null;
      this.#fragments.push(at + 5, end);
      this.#length += end - at - 5;
      this.#at = end;
      const message = this.#message(octets);
      if (message !== null) return message;
    }
  }

  #checkRecord(octets: Buffer, at: number): HelloFault | PlainHttp | null {
    const left = octets.length - at;
    if (left > 0 && octets[at] !== 22) return at === 0 ? notTls(octets) : notHandshake;
    if (left > 1 && octets[at + 1] !== 3) {
      return { alert: alerts.protocolVersion, problem: 'a version of TLS that is none' };
    }
    if (left < 5) return null;
    const length = ((octets[at + 3] ?? 0) << 8) | (octets[at + 4] ?? 0);
    if (length === 0) return { alert: alerts.unexpectedMessage, problem: 'an empty record' };
    if (length > longestRecord) return { alert: alerts.recordOverflow, problem: 'a record that is too long' };
    return null;
  }

  /** The message, once it is whole. Its head, too, may be in several records; each octet is copied at most twice. */
  #message(octets: Buffer): ClientHello | HelloFault | null {
    if (this.#length < 4) return null;
    if (this.#need === 0) {
      const head = this.#joined(octets);
      this.#need = 4 + (((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0));
    }
    if (this.#need > longestHello) return tooLong;
    if (this.#length < this.#need) return null;
    if (this.#length > this.#need) {
      return { alert: alerts.unexpectedMessage, problem: 'more than a ClientHello in its record' };
    }
    return readClientHello(this.#joined(octets).subarray(4));
  }

  #joined(octets: Buffer): Buffer {
    const [start = 0, end = 0] = this.#fragments;
    if (this.#fragments.length === 2) return octets.subarray(start, end);
    const parts: Buffer[] = [];
    for (let each = 0; each < this.#fragments.length; each += 2) {
      parts.push(octets.subarray(this.#fragments[each], this.#fragments[each + 1]));
    }
    return Buffer.concat(parts, this.#length);
  }
}

const tooLong: HelloFault = { alert: alerts.decodeError, problem: 'a ClientHello that is too long' };
const notHandshake: HelloFault = {
  alert: alerts.unexpectedMessage,
  problem: 'another record in the middle of the ClientHello',
};

function notTls(octets: Buffer): HelloFault | PlainHttp | null {
  const first = octets[0] ?? 0;
  if (first >= 0x41 && first <= 0x5a) {
    const text = octets.toString('latin1', 0, 20);
    if (/^[A-Z]+ /.test(text)) return { isPlainHttp: true };
    if (/^[A-Z]{1,19}$/.test(text)) return null;
  }
  // RFC 6101 §E: two octets of length with the highest bit set, then the type of the message.
  if (first >= 0x80 && octets.length < 3) return null;
  if (first >= 0x80 && octets[2] === 1) {
    return { alert: alerts.protocolVersion, problem: 'a ClientHello of SSL 2.0' };
  }
  return { alert: alerts.unexpectedMessage, problem: 'what is no TLS' };
}
