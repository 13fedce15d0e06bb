import { NotRead } from '../formats/format.ts';
import { readNginx, type Level } from './reader.ts';

/** What Jinja, Liquid, Twig, Go (`{{ }}`, `{% %}`, `{# #}`) and ERB (`<% %>`) replace. */
const marks = /\{\{([^{}]*)\}\}|\{%([^%]*)%\}|\{#[^#]*#\}|<%([^%]*)%>/g;
const brings = /^[-=\s]*(?:include|import|render|block|call|template)\b/;
/** A directive of nginx that another file is behind. */
const include = 'include;';
/** A variable that nothing is known of. */
const variable = '$_';
/** How far is looked for the ends of a line. */
const near = 100;

/**
 * Reads a configuration, or the template of one: what its program writes into it is a variable that is not known, or, on
 * a line of its own, an included file. Both ways of a condition are read.
 *
 * @throws {NotRead} for what is neither
 */
export function readTemplate(text: string): Level {
  try {
    return readNginx(text);
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
    const masked = text.replace(marks, maskOf);
    if (masked !== text) {
      try {
        return readNginx(masked);
      } catch {
        // What nginx says of the file itself is what is told.
      }
    }
    throw new NotRead(`It is no configuration of nginx, which says of it: ${error.message}.`, error.at);
  }
}

/** As long as what it stands for, that places are those of the file. */
function maskOf(mark: string, value: string | undefined, ...rest: unknown[]): string {
  const [statement, code, offset, whole] = rest as [string | undefined, string | undefined, number, string];
  const word = standsAlone(whole, offset, mark.length)
    ? value !== undefined || brings.test(statement ?? code ?? '')
      ? include
      : ''
    : value !== undefined || code?.startsWith('=') === true
      ? variable
      : '';
  const shown = word.length <= mark.length ? word : '';
  // Nothing in it is a word, so that it ends none: `{{ host }}_name` is one.
  const filler = shown === variable ? '_' : ' ';
  return shown + mark.slice(shown.length).replace(/[^\r\n]/g, filler);
}

function standsAlone(text: string, offset: number, length: number): boolean {
  const before = text.slice(Math.max(0, offset - near), offset);
  const behind = text.slice(offset + length, offset + length + near);
  return /(?:^|\n)[ \t]*$/.test(before) && /^[ \t]*;?[ \t]*(?:#|\r?\n|$)/.test(behind);
}
