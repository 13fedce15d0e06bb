import { printable } from '@altname/core';
import type { AccessRecord } from '../access-record.ts';
import type { Ended } from '../forward/exchange.ts';
import type { RequestHead, ServerRequest } from './request-head.ts';

/** What is known of a request when its answer is over. */
export interface RecordedRequest {
  readonly request: ServerRequest;
  /** Null where it could not be read. */
  readonly head: RequestHead | null;
  readonly requestId: string;
  /** When it came: milliseconds, monotonic. */
  readonly began: number;
  /** Who asked, as far as it is believed. */
  readonly client: string;
}

/** @param upstream the key of the upstream; null when the proxy answered itself */
export function requestRecord(
  { request, head, requestId, began, client }: RecordedRequest,
  { status, bytes, problem }: Ended,
  upstream: string | null,
): AccessRecord {
  const ms = performance.now() - began;
  return {
    time: new Date(Date.now() - ms).toISOString(),
    requestId,
    client,
    method: printable(request.method ?? '', 40),
    host: head?.authority ?? null,
    path: head === null ? '' : printable(head.path, 1000),
    protocol: `HTTP/${request.httpVersion}`,
    status,
    bytes,
    ms: Math.round(ms * 10) / 10,
    upstream,
    problem,
  };
}
