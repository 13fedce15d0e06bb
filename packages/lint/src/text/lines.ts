import { Passage } from './passage.ts';

/** A line of a file of settings: `name = value`, in its section. */
export interface Line {
  /** `http "https://git.example/"` of `[http "https://git.example/"]`; empty before the first. */
  readonly section: string;
  readonly name: Passage;
  /** Without quotes; null where there is no sign between, or nothing behind it. */
  readonly value: Passage | null;
  /** Both. */
  readonly whole: Passage;
}

/**
 * The lines of a file like those of git, npm, pip and curl. Lines that begin with `#` or `;` are comments. No library
 * that reads them on every line of Node says where they stand.
 */
export function* linesOf(text: string, sign: '=' | ' ' | '=: ' = '='): Generator<Line, void> {
  let section = '';
  const between = { '=': /\s*=\s*/, ' ': /\s+/, '=: ': /\s*[=:]\s*|\s+/ }[sign];
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const lead = line.length - line.trimStart().length;
    const content = line.trim();
    if (content === '' || /^[#;]/.test(content)) continue;
    const head = /^\[\s*([^\]]*?)\s*\]/.exec(content);
    if (head !== null) {
      section = head[1] ?? '';
      continue;
    }
    const whole = Passage.at(content, index + lead);
    const split = between.exec(content);
    const name = unquoted(split === null ? whole : whole.slice(0, split.index));
    const given = split === null ? null : whole.slice(split.index + split[0].length);
    yield { section, name, value: given === null || given.text === '' ? given : unquoted(given), whole };
  }
}

function unquoted(passage: Passage): Passage {
  const match = /^(["'])(.*)\1$/.exec(passage.text);
  return match === null ? passage : passage.slice(1, passage.text.length - 1);
}
