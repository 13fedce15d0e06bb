/** One connection that was passed through, or refused before anything was decrypted of it. */
export interface ConnectionRecord {
  /** When it came, ISO 8601 in UTC. */
  readonly time: string;
  readonly connectionId: string;
  /** Its address, or the one that a listed peer told by the PROXY protocol. */
  readonly client: string;
  /** The name that it was routed by; with ECH, the outer one. Null where it sent none, or none that is one. */
  readonly serverName: string | null;
  /** What it offered by ALPN. */
  readonly alpn: readonly string[];
  /** Whether `encrypted_client_hello` was in its first message; it is in those of browsers even where it means nothing. */
  readonly ech: boolean;
  readonly protocol: 'TLS';
  /** The key of the upstream; null where there was none. */
  readonly upstream: string | null;
  /** Octets that went to the upstream. */
  readonly bytesUp: number;
  /** Octets that came back. */
  readonly bytesDown: number;
  /** Milliseconds until it was over. */
  readonly ms: number;
  /** The alert that it was ended with (RFC 8446 §6); null for none of ours. */
  readonly alert: number | null;
  /** Why it was refused or broke off; null when both sides ended it. */
  readonly problem: string | null;
}
