import { readIdentifier } from '@altname/core';
import { alerts, type Alert } from './tls-alert.ts';

/** What the first message of a client says in clear. With ECH it is the outer one (RFC 9849 §5). */
export interface ClientHello {
  /** The server name in lower case, without a final dot; null for none, and for one that is no DNS name. */
  readonly serverName: string | null;
  /** Whether the extension was there, whatever it held. */
  readonly hasServerName: boolean;
  /** The protocols of ALPN, as octets in latin1. */
  readonly protocols: readonly string[];
  /** Whether `encrypted_client_hello` is there. What stands for it in other clients (GREASE) looks the same. */
  readonly hasEch: boolean;
}

/** Why a first message is refused. */
export interface HelloFault {
  readonly alert: Alert;
  readonly problem: string;
}

const extensions = { serverName: 0, alpn: 16, ech: 0xfe0d };

/**
 * Reads the body of a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), strictly:
 *
 * | what                                                         | answer                            |
 * |--------------------------------------------------------------|-----------------------------------|
 * | a length that does not fit, octets that are left             | decode_error (50)                 |
 * | a version below SSL 3.0's                                    | protocol_version (70)             |
 * | an extension twice (RFC 8446 §4.2)                           | illegal_parameter (47)            |
 * | a list of server names that is empty, or has an empty name   | decode_error                      |
 * | two server names, or one that is no host_name (RFC 6066 §3)  | illegal_parameter                 |
 * | an address, or what is no DNS name, as host_name             | read: no route is for it          |
 * | no extensions; unknown ones, and those of GREASE (RFC 8701)  | read                              |
 */
export function readClientHello(body: Buffer): ClientHello | HelloFault {
  const end = body.length;
  const sessionLength = body[34] ?? 256;
  if (sessionLength > 32) return malformed('session id');
  if ((body[0] ?? 0) < 3) return { alert: alerts.protocolVersion, problem: 'a version before SSL 3.0' };
  let at = 35 + sessionLength;
  const suites = length16(body, at);
  if (suites < 2 || suites % 2 !== 0 || at + 2 + suites > end) return malformed('cipher suites');
  at += 2 + suites;
  const methods = body[at] ?? 0;
  if (methods < 1 || at + 1 + methods > end) return malformed('compression methods');
  at += 1 + methods;
  if (at === end) return { serverName: null, hasServerName: false, protocols: [], hasEch: false };
  if (at + 2 + length16(body, at) !== end) return malformed('extensions');
  return readExtensions(body, at + 2);
}

function readExtensions(body: Buffer, start: number): ClientHello | HelloFault {
  const seen = new Set<number>();
  let serverName: string | null = null;
  let protocols: readonly string[] = [];
  for (let at = start; at < body.length;) {
    const type = length16(body, at);
    const from = at + 4;
    const to = from + length16(body, at + 2);
    if (from > body.length || to > body.length) return malformed('an extension');
    if (seen.has(type)) return { alert: alerts.illegalParameter, problem: 'an extension twice' };
    seen.add(type);
    if (type === extensions.serverName) {
      const name = readServerName(body, from, to);
      if (name !== null && typeof name === 'object') return name;
      serverName = name;
    } else if (type === extensions.alpn) {
      const read = readProtocols(body, from, to);
      if (read === null) return malformed('the list of protocols');
      protocols = read;
    }
    at = to;
  }
  const hasServerName = seen.has(extensions.serverName);
  return { serverName, hasServerName, protocols, hasEch: seen.has(extensions.ech) };
}

/** RFC 6066 §3: one host_name, in ASCII and no address; it should have no final dot. */
function readServerName(body: Buffer, from: number, to: number): string | null | HelloFault {
  const list = from + 2;
  if (list > to || list + length16(body, from) !== to || list === to) return malformed('server names');
  if (body[list] !== 0) return { alert: alerts.illegalParameter, problem: 'a server name of another type' };
  const start = list + 3;
  const stop = start + length16(body, list + 1);
  if (start >= to || stop > to || stop === start) return malformed('a server name');
  if (stop !== to) return { alert: alerts.illegalParameter, problem: 'two server names' };
  const text = body.toString('latin1', start, stop);
  // What is not ASCII is no A-label, and is not made one.
  const found = /^[\x21-\x7e]+$/.test(text) ? readIdentifier(text) : null;
  return found !== null && typeof found === 'object' && found.kind === 'dns' ? found.value : null;
}

/** RFC 7301 §3.1. Null for a list that is none. */
function readProtocols(body: Buffer, from: number, to: number): string[] | null {
  const list = from + 2;
  if (list >= to || list + length16(body, from) !== to) return null;
  const found: string[] = [];
  for (let at = list; at < to;) {
    const stop = at + 1 + (body[at] ?? 0);
    if (stop === at + 1 || stop > to) return null;
    found.push(body.toString('latin1', at + 1, stop));
    at = stop;
  }
  return found;
}

/** A number of two octets; beyond the end it is more than can be there. */
function length16(body: Buffer, at: number): number {
  if (at + 2 > body.length) return 0x1_0000;
  return ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
}

function malformed(what: string): HelloFault {
  return { alert: alerts.decodeError, problem: `${what} of the ClientHello cannot be read` };
}
