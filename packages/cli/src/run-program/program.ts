import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UsageError } from '../usage-error.ts';

/** Signals that are the program's to act on; it may want to end in peace. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

/** Those that a terminal sends to both. */
const sentToBoth = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Runs a program in the place of this one: its streams are these, signals reach it, and its end is given back as a
 * shell would: the exit code, or 128 and the number of the signal that ended it.
 *
 * @throws {UsageError} when there is no such program, or it cannot be run
 */
export function startProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const wait = (): void => {};
    for (const signal of passedOn) process.on(signal, pass);
    for (const signal of sentToBoth) process.on(signal, wait);
    const over = (): void => {
      for (const signal of passedOn) process.off(signal, pass);
      for (const signal of sentToBoth) process.off(signal, wait);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      const why = error.code === 'ENOENT' ? 'there is no such program' : `it cannot be run (${error.code})`;
      reject(new UsageError(`cannot run "${command}": ${why}; a program on the PATH is expected`));
    });
    child.on('close', (code, signal) => {
      over();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
