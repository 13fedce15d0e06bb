import { readFileSync, statSync } from 'node:fs';
import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A place in a source file. Lines and columns are counted from 1. */
export interface Position {
  /** Absolute path, or whatever else the engine or a source map calls it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where people wrote what runs at a position: through the source map of its file, where there is one. */
export function sourcePosition(running: Position): Position {
  try {
    const map = mapOf(running.file);
    if (map === null) return running;
    const entry = map.map.findEntry(running.line - 1, running.column - 1);
    if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return running;
    return {
      file: placeOf(entry.originalSource, map.base),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  } catch {
    // A source map that cannot be read is no reason to say nothing.
    return running;
  }
}

interface MapOfFile {
  readonly map: SourceMap;
  /** The folder its sources are relative to. */
  readonly base: string;
}

const maps = new Map<string, MapOfFile | null>();

/** Octets: a bundle that is larger is not read for the sake of a line number. */
const largestFile = 32 * 1024 * 1024;

function mapOf(file: string): MapOfFile | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const found = registered(file) ?? beside(file);
  if (maps.size >= 64) maps.clear();
  maps.set(file, found);
  return found;
}

/** What Node knows already, with --enable-source-maps or of a loader that compiles in memory. */
function registered(file: string): MapOfFile | null {
  const map = findSourceMap(file) ?? findSourceMap(pathToFileURL(file).href);
  return map === undefined ? null : mapIn(map, dirname(file));
}

function beside(file: string): MapOfFile | null {
  const text = readSmall(file);
  const at = text?.lastIndexOf('//# sourceMappingURL=') ?? -1;
  if (text === null || at === -1) return null;
  const url = /^\S+/.exec(text.slice(at + '//# sourceMappingURL='.length))?.[0] ?? '';
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(url);
  if (inline !== null) {
    const [, base64, data = ''] = inline;
    const json = base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString();
    return mapIn(new SourceMap(JSON.parse(json) as SourceMapPayload), dirname(file));
  }
  if (/^[a-z][a-z\d+.-]+:/i.test(url)) return null;
  const path = resolve(dirname(file), decodeURIComponent(url));
  const json = readSmall(path);
  return json === null ? null : mapIn(new SourceMap(JSON.parse(json) as SourceMapPayload), dirname(path));
}

/** Its sources are relative to its `sourceRoot`, and that to where it is (ECMA-426 §4); Node leaves it out. */
function mapIn(map: SourceMap, folder: string): MapOfFile {
  const root = (map.payload as Partial<SourceMapPayload>).sourceRoot ?? '';
  return { map, base: root.startsWith('file:') ? fileURLToPath(root) : resolve(folder, root) };
}

function readSmall(path: string): string | null {
  const entry = statSync(path, { throwIfNoEntry: false });
  return entry?.isFile() === true && entry.size <= largestFile ? readFileSync(path, 'utf8') : null;
}

/** A source as a map names it: a URL, a path, or `webpack://name/./path`, which starts at the working directory. */
function placeOf(source: string, base: string): string {
  if (source.startsWith('file:')) return fileURLToPath(source);
  const packed = /^webpack:\/\/[^/]*\/(.*)$/.exec(source)?.[1];
  if (packed !== undefined) return resolve(packed.replace(/^\(.*?\)\//, '').replace(/\?.*$/, ''));
  return resolve(base, source);
}
