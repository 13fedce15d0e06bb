import { NotRead } from '../formats/format.ts';

/** A word, with quotes and escapes undone, and where it stands with them. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A line of a Caddyfile: what stands in its block is between it and the line that closes it. */
export interface Directive {
  readonly words: readonly [Word, ...Word[]];
  /** The line whose block it is in; null for one of the file. */
  readonly above: Directive | null;
  readonly below: Directive[];
}

const deepest = 100;
const heredoc = /<<([\w-]+)\r?\n/y;

/**
 * Reads a Caddyfile as Caddy does: a `{` by itself opens a block, and a `}` closes it; quotes and backticks hold at the
 * start of a word alone; a backslash in front of a line end goes on; a `#` at the start of a word begins a comment;
 * `<<NAME` takes the lines up to NAME. Caddy starts with blocks that nothing closes.
 *
 * @returns its lines, each behind the one whose block it is in
 * @throws {NotRead} where Caddy would not start
 */
export function readCaddyfile(text: string): readonly Directive[] {
  const all: Directive[] = [];
  let above: Directive | null = null;
  let depth = 0;
  const take = (words: readonly Word[]): Directive | null => {
    const [first, ...rest] = words;
    if (first === undefined) return null;
    const directive: Directive = { words: [first, ...rest], above, below: [] };
    all.push(directive);
    above?.below.push(directive);
    return directive;
  };
  for (const line of linesOf(text)) {
    let from = 0;
    for (const [index, word] of line.entries()) {
      if (word.text === '}') {
        take(line.slice(from, index));
        if (above === null) throw new NotRead('It is no Caddyfile: a } closes nothing', word.start);
        above = above.above;
        depth--;
      } else if (word.text === '{') {
        // A block without a name is that of the options.
        above = take(index === from ? [word] : line.slice(from, index));
        if (++depth > deepest) throw new NotRead(`It has blocks more than ${deepest} deep`, word.start);
      } else {
        continue;
      }
      from = index + 1;
    }
    take(line.slice(from));
  }
  return all;
}

function* linesOf(text: string): Generator<readonly Word[]> {
  let words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const sign = text[at] as string;
    if (sign === '\n') {
      if (words.length > 0) yield words;
      words = [];
      at++;
    } else if (isSpace(sign)) {
      at++;
    } else if (sign === '\\' && /^\r?\n/.test(text.slice(at + 1, at + 3))) {
      at = text.indexOf('\n', at) + 1;
    } else if (sign === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else {
      const word = sign === '"' || sign === '`' ? quotedWord(text, at) : plainWord(text, at);
      words.push(word);
      at = word.end;
    }
  }
  if (words.length > 0) yield words;
}

function quotedWord(text: string, start: number): Word {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += quote === '"' && text[at] === '\\' ? 2 : 1;
  const end = Math.min(at + 1, text.length);
  const raw = text.slice(start + 1, at);
  return { text: quote === '"' ? raw.replaceAll('\\"', '"') : raw, start, end };
}

function plainWord(text: string, start: number): Word {
  heredoc.lastIndex = start;
  const marker = text[start] === '<' ? heredoc.exec(text)?.[1] : undefined;
  if (marker !== undefined) {
    const found = text.indexOf(marker, heredoc.lastIndex);
    if (found === -1) throw new NotRead(`It is no Caddyfile: nothing ends <<${marker}`, start);
    return { text: text.slice(heredoc.lastIndex, found), start, end: found + marker.length };
  }
  let at = start;
  while (at < text.length && !isSpace(text[at] as string)) {
    // A line end behind a backslash ends the word, but not the line.
    if (text[at] === '\\' && /^\r?\n/.test(text.slice(at + 1, at + 3))) break;
    at++;
  }
  return { text: text.slice(start, at), start, end: at };
}

function isSpace(sign: string): boolean {
  return sign <= ' ' ? /\s/.test(sign) : false;
}
