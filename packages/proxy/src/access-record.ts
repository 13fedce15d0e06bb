/** One request and its answer: no query, no field, no credential. */
export interface AccessRecord {
  /** When the request came, ISO 8601 in UTC. */
  readonly time: string;
  readonly requestId: string;
  /** Who asked, as far as the trusted peers say. */
  readonly client: string;
  readonly method: string;
  /** As the client named it, also where that is none, as far as it can be shown; null where it did not. */
  readonly host: string | null;
  /** Without the query; at most 1,000 characters. Empty where none was read. */
  readonly path: string;
  readonly protocol: string;
  /** 0 when the client went away before there was one. */
  readonly status: number;
  /** Octets of the body of the answer, or of both ways after an upgrade. */
  readonly bytes: number;
  /** Milliseconds until the answer was over. */
  readonly ms: number;
  /** The key of the upstream; null when the proxy answered itself. */
  readonly upstream: string | null;
  /** Why the proxy answered itself, or the answer broke off; null when it did not. */
  readonly problem: string | null;
}
