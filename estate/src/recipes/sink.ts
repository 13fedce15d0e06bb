import { EventEmitter, once } from 'node:events';
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls';
import type { StartTls } from '@altname/core';
import type { Credentials } from '../authority.ts';
import { serverNameIn } from '../behaviour/client-hello.ts';
import { startTls } from '../behaviour/starttls.ts';
import { tdsToTls } from './tds.ts';

/** What a sink says, and when: just enough for a client to get to its first data over TLS. */
export type Speech =
  | 'http'
  | 'h2'
  | 'postgres'
  | 'mysql'
  | 'tds'
  | 'smtp'
  | 'smtp-starttls'
  | 'imap'
  | 'imap-starttls'
  | 'ftp'
  | 'ftp-implicit'
  | 'silence';

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
    if (speech === 'ftp-implicit') socket.write('220 sink\r\n');
    if (speech === 'imap') socket.write('* OK [CAPABILITY IMAP4rev1] sink\r\n');
    socket.on('data', (data: Buffer) => {
      receive(data.toString('latin1'));
      if (speech === 'http' && seen.received.endsWith('\r\n\r\n')) socket.end(httpAnswer);
      if (speech === 'mysql') socket.write(mysqlOk(data));
    });
  });
  secure.on('tlsClientError', () => {});

  const shakeHands = (stream: Duplex): void => {
    readServerName(stream).then(
      (name) => {
        sent.push(name);
        secure.emit('connection', stream);
      },
      () => stream.destroy(),
    );
  };
  const listener = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const before = beforeTls[speech];
    if (before === undefined) shakeHands(socket);
    else if (before === 'tds') tdsToTls(socket, shakeHands);
    else startTls(before, shakeHands)(socket);
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

/** What is spoken in plain text before TLS. */
const beforeTls: Partial<Record<Speech, StartTls | 'tds'>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  tds: 'tds',
  'smtp-starttls': 'smtp',
  'imap-starttls': 'imap',
  ftp: 'ftp',
};

/** The header is what the client of Elasticsearch knows its server by. */
const httpAnswer =
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Elastic-Product: Elasticsearch\r\nConnection: close\r\n\r\n';

/** OK_Packet (MySQL, "Connection Phase"), with the sequence number that follows the packet it answers. */
function mysqlOk(data: Buffer): Buffer {
  return Buffer.of(7, 0, 0, ((data[3] ?? 0) + 1) & 0xff, 0, 0, 0, 2, 0, 0, 0);
}

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

/** The server name on the wire; the ClientHello is left for TLS. */
async function readServerName(stream: Duplex): Promise<string | null> {
  let hello = Buffer.alloc(0);
  let name: string | null | undefined;
  while (name === undefined) {
    const [data] = (await once(stream.resume(), 'data')) as [Buffer];
    stream.pause();
    hello = Buffer.concat([hello, data]);
    name = serverNameIn(hello);
  }
  stream.unshift(hello);
  return name;
}
