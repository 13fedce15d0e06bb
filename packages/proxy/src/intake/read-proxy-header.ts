import { isIP } from 'node:net';
import { addressOctets, addressText } from '@altname/core';
import type { Endpoint, Endpoints } from './peer.ts';

/** A header of the PROXY protocol. */
export interface ProxyHeader {
  /** Its octets. */
  readonly length: number;
  /** Who is connected with whom; null where it does not say (`UNKNOWN`, `LOCAL`, sockets of Unix). */
  readonly endpoints: Endpoints | null;
}

/** CR and LF among them (§2.1 of the specification). */
const longestV1 = 107;
/** The addresses and what is added to them, such as the certificate of a client. */
const longestV2 = 16_384;
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const beginning = Buffer.from('PROXY ', 'latin1');

/**
 * Reads a header of the PROXY protocol, version 1 or 2 (proxy-protocol.txt of HAProxy), from the first octets of a
 * connection.
 *
 * | header                                              | result                                        |
 * |-----------------------------------------------------|-----------------------------------------------|
 * | v1 `TCP4`, `TCP6`                                   | both ends; an address of the other family is refused |
 * | v1 `UNKNOWN`                                        | read to its end, believed in nothing          |
 * | v2 `PROXY` of TCP over IPv4 or IPv6                 | both ends                                     |
 * | v2 `LOCAL`; of UDP, Unix sockets, or unspecified    | no ends                                       |
 * | what is added to v2 (TLVs)                          | skipped; lengths that do not fit are refused  |
 * | a v1 of more than 107 octets, a v2 of more than 16 KiB | refused                                    |
 *
 * @returns what is wrong, in words, for what is none; null while more octets are needed
 */
export function readProxyHeader(octets: Buffer): ProxyHeader | string | null {
  if (isPrefix(beginning, octets)) return readV1(octets);
  if (isPrefix(signature, octets)) return readV2(octets);
  return 'no header of the PROXY protocol';
}

/** Whether two begin alike, as far as both go. */
function isPrefix(expected: Buffer, octets: Buffer): boolean {
  const length = Math.min(expected.length, octets.length);
  return length > 0 && octets.compare(expected, 0, length, 0, length) === 0;
}

function readV1(octets: Buffer): ProxyHeader | string | null {
  const end = octets.subarray(0, longestV1).indexOf('\n');
  if (end === -1) return octets.length < longestV1 ? null : 'a header of the PROXY protocol that is too long';
  const line = octets.toString('latin1', 0, end + 1);
  const length = end + 1;
  if (/^PROXY UNKNOWN(?: [\x20-\x7e]*)?\r\n$/.test(line)) return { length, endpoints: null };
  const [, family, from = '', to = '', ...digits] =
    /^PROXY TCP([46]) ([0-9a-f:.]+) ([0-9a-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n$/i.exec(line) ?? [];
  const [sourcePort, port] = digits.map(Number);
  const isGood =
    isIP(from) === Number(family) && isIP(to) === Number(family) && Math.max(...digits.map(Number)) <= 65_535;
  if (!isGood || sourcePort === undefined || port === undefined) return malformed;
  return {
    length,
    endpoints: {
      source: { address: shown(addressOctets(from)), port: sourcePort },
      destination: { address: shown(addressOctets(to)), port },
    },
  };
}

function readV2(octets: Buffer): ProxyHeader | string | null {
  if (octets.length < 16) return null;
  const [command, family] = [octets[12] ?? 0, octets[13] ?? 0];
  if (command !== 0x20 && command !== 0x21) return malformed;
  if (family >> 4 > 3 || (family & 15) > 2) return malformed;
  const size = octets.readUInt16BE(14);
  if (size > longestV2) return 'a header of the PROXY protocol that is too long';
  const length = 16 + size;
  if (octets.length < length) return null;
  // What LOCAL carries beside is to be discarded (§2.2), whatever it is.
  if (command === 0x20) return { length, endpoints: null };
  const isV6 = family >> 4 === 2;
  const addresses = [0, 12, 36, 216][family >> 4] ?? 0;
  if (size < addresses) return malformed;
  if (family >> 4 !== 0 && !areTlvs(octets.subarray(16 + addresses, length))) return malformed;
  if (family !== 0x11 && family !== 0x21) return { length, endpoints: null };
  const width = isV6 ? 16 : 4;
  const ports = 16 + 2 * width;
  const endpoint = (which: 0 | 1): Endpoint => ({
    address: shown(octets.subarray(16 + which * width, 16 + (which + 1) * width)),
    port: octets.readUInt16BE(ports + 2 * which),
  });
  return { length, endpoints: { source: endpoint(0), destination: endpoint(1) } };
}

function areTlvs(octets: Buffer): boolean {
  let at = 0;
  while (at + 3 <= octets.length) at += 3 + octets.readUInt16BE(at + 1);
  return at === octets.length;
}

/** An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) is shown as what it is. */
function shown(octets: Uint8Array | null): string {
  if (octets === null) return '';
  const isMapped = octets.length === 16 && Buffer.from(octets).toString('hex', 0, 12) === mappedPrefix;
  return addressText(isMapped ? octets.subarray(12) : octets) ?? '';
}

const mappedPrefix = '00000000000000000000ffff';
const malformed = 'a header of the PROXY protocol that cannot be read';
