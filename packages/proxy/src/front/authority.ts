import type { TLSSocket } from 'node:tls';
import { matchName, readCertificate, type PresentedNames } from '@altname/core';

/** Names of the certificate that each connection was shown; null when it cannot be read. */
const shown = new WeakMap<object, PresentedNames | null>();

/**
 * Whether a connection is for this host (RFC 9110 §7.4; RFC 9113 §9.1.2): else the answer is 421.
 *
 * | server name of the handshake | host                                | result |
 * |------------------------------|-------------------------------------|--------|
 * | none                         | any                                 | yes    |
 * | `a.test`                     | `a.test`                            | yes    |
 * | `a.test`                     | one that the certificate shown carries | yes |
 * | `a.test`                     | any other                           | no     |
 *
 * @param connection what is the same for every request on it: the socket, or the session of HTTP/2
 */
export function isForHost(connection: object, socket: TLSSocket, hostname: string): boolean {
  const { servername } = socket as { servername?: string | false | null };
  if (typeof servername !== 'string' || servername === '') return true;
  if (servername === hostname || servername.toLowerCase().replace(/\.$/, '') === hostname) return true;
  let names = shown.get(connection);
  if (names === undefined) {
    names = namesShown(socket);
    shown.set(connection, names);
  }
  return names !== null && matches(hostname, names);
}

function namesShown(socket: TLSSocket): PresentedNames | null {
  try {
    const { raw } = (socket.getCertificate() ?? {}) as { raw?: Uint8Array };
    return raw === undefined ? null : readCertificate(raw).names;
  } catch {
    return null;
  }
}

function matches(hostname: string, names: PresentedNames): boolean {
  try {
    return matchName(hostname, names).matches;
  } catch {
    // What is no name is on no certificate.
    return false;
  }
}
