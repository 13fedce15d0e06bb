import type { Http2Session } from 'node:http2';
import type { ExchangeOptions, Overseer } from '../forward/exchange.ts';
import type { RouteCounts } from '../metrics/route-counts.ts';
import type { Setup } from '../setup.ts';
import type { UpstreamFailure } from '../upstream/failure.ts';
import { countGivenUp } from './given-up.ts';
import { requestRecord } from './request-record.ts';

/** A request that was handed on. */
export interface Handed extends ExchangeOptions {
  /** What held when it came. */
  readonly setup: Setup;
  /** When it came: milliseconds, monotonic. */
  readonly began: number;
  /** Who asked, as far as it is believed. */
  readonly client: string;
  /** That of HTTP/2 on which it came. */
  readonly session: Http2Session | null;
  readonly counts: RouteCounts | null;
  /** Takes a request that no answer came for; null where the proxy answers. */
  readonly giveBack: ((status: number, requestId: string, failure: UpstreamFailure | null) => void) | null;
}

/** What is told of requests that were handed on. */
export const handedOn: Overseer<Handed> = {
  tell(handed, error, status) {
    if (handed.setup.config.onFailure !== null) tellFailure(handed, error, status);
  },
  fail(handed, error, status) {
    if (handed.giveBack === null) return false;
    handed.giveBack(status, handed.requestId, tellFailure(handed, error, status));
    return true;
  },
  end(handed, ended) {
    const { upstream, session, counts, began, head, setup } = handed;
    upstream.release();
    if (ended.status === 0 && session !== null) countGivenUp(session);
    counts?.end(head.method, ended, performance.now() - began);
    setup.config.onAccess?.(requestRecord(handed, ended, upstream.config.key));
  },
};

function tellFailure(
  { setup, upstream, requestId, headers }: Handed,
  error: Error,
  status: number,
): UpstreamFailure {
  const host = headers[1] ?? '';
  const failure = upstream.failures.read(error, { requestId, status, host });
  setup.config.onFailure?.(failure);
  return failure;
}
