/**
 * Fields that are for one connection alone (RFC 9110 §7.6.1), and never handed on: those listed there, those that older
 * texts list (`Keep-Alive`, `Proxy-Connection`), and the credentials of a proxy (RFC 9110 §11.7.1).
 */
const always: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that frame or address a message: whoever lists them in `Connection` removes nothing of that (RFC 9110 §7.6.1). */
const neverNamed: ReadonlySet<string> = new Set([
  'close',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'upgrade',
]);

/** @param name lower case */
export function isHopByHop(name: string): boolean {
  return always.has(name);
}

/** The fields that values of `Connection` name beside the usual ones, in lower case; null for none. */
export function namedByConnection(values: readonly string[]): ReadonlySet<string> | null {
  let named: Set<string> | null = null;
  for (const value of values) {
    const text = value.toLowerCase();
    if (text === 'keep-alive' || text === 'close') continue;
    for (const part of text.split(',')) {
      const name = part.trim();
      if (name !== '' && !neverNamed.has(name)) (named ??= new Set()).add(name);
    }
  }
  return named;
}

/** Removes from a flat list of names and values what `Connection` names. */
export function withoutNamed(headers: string[], named: ReadonlySet<string> | null): string[] {
  if (named === null) return headers;
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!named.has(name.toLowerCase())) kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}
