/**
 * Whether a `checkServerIdentity` agrees to every certificate. Its source says so when it never looks at its second
 * argument, the certificate: then it cannot tell one from another. A function that does look is taken to know what it
 * does, for a wrong alarm about a right check would teach people to ignore alarms.
 *
 * It is not called: it is the program's, and may do anything.
 */
export function alwaysAgrees(check: unknown): boolean {
  if (typeof check !== 'function') return false;
  const known = judged.get(check);
  if (known !== undefined) return known;
  const agrees = !looksAtCertificate(check);
  judged.set(check, agrees);
  return agrees;
}

const judged = new WeakMap<object, boolean>();

/** More source than this is no function that does nothing. */
const longest = 2000;

function looksAtCertificate(check: object): boolean {
  const source = Function.prototype.toString.call(check);
  if (source.length > longest || source.includes('[native code]')) return true;
  const bare = source
    .replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, ' ');
  if (/\barguments\b|\.\.\.|\bthrow\b|`/.test(bare)) return true;
  const second = parametersOf(bare)?.[1];
  if (second === undefined) {
    // One parameter or none: the certificate is out of reach, unless something else is asked.
    return /\bnew\s+\w*Error\b/.test(bare) || parametersOf(bare) === null;
  }
  const name = /^[\w$]+/.exec(second)?.[0];
  return name === undefined || bare.split(new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`)).length > 2;
}

/** The parameters as written; null when they cannot be told. */
function parametersOf(source: string): readonly string[] | null {
  const single = /^\s*(?:async\s+)?([\w$]+)\s*=>/.exec(source);
  if (single !== null) return [single[1] ?? ''];
  const list = /^[^(]*\(([^()]*)\)/.exec(source);
  if (list === null) return null;
  return (list[1] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$');
}
