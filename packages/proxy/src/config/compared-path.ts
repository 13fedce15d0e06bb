/**
 * A path as it is compared with others, which is never what is handed on: `%61` is `a` (RFC 3986 §6.2.2.2, unreserved
 * characters), `%2f` is `%2F` (§6.2.2.1), and several slashes are one, as most servers read them. Case stands.
 */
export function comparedPath(path: string): string {
  const decoded = path.includes('%') ? path.replace(/%[\da-f]{2}/gi, decodedUnreserved) : path;
  return decoded.includes('//') ? decoded.replace(/\/{2,}/g, '/') : decoded;
}

function decodedUnreserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
}
