import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** Milliseconds between two looks: a connection ends that long after its session at least, and twice as long at most. */
const patience = 2000;

/** A session, and the connection below it. */
interface Pair {
  readonly session: ServerHttp2Session;
  readonly socket: TLSSocket;
  wasDestroyed: boolean;
}

/**
 * The sessions of a server whose connections are open. Sees to it that a connection ends when its session has: Node 22
 * and 24 leave one open for good whose client resets it while the session waits to write; the session is destroyed then,
 * and never emits `close`.
 */
export function sessionsOf(server: Http2SecureServer): ReadonlySet<ServerHttp2Session> {
  const open = new Set<ServerHttp2Session>();
  const pairs = new Set<Pair>();
  // Node makes a session in the turn in which its connection is secure, and does not show the socket itself.
  let newest: TLSSocket | null = null;
  server.prependListener('secureConnection', (socket: TLSSocket) => (newest = socket));
  server.on('session', (session) => {
    if (newest === null) return;
    const pair = { session, socket: newest, wasDestroyed: false };
    open.add(session);
    pairs.add(pair);
    pair.socket.once('close', () => {
      open.delete(session);
      pairs.delete(pair);
    });
  });
  const look = setInterval(() => {
    for (const pair of pairs) {
      if (pair.wasDestroyed) pair.socket.destroy();
      pair.wasDestroyed = pair.session.destroyed;
    }
  }, patience);
  look.unref();
  server.once('close', () => clearInterval(look));
  return open;
}
