import { readFileSync, realpathSync, statSync } from 'node:fs';
import module from 'node:module';
import { dirname, resolve } from 'node:path';
import type { End } from './made-objects.ts';
import { packageOf } from './package-name.ts';
import type { Position } from './source-position.ts';

/**
 * Where the program sets a library up, read from its sources: for a library that connects in a later turn of the event
 * loop, and made nothing before that could be seen. It is looked for in the files that this process loaded, from the
 * main one on. Null when there is no such call, or more than one and not one alone names the host and port.
 */
export function setupOf(packageName: string, { host, port }: End): Position | null {
  const names = [packageName, ...(importedBy[packageName] ?? [])];
  const calls = sourceFiles().flatMap(({ file, text }) => names.flatMap((name) => callsIn(file, text, name)));
  if (calls.length === 1) return calls[0]?.position ?? null;
  const has = (call: Call, text: string | number | null): boolean =>
    text !== null && call.given.includes(String(text));
  const naming = [
    calls.filter((call) => has(call, host) && has(call, port)),
    calls.filter((call) => has(call, port)),
    calls.filter((call) => has(call, host)),
  ].find(({ length }) => length > 0);
  return naming?.length === 1 ? (naming[0]?.position ?? null) : null;
}

/** Packages that programs import through another one. */
const importedBy: Readonly<Record<string, readonly string[]>> = {
  '@redis/client': ['redis'],
  '@elastic/transport': ['@elastic/elasticsearch'],
};

interface Source {
  readonly file: string;
  readonly text: string;
}

interface Call {
  readonly position: Position;
  /** Its arguments, as they stand in the source. */
  readonly given: string;
}

/** Files read, and octets of one. */
const mostFiles = 300;
const largestFile = 512 * 1024;

/** Characters of the arguments of a call that are looked at. */
const longestArguments = 2000;

function sourceFiles(): Source[] {
  const main = process.argv[1];
  const loaded = Object.keys((module as unknown as { _cache?: object })._cache ?? {});
  const waiting = [...(main === undefined ? [] : [main]), ...loaded];
  const seen = new Set<string>();
  const sources: Source[] = [];
  for (let next = waiting.shift(); next !== undefined && sources.length < mostFiles; next = waiting.shift()) {
    const file = fileAt(next);
    if (file === null || seen.has(file) || packageOf(file) !== null || ourOwn(file)) continue;
    seen.add(file);
    const text = textOf(file);
    if (text === null) continue;
    sources.push({ file, text });
    for (const [, path] of text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g)) {
      waiting.push(resolve(dirname(file), path ?? ''));
    }
  }
  return sources;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function ourOwn(file: string): boolean {
  return dirname(file) === dirname(import.meta.filename);
}

/** As Node finds a file, and as TypeScript writes one. */
function fileAt(path: string): string | null {
  const written = /\.[cm]?js$/.test(path) ? [path.replace(/js$/, 'ts')] : [];
  for (const each of [path, ...written, `${path}.js`, `${path}.ts`, `${path}/index.js`, `${path}/index.ts`]) {
    try {
      const entry = statSync(each, { throwIfNoEntry: false });
      if (entry?.isFile() === true && entry.size <= largestFile) return realpathSync(each);
    } catch {
      // Beneath a file there is none (ENOTDIR), and others are not ours to read.
    }
  }
  return null;
}

function callsIn(file: string, text: string, packageName: string): Call[] {
  const name = packageName.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const imported = new RegExp(
    `(?:import\\s+(?:type\\s+)?([\\w$*{][^;'"]*?)\\s+from\\s*['"]${name}(?:/[^'"]*)?['"])|` +
      `(?:(?:const|let|var)\\s+([\\w$]+|\\{[^}]*\\})\\s*=\\s*(?:require|await\\s+import)\\s*\\(\\s*['"]${name}(?:/[^'"]*)?['"])`,
    'g',
  );
  const calls: Call[] = [];
  for (const match of text.matchAll(imported)) {
    const names = localNames(match[1] ?? match[2] ?? '');
    const from = match.index + match[0].length;
    for (const local of names) {
      const call = new RegExp(
        `(?<![\\w$.'"])(?:new\\s+)?${local.replaceAll('$', '\\$')}(?:\\.[\\w$]+)*\\s*\\(`,
        'g',
      );
      call.lastIndex = from;
      for (let found = call.exec(text); found !== null; found = call.exec(text)) {
        calls.push({
          position: positionAt(file, text, found.index),
          given: argumentsAt(text, call.lastIndex),
        });
      }
    }
  }
  return calls;
}

/** What stands between the parenthesis that ends before `start` and its counterpart. Strings are passed over. */
function argumentsAt(text: string, start: number): string {
  const tokens = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|[()]/g;
  tokens.lastIndex = start;
  let open = 1;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '(') open++;
    if (token[0] === ')') open--;
    if (open === 0 || token.index - start > longestArguments) return text.slice(start, token.index);
  }
  return text.slice(start, start + longestArguments);
}

/** The names an import clause or a pattern binds. */
function localNames(clause: string): string[] {
  return clause
    .replace(/\*\s+as\s+/, '')
    .split(/[{},]/)
    .map((part) => /([\w$]+)\s*$/.exec(part.trim())?.[1] ?? '')
    .filter((part) => part !== '' && part !== 'type');
}

function positionAt(file: string, text: string, index: number): Position {
  const before = text.slice(0, index);
  return { file, line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}
