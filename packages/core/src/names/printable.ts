// Controls (ANSI escapes are made of them), characters that reorder text or have no width of their own, lone
// surrogates, line and paragraph separators, and every other character that is drawn as nothing.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts are this, and need not wait for the tables of Unicode behind the other pattern. */
const plainAscii = /^[\x20-\x7e]*$/;

/**
 * Text that came from the network or from a user, made safe to print: control characters, ANSI escapes, bidi
 * controls and invisible characters become `\xNN` or `\u{NNNN}`; anything beyond `limit` UTF-16 units is cut with `…`.
 */
export function printable(text: string, limit = 300): string {
  const cut = text.length > limit ? text.slice(0, limit) + '…' : text;
  return plainAscii.test(cut) ? cut : cut.replace(unprintable, escape);
}

/**
 * A name of a certificate where several stand in a row: in quotes when it holds what parts them, so that one name is
 * never taken for two.
 */
export function listedName(name: string, limit = 300): string {
  const shown = printable(name, limit);
  return /[\s,"]/.test(shown) ? `"${shown.replaceAll('"', '\\"')}"` : shown;
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
