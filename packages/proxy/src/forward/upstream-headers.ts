import type { TrustList } from '../config/trust-list.ts';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { RequestHead } from '../front/request-head.ts';
import { forwardedHeaders, type OwnHop } from './forwarded.ts';

/** What goes to the upstream beside method, target and body. */
export interface UpstreamHeaders {
  /** The Host header. It is for the upstream's own routing alone: what is sent and checked in TLS is not taken from it. */
  readonly host: string;
  /** Names and values in turns. */
  readonly headers: string[];
  /** Who asked, as far as it is believed. */
  readonly client: string;
}

/** Puts together what an upstream gets: what the client sent, less what was for the proxy, and what the proxy says. */
export function upstreamHeaders(
  head: RequestHead,
  own: OwnHop,
  requestId: string,
  upstream: UpstreamConfig,
  trust: TrustList,
): UpstreamHeaders {
  const hops = forwardedHeaders(head.claimed, own, trust);
  // RFC 9110 §7.6.3: a gateway says which version it received.
  const via = `${head.protocol === '2' ? '2.0' : head.protocol} altname`;
  return {
    host: hostFor(upstream, head.authority),
    headers: [...head.headers, ...hops.headers, 'x-request-id', requestId, 'via', via],
    client: hops.client,
  };
}

/** With several servers, `upstream` is that of the first until one is chosen. */
function hostFor({ host, servers }: UpstreamConfig, asked: string | null): string {
  const { authority } = servers[0];
  if (host === 'preserve') return asked ?? authority;
  return host === 'upstream' ? authority : host.value;
}
