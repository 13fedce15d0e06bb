import { constants, type Http2Session } from 'node:http2';

/** Requests without an answer that a client may give up at once, and how many more each second. */
const burst = 100;
const rate = 10;

/** How many more each session may give up, and since when that holds. */
const allowances = new WeakMap<Http2Session, { left: number; at: number }>();

/**
 * Counts a request that its client gave up before there was an answer. Each costs its upstream more than the client, so
 * that a session that does nothing else is ended (RFC 9113 §10.5, CVE-2023-44487): ENHANCE_YOUR_CALM.
 *
 * @param now milliseconds, monotonic
 */
export function countGivenUp(session: Http2Session, now: number = performance.now()): void {
  const allowance = allowances.get(session) ?? { left: burst, at: now };
  allowances.set(session, allowance);
  allowance.left = Math.min(burst, allowance.left + ((now - allowance.at) / 1000) * rate) - 1;
  allowance.at = now;
  if (allowance.left >= 0 || session.destroyed) return;
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  session.destroy();
}
