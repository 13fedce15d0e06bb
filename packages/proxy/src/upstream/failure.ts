import type { Diagnosis } from '@altname/core';

/** An upstream did not answer, with all that is known of it: for the operator, never for the client. */
export interface UpstreamFailure {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** What the client was told beside the status. */
  readonly requestId: string;
  /** The key of the upstream. */
  readonly upstream: string;
  /** Its URL. */
  readonly to: string;
  /** What the client got; 0 when its answer broke off, or it had gone. */
  readonly status: number;
  readonly error: { readonly code: string | null; readonly message: string };
  /**
   * The six names, the cause and the findings. Null when it did not fail in TLS, and when the same was told less than
   * {@link quietTime} ago.
   */
  readonly diagnosis: Diagnosis | null;
  /** What to change in the configuration of the proxy, or elsewhere. */
  readonly fixes: readonly string[];
  /** How often the same failed since it was last told in full. */
  readonly repeated: number;
}

/** Milliseconds in which one kind of failure of an upstream is told in full once. */
export const quietTime = 10_000;

const timeoutCodes: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

/** RFC 9110 §15.6.3 to §15.6.5. */
export function statusOfFailure(code: string | null): 502 | 503 | 504 {
  // This process has no file left for another connection: that is the proxy's, and passes.
  if (code === 'EMFILE' || code === 'ENFILE') return 503;
  return code !== null && timeoutCodes.has(code) ? 504 : 502;
}
