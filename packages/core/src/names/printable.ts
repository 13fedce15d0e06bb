// C0, DEL, C1, and the characters that reorder or hide text (bidi controls, zero width, line separators, tags).
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;

/**
 * Text that came from the network or from a user, made safe to print: control characters, ANSI escapes, bidi
 * controls and invisible characters become `\xNN` or `\u{NNNN}`; anything beyond `limit` UTF-16 units is cut with `…`.
 */
export function printable(text: string, limit = 300): string {
  const cut = text.length > limit ? text.slice(0, limit) + '…' : text;
  return cut.replace(unprintable, escape);
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
