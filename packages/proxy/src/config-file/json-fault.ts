/** Where a text stops being JSON (RFC 8259), and why. */
export interface JsonFault {
  /** In characters from the beginning. */
  readonly at: number;
  readonly why: string;
}

type Awaited = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'end';

const token =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y;

/** Reads a text as JSON and builds nothing; null when it is. */
export function jsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  const afterValue = (): Awaited => (open.length === 0 ? 'end' : open.at(-1) === '{' ? ', or }' : ', or ]');
  let awaited: Awaited = 'value';
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    const end = found === null ? at : token.lastIndex;
    const start = at + (/^[ \t\r\n]*/.exec(text.slice(at, end || undefined))?.[0].length ?? 0);
    if (found === null) return otherFault(text, at, awaited);
    const [, sign, string] = found;
    const isValue = awaited === 'value' || awaited === 'value or ]';
    if (isValue && (sign === '{' || sign === '[')) {
      open.push(sign);
      awaited = sign === '{' ? 'key or }' : 'value or ]';
    } else if (isValue && sign === undefined) awaited = afterValue();
    else if (string !== undefined && awaited.startsWith('key')) awaited = ':';
    else if (sign === ':' && awaited === ':') awaited = 'value';
    else if (sign === ',' && awaited === ', or }') awaited = 'key';
    else if (sign === ',' && awaited === ', or ]') awaited = 'value';
    else if ((sign === '}' || sign === ']') && awaited.endsWith(sign)) {
      open.pop();
      awaited = afterValue();
    } else if (sign === '}' || sign === ']') {
      const isLate = awaited === 'key' || awaited === 'value';
      return { at: start, why: isLate ? `a comma before ${sign}` : expected(awaited) };
    } else return { at: start, why: expected(awaited) };
    at = end;
  }
}

function otherFault(text: string, from: number, awaited: Awaited): JsonFault | null {
  const at = from + (/^[ \t\r\n]*/.exec(text.slice(from))?.[0].length ?? 0);
  const rest = text.slice(at, at + 20);
  if (rest === '') return awaited === 'end' ? null : { at, why: `it ends where ${expected(awaited)}` };
  if (rest.startsWith('//') || rest.startsWith('/*') || rest.startsWith('#')) {
    return { at, why: 'JSON has no comments; YAML has' };
  }
  if (rest.startsWith("'")) return { at, why: 'strings stand in double quotes' };
  if (rest.startsWith('"')) return { at, why: 'a string that does not end, or with an escape that is none' };
  return { at, why: expected(awaited) };
}

function expected(awaited: Awaited): string {
  if (awaited === 'end') return 'nothing more is expected';
  return awaited.startsWith('key') ? `a ${awaited} in double quotes is expected` : `${awaited} is expected`;
}
