/**
 * Whether a `checkServerIdentity` agrees to every certificate, as its source says. Node refuses when it throws, or gives
 * back anything that is true (`onConnectSecure` in lib/_tls_wrap). So it agrees when it
 *
 * | does                                                         | or else                                         |
 * |--------------------------------------------------------------|-------------------------------------------------|
 * | give back only what is false, in every `return`              | it may give back an error                       |
 * | never name the certificate, its second argument              | it may compare it, or keep it for later         |
 * | never throw, and call nothing but what logs                  | what it calls may know the certificate, and throw |
 *
 * Whatever cannot be told is taken to know what it does: a wrong alarm about a right check would teach people to ignore
 * alarms. It is not called: it is the program's, and may do anything.
 */
export function alwaysAgrees(check: unknown): boolean {
  if (typeof check !== 'function') return false;
  const known = judged.get(check);
  if (known !== undefined) return known;
  const agrees = check === Function.prototype || saysNothing(Function.prototype.toString.call(check));
  judged.set(check, agrees);
  return agrees;
}

const judged = new WeakMap<object, boolean>();

/** More source than this is no function that does nothing. */
const longest = 2000;

function saysNothing(source: string): boolean {
  if (source.length > longest || source.includes('[native code]')) return false;
  const bare = source
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*/g, (text) =>
      text.startsWith('/') ? ' ' : text.length === 2 ? '""' : '"s"',
    )
    .trim();
  if (/\b(?:arguments|throw|yield|await|eval)\b|\.\.\.|`/.test(bare)) return false;
  const parts = partsOf(bare);
  if (parts === null) return false;
  const { parameters, body, isBlock } = parts;
  // A function within, or a pattern that takes the certificate apart.
  if (/=>|\b(?:function|class)\b/.test(body) || /[{[]/.test(parameters)) return false;
  const certificate = /^[\w$]+/.exec(parameters.split(',')[1]?.trim() ?? '')?.[0];
  if (certificate !== undefined && names(body, certificate)) return false;
  if (!isBlock) return isFalse(body) || (/^console\.\w+\([^()]*\)$/.test(body) && onlyLogs(body));
  const returned = [...body.matchAll(/\breturn\b[^\S\n]*([^;}\n]*)/g)].map(([, value = '']) => value);
  return returned.every(isFalse) && onlyLogs(body);
}

interface Parts {
  readonly parameters: string;
  readonly body: string;
  /** A block; else the expression of an arrow function. */
  readonly isBlock: boolean;
}

/** A function taken apart; null when it is none of the plain kinds: one that is `async` gives back a promise, which is true. */
function partsOf(source: string): Parts | null {
  const [, one, several, arrow] = /^(?:([\w$]+)|\(([^()]*)\))\s*=>\s*([^]*)$/.exec(source) ?? [];
  if (arrow !== undefined) {
    const isBlock = arrow.startsWith('{');
    return { parameters: one ?? several ?? '', body: arrow.trim(), isBlock };
  }
  const [, head = '', parameters = '', body] = /^([^(){}=]*)\(([^()]*)\)\s*(\{[^]*\})$/.exec(source) ?? [];
  if (body === undefined || /\basync\b|\*|^(?:get|set|class)\s/.test(head)) return null;
  return { parameters, body, isBlock: true };
}

function isFalse(value: string): boolean {
  return /^(?:|undefined|null|false|0|""|void\s+[\w."]+|\((?:undefined|null|false|void\s+0)\))$/.test(
    value.trim(),
  );
}

function onlyLogs(body: string): boolean {
  const calls = [...body.matchAll(/([\w$.?]+)\s*(?:\?\.)?\(/g)].map(([, callee = '']) => callee);
  if (/\bnew\b|[)\]]\s*\(/.test(body)) return false;
  return calls.every((callee) =>
    /^(?:if|for|while|switch|return)$|^console\.\w+$|(?:^|\.)(?:log|debug|info|warn|trace)$/.test(callee),
  );
}

function names(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(text);
}
