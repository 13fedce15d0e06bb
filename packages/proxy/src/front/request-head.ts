import type { IncomingMessage } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import { isForwardedField, type ClaimedHops } from '../forward/forwarded.ts';
import { isHopByHop, namedByConnection, withoutNamed } from '../forward/hop-by-hop.ts';

/** The head of a request, read once. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  /** Without the query. */
  readonly path: string;
  /** The host as it came, with its port; null in HTTP/1.0 without one. */
  readonly authority: string | null;
  /** The host in lower case, without port, brackets and final dot. */
  readonly hostname: string | null;
  /** What is handed on: no hop-by-hop field, no host, none that says who asked. Names and values in turns. */
  readonly headers: string[];
  readonly claimed: ClaimedHops;
  readonly requestId: string | null;
  readonly hasBody: boolean;
  /** Octets of the body, as its head says; null where it does not. */
  readonly contentLength: number | null;
  /** `Max-Forwards` of OPTIONS, as it came; null without one. What is handed on is one less. */
  readonly hopsLeft: number | null;
  /** The protocol that an upgrade asks for; null for none, or one that no proxy hands on. */
  readonly upgrade: string | null;
  readonly protocol: '1.0' | '1.1' | '2';
}

/** A request that is answered by the proxy itself. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export type ServerRequest = IncomingMessage | Http2ServerRequest;

/** What stands in a request's place where another server has changed it. */
export interface GivenHead {
  readonly target: string | null;
  /** Names and values in turns. */
  readonly rawHeaders: readonly string[] | null;
}

/**
 * Reads the head of a request, beyond what Node's parser refuses by itself:
 *
 * | request                                                   | answer | rule                        |
 * |-----------------------------------------------------------|--------|-----------------------------|
 * | HTTP/1.1 with no Host, or any with two, or one that is none | 400  | RFC 9112 §3.2               |
 * | absolute-form                                             | read   | RFC 9112 §3.2.2: Host gives way |
 * | `:authority` and `host` that differ                       | 400    | RFC 9113 §8.3.1             |
 * | Transfer-Encoding in HTTP/1.0                             | 400    | RFC 9112 §6.1               |
 * | a length over 2^53                                        | 400    | RFC 9110 §8.6               |
 * | an expectation beside `100-continue`                      | 417    | RFC 9110 §10.1.1            |
 * | more than 256 fields                                      | 431    | RFC 6585 §5                 |
 * | a transfer coding beside `chunked`                        | 501    | RFC 9112 §6.1               |
 * | `.` or `..` as a segment, a fragment, asterisk-form       | 400    | what would be matched is not what the upstream reads |
 * | a target with octets that are no ASCII; the method PRI    | 400    | RFC 3986 §2; RFC 9113 §3.4  |
 * | TRACE                                                     | 405    | it would show what the proxy added |
 * | `Upgrade` in HTTP/1.0                                     | read as if it were not there | RFC 9110 §7.8 |
 * | extended CONNECT for `websocket`                          | read as the GET of an upgrade | RFC 8441 §5 |
 *
 * @param headLimit octets of all names and values in HTTP/2; 431 beyond
 */
export function readRequestHead(
  request: ServerRequest,
  given: GivenHead | null = null,
  headLimit: number = Infinity,
): RequestHead | Refusal {
  // A request line can say HTTP/2.0, and is none of HTTP/2.
  const isHttp2 = request instanceof Http2ServerRequest;
  const protocol = isHttp2 ? '2' : request.httpVersion;
  if (protocol !== '1.1' && protocol !== '1.0' && protocol !== '2') return refuse(505, 'HTTP version');
  const isExtended = isHttp2 && request.headers[':protocol'] !== undefined;
  const method = isExtended ? 'GET' : (request.method ?? '');
  // RFC 9113 §3.4: PRI is what a connection of HTTP/2 begins with, and no method.
  if (!/^[\w!#$%&'*+.^`|~-]{1,40}$/.test(method) || method === 'PRI') return refuse(400, 'method');
  if (method === 'TRACE') return refuse(405, 'TRACE');
  // Those of HTTP/1.1 are bounded by its parser; of HTTP/2 nghttp2 bounds each field, and not their sum.
  if (isHttp2 && octetsOf(request.rawHeaders) > headLimit) return refuse(431, 'the head is too large');
  const fields = readFields(given?.rawHeaders ?? request.rawHeaders);
  if ('status' in fields) return fields;
  const target = readTarget(given?.target ?? request.url ?? '');
  if ('status' in target) return target;
  const coding = fields.transferEncoding;
  if (coding !== null) {
    if (protocol !== '1.1' || coding === '') return refuse(400, 'Transfer-Encoding');
    if (!/^[\t ]*chunked[\t ]*$/i.test(coding)) return refuse(501, 'transfer coding');
  }
  const named = isHttp2 ? (request.headers[':authority'] ?? fields.host) : fields.host;
  if (isHttp2 && fields.host !== null && fields.host !== named)
    return refuse(400, ':authority and host differ');
  const authority = target.authority ?? named ?? null;
  // RFC 9112 §3.2: absolute-form has a Host beside it, too.
  if ((isHttp2 ? authority : fields.host) === null && protocol !== '1.0') return refuse(400, 'no Host');
  const hostname = authority === null ? null : hostnameOf(authority);
  if (authority !== null && hostname === null) return refuse(400, 'Host');
  const length = fields.contentLength === null ? 0 : readLength(fields.contentLength);
  if (length === null) return refuse(400, 'Content-Length');
  const hopsLeft = method === 'OPTIONS' ? hopsLeftOf(fields.headers) : null;
  return {
    method,
    target: target.target,
    path: target.path,
    authority,
    hostname,
    headers: withoutNamed(fields.headers, namedByConnection(fields.connection)),
    claimed: fields.claimed,
    requestId: fields.requestId,
    hasBody: isHttp2 ? !isExtended && !request.stream.endAfterHeaders : coding !== null || length > 0,
    contentLength: fields.contentLength === null ? null : length,
    hopsLeft,
    upgrade: isHttp2 ? (isExtended ? 'websocket' : null) : upgradeOf(fields, protocol),
    protocol,
  };
}

function octetsOf(raw: readonly string[]): number {
  let octets = 0;
  for (const each of raw) octets += each.length;
  return octets;
}

interface Fields {
  readonly headers: string[];
  readonly claimed: ClaimedHops;
  readonly connection: readonly string[];
  readonly host: string | null;
  readonly transferEncoding: string | null;
  readonly contentLength: string | null;
  readonly upgrade: string | null;
  readonly requestId: string | null;
}

/** More fields than this are nobody's. */
const mostFields = 256;

/** What undici and Node's own writer refuse as a value. */
const notAValue = /[^\t\x20-\x7e\x80-\xff]/;

function readFields(raw: readonly string[]): Fields | Refusal {
  if (raw.length > 2 * mostFields) return refuse(431, 'too many fields');
  const headers: string[] = [];
  const lists: Record<string, string[]> = {};
  const single: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const given = raw[at] as string;
    const value = raw[at + 1] as string;
    const { name, role } = fieldOf(given);
    if (role === 'pseudo') continue;
    if (notAValue.test(value)) return refuse(400, 'a field value');
    if (role === 'plain') headers.push(given, value);
    else if (role === 'once') {
      if (single[name] !== undefined) {
        if (name !== 'transfer-encoding') return refuse(400, `${name} twice`);
        single[name] += `, ${value}`;
      } else single[name] = value;
      if (name === 'content-length') headers.push(given, value);
    } else if (role === 'first') single[name] ??= value;
    else if (role === 'list') (lists[name] ??= []).push(value);
    else if (name === 'expect' && !/^100-continue$/i.test(value)) return refuse(417, 'Expect');
  }
  // RFC 9113 §8.2.3: crumbs become one field where they leave HTTP/2.
  const { cookie, connection = none, forwarded = none, 'x-forwarded-for': forwardedFor = none } = lists;
  if (cookie !== undefined) headers.push('cookie', cookie.join('; '));
  return {
    headers,
    connection,
    claimed: {
      forwarded,
      forwardedFor,
      proto: single['x-forwarded-proto'] ?? null,
      host: single['x-forwarded-host'] ?? null,
    },
    host: single['host'] ?? null,
    transferEncoding: single['transfer-encoding'] ?? null,
    contentLength: single['content-length'] ?? null,
    upgrade: single['upgrade'] ?? null,
    requestId: single['x-request-id'] ?? null,
  };
}

const none: readonly string[] = [];

/**
 * What a field is to the proxy.
 *
 * | role     | fields                                                     | handed on                        |
 * |----------|------------------------------------------------------------|----------------------------------|
 * | `plain`  | any other                                                  | as it came                       |
 * | `once`   | `Host`, `Content-Length`, `Transfer-Encoding`              | by the proxy; refused when twice |
 * | `first`  | `X-Forwarded-Host`, `-Proto`, `X-Request-Id`, `Upgrade`    | the proxy writes its own         |
 * | `list`   | `Connection`, `Cookie`, `Forwarded`, `X-Forwarded-For`     | joined, or the proxy's own       |
 * | `pseudo` | those of HTTP/2                                            | no                               |
 * | `own`    | for this connection, or to say who asked; `Proxy`, which CGI takes for its own setting (CVE-2016-5385); one of the others with `_` for `-` | no |
 */
type Role = 'plain' | 'once' | 'first' | 'list' | 'pseudo' | 'own';

interface Field {
  /** In lower case. */
  readonly name: string;
  readonly role: Role;
}

const roles: Readonly<Record<string, Role>> = {
  __proto__: null as never,
  host: 'once',
  'content-length': 'once',
  'transfer-encoding': 'once',
  'x-forwarded-host': 'first',
  'x-forwarded-proto': 'first',
  'x-request-id': 'first',
  upgrade: 'first',
  connection: 'list',
  cookie: 'list',
  forwarded: 'list',
  'x-forwarded-for': 'list',
  expect: 'own',
  proxy: 'own',
};

/** Fields by their names as they came: the same ones come with every request. */
const fields = new Map<string, Field>();
const mostKnownFields = 1000;

function fieldOf(given: string): Field {
  const known = fields.get(given);
  if (known !== undefined) return known;
  const name = given.toLowerCase();
  // CGI and WSGI take `_` for `-`, and such a name for the field that the proxy has read, or written.
  const isMistaken = name.includes('_') && roleOf(name.replaceAll('_', '-')) !== 'plain';
  const field = { name, role: isMistaken ? 'own' : roleOf(name) } as const;
  if (fields.size >= mostKnownFields) fields.clear();
  if (given.length <= 100) fields.set(given, field);
  return field;
}

/** @param name lower case */
function roleOf(name: string): Role {
  if (name.startsWith(':')) return 'pseudo';
  return roles[name] ?? (isHopByHop(name) || isForwardedField(name) ? 'own' : 'plain');
}

interface Target {
  readonly target: string;
  readonly path: string;
  readonly authority: string | null;
}

function readTarget(url: string): Target | Refusal {
  const [, authority, rest] = url.startsWith('/') ? [] : (/^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []);
  const written = authority === undefined ? url : (rest ?? '');
  const target = authority !== undefined && !written.startsWith('/') ? `/${written}` : written;
  if (!target.startsWith('/') || !/^[\x21-\x7e]+$/.test(target) || target.includes('#')) {
    return refuse(400, 'request target');
  }
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  // What some servers take for a slash (WHATWG URL §4.4, those that decode first) is one here, too.
  if (path.includes('\\')) return refuse(400, 'a backslash');
  if (/(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:[/;]|%2f|%5c|$)/i.test(path)) return refuse(400, 'a dot segment');
  if (path.includes('%00')) return refuse(400, 'a NUL');
  return { target, path, authority: authority ?? null };
}

/** RFC 9110 §7.6.2: counts this hop in a flat list of names and values. What is no number is handed on as it came. */
function hopsLeftOf(headers: string[]): number | null {
  let left: number | null = null;
  for (let at = 0; at < headers.length; at += 2) {
    const value = headers[at + 1] ?? '';
    if (headers[at]?.toLowerCase() !== 'max-forwards' || !/^\d{1,9}$/.test(value)) continue;
    left = Math.min(left ?? Infinity, Number(value));
    headers[at + 1] = String(Math.max(0, Number(value) - 1));
  }
  return left;
}

/** Null for what cannot be counted. */
function readLength(text: string): number | null {
  const length = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(length) ? length : null;
}

/** Hosts by what named them: the same ones come with every request. */
const hosts = new Map<string, string | null>();
const mostKnownHosts = 1000;

function hostnameOf(authority: string): string | null {
  const known = hosts.get(authority);
  if (known !== undefined) return known;
  const hostname = readHostname(authority);
  if (hosts.size >= mostKnownHosts) hosts.clear();
  if (authority.length <= 100) hosts.set(authority, hostname);
  return hostname;
}

/** uri-host and port (RFC 9110 §7.2), as names on certificates can be: no percent-encoding, no sub-delims. */
function readHostname(authority: string): string | null {
  const [, v6, name, port] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?))(?::(\d{0,5}))?$/i.exec(authority) ?? [];
  if (Number(port ?? 0) > 65_535 || (name !== undefined && name.length > 254)) return null;
  return (v6 ?? name?.replace(/\.$/, ''))?.toLowerCase() ?? null;
}

/**
 * h2c is not handed on: the upstream would speak HTTP/2 behind the proxy's back, with requests that nobody reads; nor
 * are TLS and other versions of HTTP, which are between two neighbours.
 */
function upgradeOf({ upgrade, connection }: Fields, protocol: string): string | null {
  // RFC 9110 §7.8: in HTTP/1.0 it is ignored.
  if (upgrade === null || protocol === '1.0') return null;
  const asks = connection.some((value) => /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(value));
  if (!asks || !/^[\w!#$%&'*+.^`|~/-]{1,100}$/.test(upgrade)) return null;
  return /^(?:h2c?|http|tls)(?:\/|$)/i.test(upgrade) ? null : upgrade;
}

function refuse(status: number, reason: string): Refusal {
  return { status, reason };
}
