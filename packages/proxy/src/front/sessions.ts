import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** Milliseconds between two looks. */
const patience = 2000;

/**
 * The sessions of a server whose connections are open. Sees to it that a connection ends when its session has:
 *
 * | what Node leaves open for good                                                | ended after |
 * |-------------------------------------------------------------------------------|-------------|
 * | 22 and 24: a session that was destroyed as its client reset it while it wrote | 2 to 4 s    |
 * | 20: a session that ended itself for a connection error (RFC 9113 §5.4.1)      | 4 to 6 s    |
 */
export function sessionsOf(server: Http2SecureServer): ReadonlySet<ServerHttp2Session> {
  const open = new Set<ServerHttp2Session>();
  const watched = new Set<WatchedSession>();
  // Node makes a session in the turn in which its connection is secure, and does not show the socket itself.
  let newest: TLSSocket | null = null;
  server.prependListener('secureConnection', (socket: TLSSocket) => (newest = socket));
  server.on('session', (session) => {
    if (newest === null) return;
    const socket = newest;
    const mine = new WatchedSession(session, socket);
    open.add(session);
    watched.add(mine);
    socket.once('close', () => {
      open.delete(session);
      watched.delete(mine);
    });
  });
  const look = setInterval(() => {
    for (const each of watched) each.look();
  }, patience);
  look.unref();
  server.once('close', () => clearInterval(look));
  return open;
}

/** Octets of a PING (RFC 9113 §4.1, §6.7). */
const pingLength = 17;

/** A session, and the connection below it. */
class WatchedSession {
  readonly #session: ServerHttp2Session;
  readonly #socket: TLSSocket;
  #wasDestroyed = false;
  /** Octets, as of the last look. */
  #read = 0;
  #written = 0;
  /** Stands for the PING since the client said something; null for none. */
  #asked: object | null = null;
  /** Whether that one went out. */
  #isWell = false;

  constructor(session: ServerHttp2Session, socket: TLSSocket) {
    this.#session = session;
    this.#socket = socket;
  }

  /**
   * Ends the connection where the session is over. One that ended itself for a connection error tells nobody, and its
   * connection is not read any more, so that nobody sees the client go. But it sends nothing either: a PING stays in its
   * queue, with nothing else to be written before it. One is sent when a client has gone silent, and none again until
   * it says something else than the answer.
   */
  look(): void {
    const [session, socket] = [this.#session, this.#socket];
    if (this.#wasDestroyed) socket.destroy();
    this.#wasDestroyed = session.destroyed;
    if (session.destroyed || socket.destroyed) return;
    const { bytesRead, bytesWritten } = socket;
    if (bytesRead !== this.#read) {
      this.#asked = null;
      this.#isWell = false;
    } else if (!this.#isWell && !isWriting(socket)) {
      if (this.#asked === null) this.#ask();
      else if (bytesWritten !== this.#written || session.state.outboundQueueSize === 0) this.#isWell = true;
      else socket.destroy();
    }
    this.#read = bytesRead;
    this.#written = bytesWritten;
  }

  #ask(): void {
    const asked = {};
    this.#asked = asked;
    const answered = (): void => {
      if (this.#asked === asked) this.#read += pingLength;
    };
    // RFC 9113 §6.7: each PING is answered. Of a client that leaves ten without an answer nothing can be found out.
    if (!this.#session.ping(answered)) this.#socket.destroy();
  }
}

/** Whether octets wait for the client to take them; Node keeps it there, and tells it nowhere else. */
function isWriting(socket: TLSSocket): boolean {
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return (handle?.writeQueueSize ?? 0) > 0;
}
