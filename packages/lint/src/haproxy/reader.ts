import { NotRead } from '../formats/format.ts';

/** A word of a line, with quotes and escapes undone, and where it stands with them. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether it is all written here: no variable of the environment, and nothing of a template. */
  readonly isKnown: boolean;
}

/** A line with at least one word. */
export type Line = readonly [Word, ...Word[]];

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const template = /\{\{[^{}\n]*\}\}|<%[^%\n]*%>/y;

/**
 * Reads a configuration line by line, as HAProxy does: words end at spaces; a backslash takes the meaning of what is
 * behind it, but in strong quotes; weak quotes let variables of the environment in; a `#` outside of quotes begins a
 * comment, in the middle of a word too.
 *
 * @throws {NotRead} for a quote that its line does not close
 */
export function* readHaproxy(text: string): Generator<Line> {
  let at = 0;
  while (at < text.length) {
    const words: Word[] = [];
    for (;;) {
      while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r') at++;
      const sign = text[at];
      if (sign === undefined || sign === '\n') break;
      if (sign === '#') {
        const end = text.indexOf('\n', at);
        at = end === -1 ? text.length : end;
        break;
      }
      const word = readWord(text, at);
      words.push(word);
      at = word.end;
    }
    at++;
    const [first, ...rest] = words;
    if (first !== undefined) yield [first, ...rest];
  }
}

function readWord(text: string, start: number): Word {
  const parts: string[] = [];
  let from = start;
  let quote: { readonly sign: string; readonly at: number } | null = null;
  let isKnown = true;
  let at = start;
  const take = (until: number, next: number): void => {
    if (until > from) parts.push(text.slice(from, until));
    from = next;
    at = next;
  };
  for (; at < text.length;) {
    const sign = text[at] as string;
    if (sign === '\n' || (quote === null && isEnd(sign))) break;
    if (sign === '\\' && quote?.sign !== "'") {
      take(at, at + 1);
      const { length, value } = escapeAt(text, at);
      if (value !== null) {
        parts.push(value);
        from = at + length;
      } else {
        parts.push('\\');
      }
      at += length;
    } else if (quote === null ? sign === '"' || sign === "'" : sign === quote.sign) {
      quote = quote === null ? { sign, at } : null;
      take(at, at + 1);
    } else {
      template.lastIndex = at;
      const isTemplate = (sign === '{' || sign === '<') && template.test(text);
      if (isTemplate || (sign === '$' && quote !== null && quote.sign === '"')) isKnown = false;
      at = isTemplate ? template.lastIndex : at + 1;
    }
  }
  if (quote !== null) throw new NotRead('HAProxy does not start: a quote is not closed', quote.at);
  take(at, at);
  return { text: parts.join(''), start, end: at, isKnown };
}

function isEnd(sign: string): boolean {
  return sign === ' ' || sign === '\t' || sign === '#' || sign === '\r';
}

/** What is behind a backslash, and how long it is; null for what the backslash stays in front of. */
function escapeAt(text: string, at: number): { readonly length: number; readonly value: string | null } {
  const sign = text[at] ?? '\n';
  if (sign === '\n') return { length: 0, value: null };
  const known = escapes[sign];
  if (known !== undefined) return { length: 1, value: known };
  const hex = sign === 'x' ? /^[\da-f]{2}/i.exec(text.slice(at + 1, at + 3))?.[0] : undefined;
  if (hex !== undefined) return { length: 3, value: String.fromCharCode(Number.parseInt(hex, 16)) };
  return ' \t#\\"\'$'.includes(sign) ? { length: 1, value: sign } : { length: 1, value: null };
}
