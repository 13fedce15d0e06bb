import type { TrustList } from '../config/trust-list.ts';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { RequestHead } from '../front/request-head.ts';
import { forwardedHeaders, type OwnHop } from './forwarded.ts';

/** What goes to the upstream beside method, target and body. */
export interface UpstreamHeaders {
  /**
   * Names and values in turns; the first is `host`. It is for the upstream's own routing alone: what is sent and checked
   * in TLS is not taken from it.
   */
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
  const headers = ['host', hostFor(upstream, head.authority)];
  for (const each of head.headers) headers.push(each);
  for (const each of hops.headers) headers.push(each);
  headers.push('x-request-id', requestId, 'via', vias[head.protocol]);
  return { headers, client: hops.client };
}

/** RFC 9110 §7.6.3: a gateway says which version it received. */
const vias: Readonly<Record<RequestHead['protocol'], string>> = {
  '1.0': '1.0 altname',
  '1.1': '1.1 altname',
  '2': '2.0 altname',
};

/** With several servers, `upstream` is that of the first until one is chosen. */
function hostFor({ host, servers }: UpstreamConfig, asked: string | null): string {
  const { authority } = servers[0];
  if (host === 'preserve') return asked ?? authority;
  return host === 'upstream' ? authority : host.value;
}
