import { createHash } from 'node:crypto';

/**
 * What keeps the sockets of one check apart from those of every other, in libraries that share and resume. Options of
 * `tls.connect`, which looks at none of them for a client.
 */
export interface Apart {
  /**
   * Stands in the name by which an `https.Agent` keeps its sockets, beside what that name lacks: `checkServerIdentity`
   * and `secureContext`. Two connections that check differently never share a socket.
   */
  readonly sessionIdContext: string;
  /**
   * Node does not check the name of a session that is resumed. An `https.Agent` takes this one, none, instead of the
   * last: each handshake is verified.
   */
  readonly session: undefined;
  /** The same for undici, and for the agents that other libraries make of these options. */
  readonly maxCachedSessions: 0;
}

/** {@link Apart}, for a check that these parts describe. */
export function keptApart(...parts: readonly unknown[]): Apart {
  // 32 octets are the most that OpenSSL takes.
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32);
  return { sessionIdContext: key, session: undefined, maxCachedSessions: 0 };
}
