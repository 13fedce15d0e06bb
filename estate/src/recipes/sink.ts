import { EventEmitter, once } from 'node:events';
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls';
import type { Credentials } from '../authority.ts';
import { serverNameIn } from '../behaviour/client-hello.ts';

/** What a sink says, and when: just enough for a client to get to its first data over TLS. */
export type Speech = 'http' | 'h2' | 'postgres' | 'smtp' | 'smtp-starttls' | 'silence';

/** What a sink has seen. */
export interface Seen {
  /** The server name of every handshake, from the wire; null where none was sent. */
  readonly sent: readonly (string | null)[];
  /** What the clients sent over TLS: octets as Latin-1, or the settings and headers of HTTP/2 as lines. */
  readonly received: string;
}

/** A TLS server on loopback that keeps what it sees. */
export interface Sink {
  readonly port: number;
  readonly seen: Seen;
  /** Waits until `enough` holds; false when it does not within `ms`. */
  until(enough: (seen: Seen) => boolean, ms: number): Promise<boolean>;
  close(): void;
}

/** Starts a sink with one certificate for every server name, on one of the addresses of loopback. */
export async function startSink(
  speech: Speech,
  { chain, key }: Credentials,
  address: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<Sink> {
  const sent: (string | null)[] = [];
  const seen = { sent, received: '' };
  const changes = new EventEmitter();
  const sockets = new Set<Socket>();
  const receive = (text: string): void => {
    if (seen.received.length < 65_536) seen.received += text;
    changes.emit('change');
  };

  const secure = speech === 'h2' ? http2Server(chain, key, receive) : createTlsServer({ cert: chain, key });
  secure.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    if (speech === 'h2') return;
    if (speech === 'smtp') socket.write('220 sink ESMTP\r\n');
    socket.on('data', (data: Buffer) => {
      receive(data.toString('latin1'));
      if (speech === 'http' && seen.received.endsWith('\r\n\r\n')) socket.end(httpAnswer);
    });
  });
  secure.on('tlsClientError', () => {});

  const listener = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    begin(speech, socket).then(
      (name) => {
        sent.push(name);
        secure.emit('connection', socket);
      },
      () => socket.destroy(),
    );
  });
  listener.listen(0, address);
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    seen,
    async until(enough, ms) {
      const deadline = AbortSignal.timeout(ms);
      while (!enough(seen)) {
        try {
          await once(changes, 'change', { signal: deadline });
        } catch {
          return false;
        }
      }
      return true;
    },
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const httpAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

function http2Server(cert: string, key: string, receive: (text: string) => void): Server {
  const server = createSecureServer({ cert, key });
  server.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => {});
    session.on('remoteSettings', () => receive('settings\n'));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    receive(`:authority: ${headers[':authority']}\n`);
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
      { endStream: true },
    );
  });
  return server;
}

/** Speaks in plain text what leads to TLS, and reads the server name on the wire; the ClientHello is left for TLS. */
async function begin(speech: Speech, socket: Socket): Promise<string | null> {
  if (speech === 'postgres') {
    // SSLRequest: eight octets, answered by one (PostgreSQL, "Message Flow", SSL Session Encryption).
    await read(socket);
    socket.write('S');
  }
  if (speech === 'smtp-starttls') {
    socket.write('220 sink ESMTP\r\n');
    await read(socket);
    socket.write('250-sink\r\n250 STARTTLS\r\n');
    await read(socket);
    socket.write('220 go ahead\r\n');
  }
  let hello = Buffer.alloc(0);
  let name: string | null | undefined;
  while (name === undefined) {
    hello = Buffer.concat([hello, await read(socket)]);
    name = serverNameIn(hello);
  }
  socket.unshift(hello);
  return name;
}

/** The next octets; none are lost between one read and the next. */
async function read(socket: Socket): Promise<Buffer> {
  const [data] = (await once(socket.resume(), 'data')) as [Buffer];
  socket.pause();
  return data;
}
