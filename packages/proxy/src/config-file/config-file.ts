import { open, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { AltnameError, printable } from '@altname/core';
import { readProxyConfig, type ProxyOptions } from '../config/proxy-config.ts';
import { declaredOptions } from './declared.ts';
import type { ConfigDocument, Place } from './document.ts';

/** Octets; more is no configuration. */
const largest = 1024 * 1024;
const mostLines = 10;

/** A configuration file that was read. */
export interface ConfigFile {
  /** What {@link createProxy} takes; not judged yet. */
  readonly options: ProxyOptions;
  /** The same error with the place in the file in front of it, where its first word is a key; any other as it is. */
  readonly locate: (error: unknown) => unknown;
}

/**
 * Reads the configuration of a proxy from a file, YAML 1.2 or (where its name ends in `.json`) JSON. Paths in it are
 * from the directory it is in. Variables of the environment are not put in: `${NAME}` is a text.
 *
 * ```js
 * const proxy = createProxy({ ...(await readConfigFile('proxy.yaml')), onAccess });
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` and what `createProxy` throws: `file:line:column: key: why`; with a line for
 *   each of at most ten options that there are not, or faults of YAML
 */
export async function readConfigFile(file: string): Promise<ProxyOptions> {
  const { options, locate } = await openConfigFile(file);
  try {
    readProxyConfig(options);
  } catch (error) {
    throw locate(error);
  }
  return options;
}

/**
 * As {@link readConfigFile}, but for what the values mean: for who has more to say before they are judged, and tells where
 * they stand.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, as {@link readConfigFile}, where the file cannot be read, or is neither
 *   YAML nor JSON
 */
export async function openConfigFile(file: string): Promise<ConfigFile> {
  const shown = printable(file, 200);
  const text = await readText(file, shown);
  // Who configures by code does not pay for a parser.
  const { readDocument } = await import('./document.ts');
  const document = readDocument(text, extname(file).toLowerCase() === '.json');
  if (document.faults.length > 0) {
    throw linesOf(document.faults.map((fault) => `${placeText(shown, fault.place)}: ${fault.text}`));
  }
  const locate = (error: unknown): unknown => located(error, shown, document);
  try {
    const options = declaredOptions(document.value, dirname(resolve(file))) as ProxyOptions;
    return { options, locate: (error) => withUnknownKeys(error, options, locate) };
  } catch (error) {
    throw locate(error);
  }
}

/** The beginning of a message that is a key: `routes[0].path`, `upstreams."a b"`. */
const keyAtFront = /^(?:[\w-]+|"[^"]*")(?:\.(?:[\w-]+|"[^"]*")|\[\d+\])*/;
const noSuchOption = ': there is no such option';

function located(error: unknown, file: string, { placeOf }: ConfigDocument): unknown {
  if (!(error instanceof AltnameError)) return error;
  const place = placeOf(keyAtFront.exec(error.message)?.[0] ?? '');
  return new AltnameError(error.code, `${placeText(file, place)}: ${error.message}`, { cause: error });
}

/**
 * Where a key is refused that nobody reads, it is left out and all is read once more: each is told, and what is wrong
 * beside them. Nothing else can be left out without another meaning of the rest.
 */
function withUnknownKeys(error: unknown, options: unknown, locate: (error: unknown) => unknown): unknown {
  const found: AltnameError[] = [];
  let rest = options;
  let next = error;
  while (next instanceof AltnameError && found.length < mostLines) {
    found.push(locate(next) as AltnameError);
    const key = keyAtFront.exec(next.message)?.[0] ?? '';
    if (!next.message.startsWith(key + noSuchOption)) break;
    const shorter = without(rest, key);
    if (shorter === null) break;
    rest = shorter;
    next = faultOf(rest);
  }
  if (found.length < 2) return found[0] ?? error;
  return linesOf(found.map(({ message }) => message));
}

function faultOf(options: unknown): unknown {
  try {
    readProxyConfig(options);
    return null;
  } catch (error) {
    return error;
  }
}

/** A copy in which a key is left out; null when it cannot be found. */
function without(value: unknown, key: string): unknown {
  const [, name = '', rest = ''] = /^(?:\.)?([\w-]+|"[^"]*"|\[\d+\])(.*)$/s.exec(key) ?? [];
  const own = name.replace(/^["[]|["\]]$/g, '');
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, own)) return null;
  const below = (value as Record<string, unknown>)[own];
  if (rest === '') {
    const { [own]: left, ...kept } = value as Record<string, unknown>;
    void left;
    return Array.isArray(value) ? null : kept;
  }
  const changed = without(below, rest);
  if (changed === null) return null;
  if (Array.isArray(value)) return value.with(Number(own), changed);
  return { ...value, [own]: changed };
}

function linesOf(lines: readonly string[]): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', lines.slice(0, mostLines).join('\n'));
}

function placeText(file: string, { line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

async function readText(file: string, shown: string): Promise<string> {
  let octets: Buffer;
  try {
    octets = await readOctets(file, shown);
  } catch (error) {
    if (error instanceof AltnameError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = reasons[code ?? ''] ?? `it cannot be read (${code ?? (error as Error).message})`;
    throw new AltnameError('ALTNAME_BAD_OPTION', `${shown}: ${why}`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (error) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `${shown}: it is not in UTF-8`, { cause: error });
  }
}

/** A pipe has no size: what is read is bounded, not what is announced. */
async function readOctets(file: string, shown: string): Promise<Buffer> {
  const stats = await stat(file);
  // A shell's `<(…)` is open already; opening any other pipe waits until somebody writes to it.
  const isOpen = /^\/(?:dev|proc\/self)\/fd\/\d+$/.test(file);
  if (!stats.isFile() && !stats.isDirectory() && !isOpen) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `${shown}: it is no regular file`);
  }
  const handle = await open(file, 'r');
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      size += (chunk as Buffer).length;
      if (size > largest) {
        throw new AltnameError(
          'ALTNAME_BAD_OPTION',
          `${shown}: it has over 1 MiB; a configuration is expected`,
        );
      }
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'it is a directory; a file is expected',
  ENOTDIR: 'a part of its path is no directory',
  ERR_INVALID_ARG_VALUE: 'its name holds a NUL character',
};
