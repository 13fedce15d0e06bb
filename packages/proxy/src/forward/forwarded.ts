import { isIP } from 'node:net';
import { unmapped, type TrustList } from '../config/trust-list.ts';

/** What a request said of the hops before, as it came. */
export interface ClaimedHops {
  readonly forwarded: readonly string[];
  readonly forwardedFor: readonly string[];
  readonly proto: string | null;
  readonly host: string | null;
}

/** What is known of this hop. */
export class OwnHop {
  /** The peer of the socket. */
  readonly peer: string;
  readonly proto: 'http' | 'https';
  /** As the client named it; null when it did not. */
  readonly host: string | null;
  /** `Client-Cert` (RFC 9440); null where it showed none, or none was asked for. */
  readonly certificate: string | null;
  #alone: ForwardedHeaders | null = null;

  constructor(peer: string, proto: 'http' | 'https', host: string | null, certificate: string | null) {
    this.peer = unmapped(peer);
    this.proto = proto;
    this.host = host;
    this.certificate = certificate;
  }

  /** What is told of it where nothing is believed of the hops before: made once. */
  get alone(): ForwardedHeaders {
    this.#alone ??= toldOf(this, [], [], this.proto, this.host);
    return this.#alone;
  }
}

/** What is told to the upstream. */
export interface ForwardedHeaders {
  /** A flat list of names and values. */
  readonly headers: readonly string[];
  /** Who asked, as far as it is believed: an address, or what a trusted peer calls it. */
  readonly client: string;
}

/** More hops than this are nobody's. */
const mostHops = 32;
const longestClaim = 2048;

/**
 * `Forwarded` (RFC 7239) and `X-Forwarded-*` for the upstream.
 *
 * | who claims                | what becomes of it                                                          |
 * |---------------------------|-----------------------------------------------------------------------------|
 * | a peer outside the list   | dropped: the chain begins with the peer                                     |
 * | a peer in the list        | believed from the right, up to and with the first address outside the list  |
 *
 * What stands left of the first address that is not trusted was written by it, and is dropped.
 */
export function forwardedHeaders(claimed: ClaimedHops, own: OwnHop, trust: TrustList): ForwardedHeaders {
  const { peer } = own;
  if (!trust.has(peer)) return own.alone;
  const before = believed(claimed.forwardedFor.join(',').split(','), peer, trust, plainNode);
  const elements = believed(elementsOf(claimed.forwarded), peer, trust, forNode);
  return toldOf(
    own,
    before,
    elements,
    readProto(claimed.proto) ?? own.proto,
    readHost(claimed.host) ?? own.host,
  );
}

/**
 * @param before what is believed of `X-Forwarded-For`
 * @param elements what is believed of `Forwarded`
 */
function toldOf(
  own: OwnHop,
  before: readonly string[],
  elements: readonly string[],
  proto: 'http' | 'https',
  host: string | null,
): ForwardedHeaders {
  const { peer } = own;
  const element = `for=${nodeText(peer)}${own.host === null ? '' : `;host="${own.host}"`};proto=${own.proto}`;
  const headers = [
    'forwarded',
    [...elements, element].join(', '),
    'x-forwarded-for',
    [...before, peer].join(', '),
    'x-forwarded-proto',
    proto,
  ];
  if (host !== null) headers.push('x-forwarded-host', host);
  if (own.certificate !== null) headers.push('client-cert', own.certificate);
  return { headers, client: before[0] ?? plainNode(forNode(elements[0] ?? '') ?? '') ?? peer };
}

/** Whether a field is one that a stranger must not set; `_` is `-` to CGI and WSGI. @param name lower case */
export function isForwardedField(name: string): boolean {
  const plain = name.includes('_') ? name.replaceAll('_', '-') : name;
  // RFC 9440 §2.4: what a client writes there itself must not be handed on.
  if (plain === 'client-cert' || plain === 'client-cert-chain') return true;
  return plain === 'forwarded' || plain === 'x-real-ip' || plain.startsWith('x-forwarded-');
}

/** The entries that are believed, in their order. */
function believed(
  entries: readonly string[],
  peer: string,
  trust: TrustList,
  nodeOf: (entry: string) => string | null,
): string[] {
  const kept: string[] = [];
  let writer: string | null = peer;
  for (let at = entries.length - 1; at >= 0 && kept.length < mostHops; at--) {
    const entry = (entries[at] ?? '').trim();
    const node = nodeOf(entry);
    if (writer === null || !trust.has(writer) || node === null) break;
    kept.unshift(entry);
    writer = plainNode(node);
  }
  return kept;
}

/** An address, without port and brackets; null for what is none. */
function plainNode(text: string): string | null {
  const [, v6, v4] =
    /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?)$/i.exec(text) ?? [];
  const address = v6 ?? v4 ?? text;
  return isIP(address) === 0 || address.includes('%') ? null : unmapped(address);
}

/** The node of a `for` parameter (RFC 7239 §6), without its quotes; null without one. */
function forNode(element: string): string | null {
  const [, quoted, token] = /(?:^|;)\s*for=(?:"([^"\\]*)"|([^\s;,"]+))/i.exec(element) ?? [];
  const node = quoted ?? token;
  return node === undefined || !/^[\w.:[\]-]{1,100}$/.test(node) ? null : node;
}

/** The elements of `Forwarded`: parted by commas outside of quotes. Nothing is believed of what cannot be read. */
function elementsOf(values: readonly string[]): string[] {
  const text = values.join(',');
  if (text.length > longestClaim || text === '') return [];
  const isWhole = /^(?:[^"\\]|"[^"\\]*")*$/.test(text);
  return isWhole ? (text.match(/(?:[^",]|"[^"]*")+/g) ?? []) : [];
}

/** RFC 7239 §6: an IPv6 address stands in brackets, and then in quotes. */
function nodeText(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}

function readProto(text: string | null): 'http' | 'https' | null {
  return text === 'http' || text === 'https' ? text : null;
}

function readHost(text: string | null): string | null {
  return text !== null && /^[\w.:[\]-]{1,300}$/.test(text) ? text : null;
}
