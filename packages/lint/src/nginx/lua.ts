import { NotRead } from '../formats/format.ts';

/** `[[`, `[==[`, and the same behind the dashes of a comment. */
const opening = /(?:--)?\[(=*)\[/y;

/**
 * Where a block of Lua ends whose `{` is in front of `from`: behind the `}` that closes it. Braces in strings, long
 * strings and comments are none.
 *
 * @throws {NotRead} for one that nothing closes
 */
export function endOfLua(text: string, from: number): number {
  let depth = 1;
  const signs = /[{}'"[]|--/g;
  signs.lastIndex = from;
  for (let match = signs.exec(text); match !== null; match = signs.exec(text)) {
    const { 0: sign, index } = match;
    if (sign === '{') depth++;
    else if (sign === '}') depth--;
    else if (sign === '"' || sign === "'") signs.lastIndex = endOfString(text, index);
    else signs.lastIndex = endOfLong(text, index) ?? (sign === '[' ? index + 1 : endOfLine(text, index));
    if (depth === 0) return signs.lastIndex;
  }
  throw new NotRead('unexpected end of file: a block of Lua is not closed', from);
}

/** A string ends with its line at the latest. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start] && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfLong(text: string, start: number): number | null {
  opening.lastIndex = start;
  const match = opening.exec(text);
  if (match === null) return null;
  const close = `]${match[1] ?? ''}]`;
  const end = text.indexOf(close, opening.lastIndex);
  return end === -1 ? text.length : end + close.length;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}
