import { commandNames, loadCommand, type Command } from './commands/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { exitOfFault } from './fault.ts';
import { overview } from './overview.ts';
import { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs `altname WORDS…` and sets the exit code:
 *
 * | code | meaning                                                                          |
 * |------|----------------------------------------------------------------------------------|
 * | 0    | accepted, matches, nothing wrong, explained                                       |
 * | 1    | refused, or a finding of severity error; does not match; nothing to explain found |
 * | 2    | usage: one line on stderr says what was wrong and what was expected               |
 * | 3    | could not ask: DNS, TCP, timeout                                                  |
 * | 70   | a fault of altname's own (EX_SOFTWARE of sysexits.h), with its stack              |
 * | 130  | interrupted                                                                       |
 *
 * With `--reporter nagios`: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
 */
export async function run(words: readonly string[]): Promise<void> {
  const terminal = new Terminal();
  try {
    process.exitCode = await dispatch(words, terminal);
  } catch (error) {
    process.exitCode = await exitOfFault(error, terminal);
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined)
    throw new UsageError(
      'a command is expected: check, match, inspect, explain, run, cert or proxy',
      'altname --help',
    );
  if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    await terminal.print(overview);
    return 0;
  }
  if (first === 'help') {
    await terminal.print((await command(rest[0] ?? '')).help);
    return 0;
  }
  const chosen = await command(first);
  const end = chosen.passesOn === true ? 1 : rest.indexOf('--');
  if ((end === -1 ? rest : rest.slice(0, end)).some((word) => word === '--help' || word === '-h')) {
    await terminal.print(chosen.help);
    return 0;
  }
  return chosen.run(rest, terminal);
}

async function command(name: string): Promise<Command> {
  const loaded = await loadCommand(name);
  if (loaded !== null) return loaded;
  if (name.startsWith('-')) {
    throw new UsageError(`unknown option "${name}"; a command is expected before options`, 'altname --help');
  }
  // A bare target is the likeliest slip: `altname example.com`. It may hold a password.
  const shown = name.replace(/[^/?#\s]*@/g, '');
  const slip = /[.:/]/.test(name)
    ? `; to check a host: altname check ${shown}`
    : didYouMean(name, commandNames);
  throw new UsageError(`unknown command "${shown}"${slip}`, 'altname --help');
}
