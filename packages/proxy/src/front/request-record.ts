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
    host: head === null ? hostSaid(request) : head.authority,
    path: head === null ? pathSaid(request.url ?? '') : printable(head.path, 1000),
    protocol: `HTTP/${request.httpVersion}`,
    status,
    bytes,
    ms: Math.round(ms * 10) / 10,
    upstream,
    problem,
  };
}

/** What a request that was refused named as its host: less what may be a credential, and what is none of a host. */
function hostSaid({ headers }: ServerRequest): string | null {
  const said = headers[':authority'] ?? headers.host;
  if (typeof said !== 'string') return null;
  const [host = ''] = said.slice(said.lastIndexOf('@') + 1).split(/[/?#]/, 1);
  return printable(host, 255);
}

/** The path of a request that was refused, less the query, and what absolute-form has before it. */
function pathSaid(target: string): string {
  const [path = ''] = target.replace(/^[a-z][\w+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return path.startsWith('/') ? printable(path, 1000) : '';
}
