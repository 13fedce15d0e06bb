import { createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto';

/** What a server's first flight shows that Node does not tell: the chain in its order, and two extensions. */
export interface ServerFlight {
  /** DER, leaf first, exactly as sent. */
  readonly chain: readonly Uint8Array[];
  /** The server confirmed the server name with an empty extension (RFC 6066 §3). */
  readonly serverNameConfirmed: boolean;
  readonly asksForClientCertificate: boolean;
}

/** The AEAD of each TLS 1.3 cipher suite (RFC 8446 §B.4). */
const suites: Record<number, { cipher: CipherGCMTypes | 'chacha20-poly1305'; key: number; hash: string }> = {
  0x1301: { cipher: 'aes-128-gcm', key: 16, hash: 'sha256' },
  0x1302: { cipher: 'aes-256-gcm', key: 32, hash: 'sha384' },
  0x1303: { cipher: 'chacha20-poly1305', key: 32, hash: 'sha256' },
};

const recordChangeCipherSpec = 20;
const recordHandshake = 22;
const recordData = 23;

/**
 * Reads the server's handshake messages out of the octets it sent on one connection (RFC 8446 §5.1, RFC 5246 §6.2):
 * in the clear for TLS 1.2, with the server's handshake secret for TLS 1.3.
 *
 * @param octets everything received, from the first octet on
 * @param secret `SERVER_HANDSHAKE_TRAFFIC_SECRET` from Node's `keylog` event; null for TLS 1.2
 * @returns null when no Certificate message could be read. Never throws.
 */
export function readServerFlight(octets: Buffer, secret: Buffer | null): ServerFlight | null {
  const clear: Buffer[] = [];
  const sealed: { header: Buffer; body: Buffer }[] = [];
  for (let at = 0; at + 5 <= octets.length;) {
    const type = octets[at];
    const end = at + 5 + octets.readUInt16BE(at + 3);
    if (end > octets.length) break;
    // What follows in TLS 1.2 is under a key of its own; TLS 1.3 sends this record for middleboxes alone.
    if (type === recordChangeCipherSpec && secret === null) break;
    if (type === recordHandshake && sealed.length === 0) clear.push(octets.subarray(at + 5, end));
    if (type === recordData)
      sealed.push({ header: octets.subarray(at, at + 5), body: octets.subarray(at + 5, end) });
    at = end;
  }
  const hello = messages(Buffer.concat(clear));
  const serverHello = hello.findLast(({ type }) => type === 2);
  if (serverHello === undefined) return null;
  if (secret === null) return readMessages(hello, helloExtensions(serverHello.body), 12);
  const opened = openRecords(sealed, suiteOf(serverHello.body), secret);
  const flight = messages(opened);
  const encrypted = flight.find(({ type }) => type === 8);
  return readMessages(flight, encrypted === undefined ? [] : extensions(encrypted.body, 0), 13);
}

interface Message {
  readonly type: number;
  readonly body: Buffer;
}

function messages(octets: Buffer): Message[] {
  const found: Message[] = [];
  for (let at = 0; at + 4 <= octets.length;) {
    const end = at + 4 + octets.readUIntBE(at + 1, 3);
    if (end > octets.length) break;
    found.push({ type: octets[at] ?? 0, body: octets.subarray(at + 4, end) });
    at = end;
  }
  return found;
}

function readMessages(all: Message[], extensionTypes: number[], version: 12 | 13): ServerFlight | null {
  const certificate = all.find(({ type }) => type === 11);
  if (certificate === undefined) return null;
  return {
    chain: certificateList(certificate.body, version),
    serverNameConfirmed: extensionTypes.includes(0),
    asksForClientCertificate: all.some(({ type }) => type === 13),
  };
}

function certificateList(body: Buffer, version: 12 | 13): Uint8Array[] {
  const chain: Uint8Array[] = [];
  // TLS 1.3 begins with a request context and gives each certificate its extensions (RFC 8446 §4.4.2).
  let at = version === 13 ? 1 + (body[0] ?? 0) : 0;
  if (at + 3 > body.length) return chain;
  const end = Math.min(body.length, at + 3 + body.readUIntBE(at, 3));
  at += 3;
  while (at + 3 <= end && chain.length < 100) {
    const stop = at + 3 + body.readUIntBE(at, 3);
    if (stop > end) break;
    chain.push(body.subarray(at + 3, stop));
    at = stop;
    if (version === 13) {
      if (at + 2 > end) break;
      at += 2 + body.readUInt16BE(at);
    }
  }
  return chain;
}

/** The extension types of a ServerHello: behind version, random, session id, suite and compression. */
function helloExtensions(body: Buffer): number[] {
  const session = body[34] ?? 0;
  return extensions(body, 35 + session + 3);
}

function suiteOf(body: Buffer): number {
  const session = body[34] ?? 0;
  return body.length >= 37 + session ? body.readUInt16BE(35 + session) : 0;
}

function extensions(body: Buffer, start: number): number[] {
  const types: number[] = [];
  for (let at = start + 2; at + 4 <= body.length; at += 4 + body.readUInt16BE(at + 2)) {
    types.push(body.readUInt16BE(at));
  }
  return types;
}

/** Opens TLS 1.3 records in order until one does not open: that one is under the next key (RFC 8446 §5.2, §7.3). */
function openRecords(records: { header: Buffer; body: Buffer }[], suite: number, secret: Buffer): Buffer {
  const aead = suites[suite];
  if (aead === undefined) return Buffer.alloc(0);
  const key = expandLabel(secret, 'key', aead.key, aead.hash);
  const iv = expandLabel(secret, 'iv', 12, aead.hash);
  const opened: Buffer[] = [];
  for (const [sequence, { header, body }] of records.entries()) {
    const inner = open(aead.cipher, key, nonce(iv, sequence), header, body);
    if (inner === null) break;
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end--;
    if (inner[end - 1] === recordHandshake) opened.push(inner.subarray(0, end - 1));
  }
  return Buffer.concat(opened);
}

function open(
  cipher: CipherGCMTypes | 'chacha20-poly1305',
  key: Buffer,
  iv: Buffer,
  header: Buffer,
  body: Buffer,
): Buffer | null {
  if (body.length < 17) return null;
  try {
    const decipher = createDecipheriv(cipher as CipherGCMTypes, key, iv, { authTagLength: 16 });
    decipher.setAAD(header);
    decipher.setAuthTag(body.subarray(body.length - 16));
    return Buffer.concat([decipher.update(body.subarray(0, body.length - 16)), decipher.final()]);
  } catch {
    return null;
  }
}

function nonce(iv: Buffer, sequence: number): Buffer {
  const out = Buffer.from(iv);
  out.writeUInt32BE((out.readUInt32BE(8) ^ sequence) >>> 0, 8);
  return out;
}

/** HKDF-Expand-Label with an empty context (RFC 8446 §7.1); never longer than one block of the hash here. */
function expandLabel(secret: Buffer, label: string, length: number, hash: string): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
