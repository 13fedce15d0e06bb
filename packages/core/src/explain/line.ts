/**
 * A line of a log as the lines a person would have seen: colours removed, JSON and inspected strings unescaped
 * (twice wrapped ones too), and `\n` inside of them made real line ends again. Each step is linear in the line.
 */
export function unfold(line: string): string[] {
  let text = line.includes('\u001b') ? line.replace(colour, '') : line;
  if (text.includes('\\')) {
    for (let depth = 0; depth < 4 && escaped(text); depth++) text = text.replace(escape, unescape);
  }
  if (text.includes('&')) text = text.replace(entity, (_, name: string) => entities[name] ?? '');
  return text.includes('\n') || text.includes('\r') ? text.split(/\r\n|\r|\n/) : [text];
}

/**
 * Whether a line goes on with what the line before it began: a stack frame, a property of an inspected error.
 * Prefixes of containers and package managers are looked through.
 */
export function continues(line: string): boolean {
  return continuation.test(line.length > 200 ? line.slice(0, 200) : line);
}

// eslint-disable-next-line no-control-regex
const colour = /\u001b\[[0-9;?]*[A-Za-z]/g;

const escape = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g;

const entity = /&(#39|#x27|apos|quot|amp|lt|gt);/g;
const entities: Readonly<Record<string, string>> = {
  '#39': "'",
  '#x27': "'",
  apos: "'",
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
};

const continuation =
  /^(?:npm (?:ERR!|error) ?|[\w.-]{1,60} {0,20}\| ?)?(?:\s|[}\])]|$|at |for call at|reason: |cause|caused by|Caused by|\[cause\]|Emitted 'error'|Node\.js v|code:|errno:|syscall:|npm (?:ERR!|error))/;

/**
 * A message as Node makes it keeps escapes of its own in `DNS:"…\u002c…"`; they must not be undone. So only text in
 * which quotes or line ends are escaped, as they are inside JSON and inspected strings, is unescaped.
 */
function escaped(text: string): boolean {
  if (text.includes('\\n')) return true;
  return text.includes('\\"') && inString.test(text);
}

const inString = /^[\s,]*[[{"'`]|[{,] ?\\*"|["\w\]]\\*: ?\\*["'`]|="/;

function unescape(
  whole: string,
  unicode: string | undefined,
  hex: string | undefined,
  character: string,
): string {
  const code = unicode ?? hex;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (character === 'n') return '\n';
  if (character === 'r') return '\r';
  if (character === 't') return '\t';
  return character === 'u' || character === 'x' ? whole : character;
}
