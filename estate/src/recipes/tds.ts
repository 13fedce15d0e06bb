import { Duplex } from 'node:stream';

/**
 * The way a TDS 7 server gets to TLS ([MS-TDS] 2.2.6.5, 3.3.5.1): it answers PRELOGIN with ENCRYPT_ON, and then the
 * octets of the handshake travel as the content of PRELOGIN messages, until the first application data.
 *
 * @param behind gets the stream that begins with the ClientHello
 */
export function tdsToTls(socket: Duplex, behind: (stream: Duplex) => void): void {
  let octets = Buffer.alloc(0);
  let began = false;
  let leaving: Buffer[] = [];

  const inner = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (chunk[0] === applicationData) {
        socket.write(chunk);
      } else {
        // One message of the client is answered by one of the server, however many chunks the flight comes in.
        if (leaving.length === 0) setImmediate(flush);
        leaving.push(chunk);
      }
      done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const flush = (): void => {
    socket.write(packets(Buffer.concat(leaving)));
    leaving = [];
  };
  socket.on('close', () => inner.destroy());
  socket.on('data', (data: Buffer) => {
    octets = Buffer.concat([octets, data]);
    while (octets[0] === preloginType && octets.length >= headerSize) {
      const length = Math.max(headerSize, octets.readUInt16BE(2));
      if (octets.length < length) return;
      const content = octets.subarray(headerSize, length);
      octets = octets.subarray(length);
      if (began) {
        inner.push(content);
      } else {
        began = true;
        socket.write(packets(encryptOn));
        behind(inner);
      }
    }
    if (octets.length > 0 && octets[0] !== preloginType) {
      inner.push(octets);
      octets = Buffer.alloc(0);
    }
  });
}

/** Type of the packets of a client's PRELOGIN, and of those of the handshake. */
const preloginType = 0x12;
const headerSize = 8;

/** The content type of a TLS record (RFC 8446 §5.1). */
const applicationData = 23;

/** PRELOGIN: option VERSION at 11, 6 octets; option ENCRYPTION at 17, 1 octet; the end; the values. */
const encryptOn = Buffer.of(0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 1);

/** One message of packets of type 4 (response) of at most 4096 octets; the last is marked. */
function packets(content: Buffer): Buffer {
  const most = 4096 - headerSize;
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += most) {
    const part = content.subarray(at, at + most);
    const header = Buffer.of(
      4,
      at + most >= content.length ? 1 : 0,
      0,
      0,
      0,
      0,
      (parts.length / 2 + 1) & 0xff,
      0,
    );
    header.writeUInt16BE(headerSize + part.length, 2);
    parts.push(header, part);
  }
  return Buffer.concat(parts);
}
