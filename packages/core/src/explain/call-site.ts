import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '../names/printable.ts';

/** One frame of a stack. */
export interface Frame {
  /** The path or URL of the file, as V8 prints it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whose code it is: `node`, the name of a package in `node_modules`, or null for the application's own. */
  readonly owner: string | null;
}

const mostFrames = 100;

/** The frames of a stack as V8 prints it, the innermost first. Lines that are none are passed over. */
export function readFrames(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const frame = readFrame(line);
    if (frame !== null && frames.push(frame) >= mostFrames) break;
  }
  return frames;
}

/**
 * The first frame that is neither Node's nor of a package: `src/pay.ts:42:18`, from the directory given, with `/`
 * between its parts; null when the stack has none, as that of an error which came out of an event has not.
 */
export function findCallSite(stack: string, cwd: string): string | null {
  const own = readFrames(stack).find(({ owner }) => owner === null);
  if (own === undefined) return null;
  const path = pathOf(own.file);
  const near = isAbsolute(path) ? relative(cwd, path) : path;
  return `${printable(near.replaceAll('\\', '/'), 500)}:${own.line}:${own.column}`;
}

function readFrame(line: string): Frame | null {
  const text = line.length > 2000 ? line.slice(0, 2000) : line;
  const begin = /^\s{1,20}at (?:async )?/.exec(text);
  if (begin === null) return null;
  const rest = text.slice(begin[0].length).trimEnd();
  // `name (place)`, or the place alone; a path may have parentheses of its own.
  const open = rest.endsWith(')') ? rest.indexOf(' (') : -1;
  const place = open === -1 ? rest : rest.slice(open + 2, -1);
  const found = /^(.+):(\d{1,9}):(\d{1,9})$/.exec(place);
  const file = found?.[1] ?? '';
  if (found === null || !isFile.test(file)) return null;
  return { file, line: Number(found[2]), column: Number(found[3]), owner: ownerOf(file) };
}

const isFile = /^(?:node:|[a-z][a-z-]*:\/\/|webpack-internal:|\/|[A-Za-z]:[\\/])/;

/** The last `node_modules` counts: pnpm has a package within a package. */
function ownerOf(file: string): string | null {
  if (file.startsWith('node:')) return 'node';
  const inside = file.split(/[\\/]node_modules[\\/]/).at(-1);
  if (inside === undefined || inside === file) return null;
  const [scope = '', name = ''] = inside.split(/[\\/]/);
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    // A file URL of another system, or with an escape that is none.
    return file;
  }
}
