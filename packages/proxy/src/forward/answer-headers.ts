import { isHopByHop, namedByConnection, withoutNamed } from './hop-by-hop.ts';

/** The head of an upstream's answer, ready to be handed on. */
export interface AnswerHeaders {
  /** Names and values in turns, each as it came. */
  readonly headers: string[];
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
export function answerHeaders(raw: readonly Uint8Array[] | readonly string[] | null): AnswerHeaders {
  const headers: string[] = [];
  const connection: string[] = [];
  let upgrade: string | null = null;
  for (let at = 0; raw !== null && at < raw.length; at += 2) {
    const given = text(raw[at]);
    const value = text(raw[at + 1]);
    const name = given.toLowerCase();
    if (name === 'connection') connection.push(value);
    else if (name === 'upgrade') upgrade = value;
    else if (!isHopByHop(name)) headers.push(given, value);
  }
  return { headers: withoutNamed(headers, namedByConnection(connection)), upgrade };
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

/** Names to values; a field that came several times has a list. */
export function byName(headers: readonly string[]): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [(headers[at] ?? '').toLowerCase(), headers[at + 1] ?? ''];
    const before = found[name];
    found[name] = before === undefined ? value : [before, value].flat();
  }
  return found;
}

/** Fields are octets (RFC 9110 §5.5): each is one character here. */
function text(octets: Uint8Array | string | undefined): string {
  if (typeof octets === 'string') return octets;
  return octets === undefined ? '' : (octets as Buffer).toString('latin1');
}
