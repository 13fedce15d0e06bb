import { isHopByHop, namedByConnection, withoutNamed } from './hop-by-hop.ts';

/** The head of an upstream's answer, ready to be handed on. */
export interface AnswerHeaders {
  /** Names and values in turns, each as it came. */
  readonly headers: string[];
  /**
   * Whether there is a transfer coding that the request did not offer (RFC 9110 §10.1.4): nobody takes it off, and what
   * is handed on would not say that it is there.
   */
  readonly isCoded: boolean;
  readonly upgrade: string | null;
}

/** What a trailer must not be (RFC 9110 §6.5.1): framing, routing, or for the connection. */
const neverTrailer: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'content-range',
  'content-type',
  'host',
  'set-cookie',
]);

/** Reads the fields of an answer, as undici has them: octets, names and values in turns. */
export function answerHeaders(
  raw: readonly Uint8Array[] | readonly string[] | null,
  status = 200,
): AnswerHeaders {
  const headers: string[] = [];
  let connection: string[] | null = null;
  let upgrade: string | null = null;
  let isCoded = false;
  const fields = texts(raw ?? []);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    const value = fields[at + 1] ?? '';
    const role = roleOf(name);
    if (role === 'plain') headers.push(name, value);
    else if (role === 'connection') (connection ??= []).push(value);
    else if (role === 'upgrade') upgrade = value;
    else if (role === 'coding') isCoded ||= !/^chunked$/i.test(value);
    // RFC 9110 §8.6: there is none where there is no body.
    else if (role === 'length' && status >= 200 && status !== 204) headers.push(name, value);
  }
  const named = connection === null ? null : namedByConnection(connection);
  return { headers: withoutNamed(headers, named), isCoded, upgrade };
}

/** What a field of an answer is to the proxy; `own` for those of one connection. */
type Role = 'plain' | 'connection' | 'upgrade' | 'coding' | 'length' | 'own';

const special: Readonly<Record<string, Role>> = {
  __proto__: null as never,
  connection: 'connection',
  upgrade: 'upgrade',
  'transfer-encoding': 'coding',
  'content-length': 'length',
};

/** Roles by names as they came: the same ones come with every answer. */
const roles = new Map<string, Role>();
const mostKnown = 1000;

function roleOf(given: string): Role {
  const known = roles.get(given);
  if (known !== undefined) return known;
  const name = given.toLowerCase();
  const role = special[name] ?? (isHopByHop(name) ? 'own' : 'plain');
  if (roles.size >= mostKnown) roles.clear();
  if (given.length <= 100) roles.set(given, role);
  return role;
}

/** The trailers of an answer that may be handed on, as names and values. */
export function answerTrailers(raw: readonly Uint8Array[] | readonly string[] | null): [string, string][] {
  const trailers: [string, string][] = [];
  for (let at = 0; raw !== null && at < raw.length; at += 2) {
    const name = text(raw[at]);
    const lower = name.toLowerCase();
    if (!isHopByHop(lower) && !neverTrailer.has(lower)) trailers.push([name, text(raw[at + 1])]);
  }
  return trailers;
}

/** Fields that Node writes once alone in HTTP/2. */
const once: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
]);

/** Those of them that are lists (RFC 9110 §5.3). */
const lists: ReadonlySet<string> = new Set(['content-encoding', 'content-language']);

/** Names to values. A field that came several times has a list; one that is no list has what came first. */
export function byName(headers: readonly string[]): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [(headers[at] ?? '').toLowerCase(), headers[at + 1] ?? ''];
    const before = found[name];
    if (before === undefined) found[name] = value;
    else if (lists.has(name)) found[name] = `${String(before)}, ${value}`;
    else if (!once.has(name)) found[name] = [before, value].flat();
  }
  return found;
}

/** Fields are octets (RFC 9110 §5.5): each is one character here. */
function text(octets: Uint8Array | string | undefined): string {
  if (typeof octets === 'string') return octets;
  return octets === undefined ? '' : (octets as Buffer).toString('latin1');
}

/** Trailers for HTTP/2: each name once, which Node cannot refuse when it is too late to answer anything else. */
export function trailersByName(trailers: readonly (readonly [string, string])[]): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [given, value] of trailers) {
    const name = given.toLowerCase();
    const before = found[name];
    if (before === undefined) found[name] = value;
    else if (lists.has(name) || !once.has(name)) found[name] = `${before}, ${value}`;
  }
  return found;
}

/** Octets of a head that are read at once. */
const longestHead = 16_384;

/** Names and values. Those that came in one piece are parts of one text: a call for each of them costs more than it. */
function texts(raw: readonly Uint8Array[] | readonly string[]): readonly string[] {
  const [first] = raw;
  if (first === undefined || typeof first === 'string') return raw as readonly string[];
  const all = raw as readonly Buffer[];
  const { buffer, byteOffset: start } = first;
  let end = start;
  for (const each of all) {
    if (each.buffer !== buffer || each.byteOffset < end) return all.map(text);
    end = each.byteOffset + each.length;
  }
  if (end - start > longestHead) return all.map(text);
  const head = Buffer.from(buffer as ArrayBuffer, start, end - start).toString('latin1');
  const parts: string[] = [];
  for (const { byteOffset, length } of all) {
    parts.push(head.slice(byteOffset - start, byteOffset - start + length));
  }
  return parts;
}
