import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

/** What is spoken before TLS. */
export type Opening = 'tls' | 'postgres' | 'mysql';

/** What the first connection was. */
export interface Seen {
  /** The server name that was sent. */
  readonly sent: string | null;
  /** Whether the client sent data: with TLS 1.3 only that shows that it believed the certificate. */
  readonly isBelieved: boolean;
}

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/**
 * A server on loopback that speaks TLS, shows the certificate of the name that is sent, or a default one, and tells what
 * came of the first connection.
 */
export class Sink {
  readonly port: number;
  readonly seen: Promise<Seen>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, seen: Promise<Seen>, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
    this.seen = seen;
  }

  static async open(opening: Opening, identities: Readonly<Record<string, Identity>>): Promise<Sink> {
    const contexts = new Map(
      Object.entries(identities).map(([name, each]) => [name, createSecureContext(each)]),
    );
    const sockets = new Set<Socket>();
    const { promise, resolve } = withResolvers<Seen>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      if (opening === 'tls') secure(socket, contexts, resolve);
      if (opening === 'mysql') socket.write(mysqlGreeting());
      if (opening === 'tls') return;
      // SSLRequest, of either protocol, is the first that a client says.
      socket.once('data', (chunk: Buffer) => {
        socket.pause();
        // A client of MySQL waits for no answer: its ClientHello may have come with the request.
        if (opening === 'mysql') socket.unshift(chunk.subarray(4 + chunk.readUIntLE(0, 3)));
        if (opening === 'postgres') socket.write('S');
        secure(socket, contexts, resolve);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Sink(server, promise, sockets);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function secure(
  socket: Socket,
  contexts: ReadonlyMap<string, SecureContext>,
  tell: (seen: Seen) => void,
): void {
  let sent: string | null = null;
  const fallback = contexts.get('default');
  const secured = new TLSSocket(socket, {
    isServer: true,
    ...(fallback === undefined ? {} : { secureContext: fallback }),
    SNICallback: (name, done) => {
      sent = name;
      done(null, contexts.get(name) ?? fallback);
    },
  });
  secured.on('error', () => {});
  secured.once('data', () => {
    tell({ sent, isBelieved: true });
    secured.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
  });
  secured.once('close', () => tell({ sent, isBelieved: false }));
  socket.once('close', () => tell({ sent, isBelieved: false }));
}

/** The first packet of a server of MySQL (HandshakeV10), which offers TLS. */
function mysqlGreeting(): Buffer {
  const capabilities = 0x00_08_8a_08 | 0x0000_0200;
  const low = Buffer.alloc(2);
  low.writeUInt16LE(capabilities & 0xff_ff);
  const high = Buffer.alloc(2);
  high.writeUInt16LE(capabilities >>> 16);
  const body = Buffer.concat([
    Buffer.from('\x0a8.0.36\0', 'latin1'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('abcdefgh\0', 'latin1'),
    low,
    Buffer.from([45, 2, 0]),
    high,
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.from('ijklmnopqrst\0', 'latin1'),
    Buffer.from('mysql_native_password\0', 'latin1'),
  ]);
  const head = Buffer.from([body.length & 0xff, body.length >>> 8, 0, 0]);
  return Buffer.concat([head, body]);
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
