import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { framesOf, type Captured } from './capture.ts';
import { packageOf, type PackagePlace } from './package-name.ts';
import { sourcePosition, type Position } from './source-position.ts';

/** The way from the program to TLS, as a stack tells it. */
export interface Route {
  /** The innermost frame of the program itself; null when none is on the stack. */
  readonly callSite: Position | null;
  /** The frames that are not the program's, up to it, innermost first. */
  readonly steps: readonly Step[];
}

/** A frame of a package, or of Node. */
export interface Step {
  /** `axios`, by its own package.json; null for a module of Node. */
  readonly package: string | null;
  readonly version: string | null;
  /** The file inside the package, with `/`, or `node:https`. */
  readonly file: string;
  readonly function: string | null;
}

/** Reads a stack that was taken. Where nothing of the program is on it, the route leads nowhere. */
export function routeOf(captured: Captured | null): Route {
  const steps: Step[] = [];
  if (captured === null) return { callSite: null, steps };
  for (const frame of framesOf(captured)) {
    const file = frame.getFileName();
    const line = frame.getLineNumber();
    // Of WebAssembly, there is no source to show; undici parses HTTP with it.
    if (typeof file !== 'string' || line === null || isOurs(file) || file.startsWith('wasm:')) continue;
    if (file.startsWith('node:')) {
      steps.push({ package: null, version: null, file, function: nodeFunction(frame) });
      continue;
    }
    const running = { file: pathOf(file), line, column: frame.getColumnNumber() ?? 1 };
    const installed = packageOf(running.file);
    const position = installed === null ? sourcePosition(running) : running;
    // A bundle holds packages too: the source map knows them by their folder.
    const place = installed ?? packageOf(position.file);
    if (place === null) return { callSite: position, steps };
    const { name, version } = manifestOf(place);
    const inside = position.file.includes(place.folder) ? position.file : running.file;
    const from = inside.indexOf(place.folder) + place.folder.length + 1;
    steps.push({
      package: name,
      version,
      file: inside.slice(from).split(sep).join('/'),
      function: frame.getFunctionName(),
    });
  }
  return { callSite: null, steps };
}

/** Node carries undici in one file: there, only the class says which part of it is at work. */
function nodeFunction(frame: NodeJS.CallSite): string | null {
  const name = frame.getFunctionName();
  return frame.getFileName()?.startsWith('node:internal/deps/undici') === true
    ? `${frame.getTypeName() ?? ''}.${name ?? ''}`
    : name;
}

/** `src/pay.ts:42:18`, from the working directory when it is beneath it. */
export function positionText({ file, line, column }: Position): string {
  return `${shortPath(file)}:${line}:${column}`;
}

function shortPath(file: string): string {
  let here: string;
  try {
    here = relative(process.cwd(), file);
  } catch {
    return file;
  }
  return here === '' || here.startsWith('..') ? file : here.split(sep).join('/');
}

/** What was replaced calls what was there before: both are on the stack. */
function isOurs(file: string): boolean {
  return dirname(file) === dirname(import.meta.filename);
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}

const manifests = new Map<string, { name: string; version: string | null }>();

/** A package can be installed under another name. */
function manifestOf({ name, folder }: PackagePlace): { name: string; version: string | null } {
  const known = manifests.get(folder);
  if (known !== undefined) return known;
  let found: { name: string; version: string | null } = { name, version: null };
  try {
    const read = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    found = {
      name: typeof read['name'] === 'string' ? read['name'] : name,
      version: typeof read['version'] === 'string' ? read['version'] : null,
    };
  } catch {
    // Bundled: only its name is known.
  }
  manifests.set(folder, found);
  return found;
}
