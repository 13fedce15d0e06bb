import { NotRead } from '../formats/format.ts';
import { endOfLua } from './lua.ts';

/** A word of a directive, with quotes and escapes undone, and where it stands with them. */
interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** `name words… ;` or `name words… { … }`. */
export interface Directive {
  readonly name: string;
  readonly words: readonly Word[];
  readonly start: number;
  /** Behind its last word. */
  readonly end: number;
  /** Where it stands. */
  readonly level: Level;
  /** What stands in its braces; null for a directive that ends with `;`, and for Lua. */
  readonly block: Level | null;
}

/** What stands between two braces, or in the whole file. */
export interface Level {
  /** The name of the directive that opens it; null for the file. */
  readonly name: string | null;
  readonly above: Level | null;
  readonly directives: Directive[];
}

/** Nobody nests deeper; a file that does is no configuration. */
const deepest = 100;

/**
 * Reads a configuration as nginx itself does (`ngx_conf_read_token`): words end at space, `;` and `{`; quotes hold at the
 * start of a word alone, and what follows one is space, `;`, `{` or `)`; `${` opens no block; a backslash takes the
 * meaning of what is behind it. What stands in a `…_by_lua_block` is Lua.
 *
 * @throws {NotRead} where nginx would not start, in nginx's words
 */
export function readNginx(text: string): Level {
  const root: Level = { name: null, above: null, directives: [] };
  let level = root;
  let depth = 0;
  let words: Word[] = [];
  let at = 0;

  const take = (block: Level | null): void => {
    const [name, ...rest] = words;
    if (name === undefined) throw new NotRead(`unexpected "${text[at]}"`, at);
    const { end } = rest.at(-1) ?? name;
    level.directives.push({ name: name.text, words: rest, start: name.start, end, level, block });
    words = [];
  };

  while (at < text.length) {
    const sign = text[at] as string;
    if (isSpace(sign)) {
      at++;
    } else if (sign === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (sign === ';') {
      take(null);
      at++;
    } else if (sign === '{') {
      const name = words[0]?.text ?? '';
      if (name.endsWith('_by_lua_block')) {
        take(null);
        at = endOfLua(text, at + 1);
        continue;
      }
      const inner: Level = { name, above: level, directives: [] };
      take(inner);
      level = inner;
      if (++depth > deepest) throw new NotRead(`blocks are nested more than ${deepest} deep`, at);
      at++;
    } else if (sign === '}') {
      if (words.length > 0 || level.above === null) throw new NotRead('unexpected "}"', at);
      level = level.above;
      depth--;
      at++;
    } else {
      const word = sign === '"' || sign === "'" ? quotedWord(text, at) : plainWord(text, at);
      words.push(word);
      at = word.end;
    }
  }
  if (words.length > 0) throw new NotRead('unexpected end of file, expecting ";" or "}"', words[0]?.start);
  if (level !== root) throw new NotRead('unexpected end of file, expecting "}"', text.length);
  return root;
}

function quotedWord(text: string, start: number): Word {
  const quote = text[start] as string;
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  if (at >= text.length) throw new NotRead('unexpected end of file: a quote is not closed', start);
  const next = text[at + 1] ?? '\n';
  if (!isSpace(next) && !';{)'.includes(next)) throw new NotRead(`unexpected "${next}"`, at + 1);
  return { text: unescaped(text.slice(start + 1, at)), start, end: at + 1 };
}

function plainWord(text: string, start: number): Word {
  let at = start;
  while (at < text.length) {
    const sign = text[at] as string;
    if (sign === '\\') at += 2;
    else if (sign === '$' && text[at + 1] === '{') at += 2;
    else if (isSpace(sign) || sign === ';' || sign === '{') break;
    else at++;
  }
  const end = Math.min(at, text.length);
  return { text: unescaped(text.slice(start, end)), start, end };
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\(["'\\trn])/g, (_, sign: string) => ({ t: '\t', r: '\r', n: '\n' })[sign] ?? sign);
}

function isSpace(sign: string): boolean {
  return sign === ' ' || sign === '\t' || sign === '\r' || sign === '\n';
}
