/**
 * Breaks a text into lines of at most `width` columns, at spaces; a word that is wider than a line is broken after a
 * dot in its second half, or else anywhere.
 * The text has no line breaks of its own. Always at least one line.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (columns(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakWord(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.map((each) => each.trimEnd());
}

/** {@link wrap} behind a `first` prefix; later lines are indented by as many columns. */
export function wrapAfter(first: string, text: string, width: number): string[] {
  const indent = ' '.repeat(columns(first));
  return wrap(text, Math.max(8, width - indent.length)).map((line, index) =>
    `${index === 0 ? first : indent}${line}`.trimEnd(),
  );
}

/** {@link wrapAfter} for parts with ` · ` between them: a part that fits on a line is not broken. */
export function wrapParts(
  first: string,
  parts: readonly string[],
  separator: string,
  width: number,
): string[] {
  const room = Math.max(8, width - columns(first));
  const sign = separator.trimEnd();
  const lines: string[] = [];
  let line = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const joined = `${line}${separator}${part}`;
    if (columns(joined) <= room) {
      line = joined;
    } else {
      lines.push(columns(line + sign) <= room ? line + sign : line);
      line = part;
    }
  }
  lines.push(line);
  return lines.flatMap((each, index) =>
    wrapAfter(index === 0 ? first : ' '.repeat(columns(first)), each, width),
  );
}

/** The columns that a text takes in a terminal: East Asian wide characters take 2, combining marks none. */
export function columns(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) if (!/\p{M}/u.test(character)) width += wide.test(character) ? 2 : 1;
  return width;
}

/** Spaces after the text up to `width` columns. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** Spaces before the text up to `width` columns. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** The blocks of Unicode that are wide (UAX #11), as far as names and messages can hold them. */
const wide =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u26a1\u26ce\u2705\u274c\u2757\u2795-\u2797\u2b50\u2b55\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18fff}\u{1aff0}-\u{1b2ff}\u{1f004}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function breakWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && columns(piece + character) > width) {
      const dot = piece.lastIndexOf('.') + 1;
      const cut = dot > piece.length / 2 ? dot : piece.length;
      pieces.push(piece.slice(0, cut));
      piece = piece.slice(cut);
    }
    piece += character;
  }
  pieces.push(piece);
  return pieces;
}
