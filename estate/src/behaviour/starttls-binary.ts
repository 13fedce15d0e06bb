import { der } from '../der.ts';
import type { Dialog } from './starttls.ts';

/** Protocols of packets, as far as they go before TLS. */
export const binaryDialogs: Record<'postgres' | 'mysql' | 'ldap', Dialog> = {
  postgres: {
    greeting: null,
    // SSLRequest: length 8, code 80877103. A ClientHello is a start-up packet of a length that no server takes.
    step: (octets) => {
      if (octets.length < 8) return null;
      const asks = octets.readUInt32BE(0) === 8 && octets.readUInt32BE(4) === 80877103;
      return asks
        ? { taken: 8, reply: 'S', next: 'tls' }
        : { taken: octets.length, reply: '', next: 'close' };
    },
  },
  mysql: {
    greeting: mysqlGreeting(),
    // SSLRequest: packet 1, of 32 octets, whose capabilities hold CLIENT_SSL (0x0800).
    step: (octets) => {
      if (octets.length < 36) return null;
      const asks = octets.readUInt32LE(0) === (32 | (1 << 24)) && (octets.readUInt32LE(4) & 0x0800) !== 0;
      return asks
        ? { taken: 36, reply: '', next: 'tls' }
        : { taken: octets.length, reply: '', next: 'close' };
    },
  },
  ldap: {
    greeting: null,
    // ExtendedRequest (RFC 4511 §4.12) with the name of StartTLS (§4.14), answered with success.
    step: (octets) => {
      if (octets.length < 2 || octets.length < 2 + (octets[1] ?? 0)) return null;
      const messageId = octets.subarray(2, 5);
      const success = der(0x78, Buffer.of(0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00));
      return { taken: 2 + (octets[1] ?? 0), reply: der(0x30, messageId, success), next: 'tls' };
    },
  },
};

/** The initial handshake packet (protocol 10) of a server that offers TLS. */
function mysqlGreeting(): Buffer {
  const capabilities = 0x0008_0000 | 0x8000 | 0x0800 | 0x0200; // plugin auth, secure connection, SSL, protocol 4.1
  const body = Buffer.concat([
    Buffer.of(10),
    Buffer.from('8.0.36-estate\0'),
    Buffer.of(1, 0, 0, 0),
    Buffer.from('abcdefgh\0'),
    Buffer.of(capabilities & 0xff, (capabilities >> 8) & 0xff, 45, 2, 0),
    Buffer.of((capabilities >> 16) & 0xff, (capabilities >> 24) & 0xff, 21),
    Buffer.alloc(10),
    Buffer.from('ijklmnopqrst\0'),
    Buffer.from('caching_sha2_password\0'),
  ]);
  return Buffer.concat([Buffer.of(body.length, 0, 0, 0), body]);
}
