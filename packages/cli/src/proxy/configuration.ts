import type { ProxyOptions } from '@altname/proxy';
import type { Arguments } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { inFlags, readProxyOptions } from './options.ts';

/** What the proxy is told, by flags or by a file. */
export interface Configuration {
  /** What it was read from; null for flags. */
  readonly file: string | null;
  readonly options: ProxyOptions;
  /** What is wrong with an option, in lines that name where it is written; null for what is no such error. */
  readonly linesOf: (error: unknown) => readonly string[] | null;
  /** A line about an option, in the words of where it is written. */
  readonly words: (line: string) => string;
}

/** Flags that are about the process, or stand beside a file. */
const besideFile: ReadonlySet<string> = new Set([
  'config',
  'listen',
  'workers',
  'check',
  'test',
  'quiet',
  'no-color',
]);

/**
 * Reads the configuration, anew each time.
 *
 * @throws {UsageError} for what is wrong with flags, or the file as a file
 */
export async function readConfiguration(given: Arguments, terminal: Terminal): Promise<Configuration> {
  const file = given.value('config');
  if (file === undefined) {
    const options = await readProxyOptions(given);
    return { file: null, options, linesOf: (error) => flagLines(error), words: inFlags };
  }
  const [word] = given.words;
  if (word !== undefined) throw new UsageError(`"${word}" is not an option`);
  const other = given.names.find((name) => !besideFile.has(name));
  if (other !== undefined)
    throw new UsageError(`--${other} does not go together with --config: it is said in the file`);
  const { openConfigFile } = await import('@altname/proxy');
  try {
    const { options, locate } = await openConfigFile(file);
    const listen = given.value('listen');
    return {
      file,
      options: listen === undefined ? options : { ...options, listen },
      linesOf: (error) => {
        const isFlag = listen !== undefined && /^listen\b/.test((error as Error | null)?.message ?? '');
        return isFlag ? flagLines(error) : linesOf(locate(error));
      },
      words: (line) => line,
    };
  } catch (error) {
    throw usageError(linesOf(error), error, terminal);
  }
}

/** The last line as the error that ends the command, the others on stderr; what is no such error as it is. */
export function usageError(lines: readonly string[] | null, error: unknown, terminal: Terminal): unknown {
  if (lines === null) return error;
  for (const line of lines.slice(0, -1)) terminal.say(line);
  return new UsageError(lines.at(-1) ?? '');
}

function flagLines(error: unknown): readonly string[] | null {
  return linesOf(error)?.map(inFlags) ?? null;
}

/** By name: the class is that of the proxy, which is not among what the command is joined with. */
function linesOf(error: unknown): readonly string[] | null {
  return error instanceof Error && error.name === 'AltnameError' ? error.message.split('\n') : null;
}
