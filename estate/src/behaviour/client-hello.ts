/**
 * The server name in a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3).
 *
 * @returns the name as sent, null when none is sent, or undefined when more octets are needed to know
 */
export function serverNameIn(octets: Buffer): string | null | undefined {
  if (octets.length < 5) return undefined;
  // Not a handshake record: no ClientHello, so no server name.
  if (octets[0] !== 0x16) return null;
  if (octets.length < 5 + octets.readUInt16BE(3)) return undefined;
  try {
    return readServerName(octets);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const serverNameExtension = 0;

function readServerName(octets: Buffer): string | null {
  // Record header 5, handshake header 4, version 2, random 32.
  let at = 43;
  at += 1 + octets.readUInt8(at); // session id
  at += 2 + octets.readUInt16BE(at); // cipher suites
  at += 1 + octets.readUInt8(at); // compression methods
  const end = at + 2 + octets.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const type = octets.readUInt16BE(at);
    const length = octets.readUInt16BE(at + 2);
    if (type === serverNameExtension) {
      // List length 2, name type 1, name length 2.
      const size = octets.readUInt16BE(at + 7);
      return octets.toString('latin1', at + 9, at + 9 + size);
    }
    at += 4 + length;
  }
  return null;
}
