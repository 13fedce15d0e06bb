import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { UsageError } from '../usage-error.ts';
import { handOnChannel, hasChannel } from './channel.ts';

/** Signals that are the program's to act on; it may want to end in peace. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

/** Those that a terminal sends to both; where there is none, they are passed on too. */
const ofTerminal = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Runs a program in the place of this one: its streams are these, signals and messages reach it, and its end is given back as a
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
    const refuse = (error: NodeJS.ErrnoException): void => {
      const why = error.code === 'ENOENT' ? 'there is no such program' : `it cannot be run (${error.code})`;
      reject(new UsageError(`cannot run "${command}": ${why}; a program on the PATH is expected`));
    };
    const onTerminal = [0, 1, 2].some((stream) => isatty(stream));
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const wait = (): void => {};
    const listeners = new Map<NodeJS.Signals, typeof pass>([
      ...passedOn.map((signal) => [signal, pass] as const),
      ...ofTerminal.map((signal) => [signal, onTerminal ? wait : pass] as const),
    ]);
    for (const [signal, listener] of listeners) process.on(signal, listener);
    const over = (): void => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      endChannel();
    };
    let endChannel = (): void => {};
    let child: ChildProcess;
    try {
      const forked = hasChannel();
      child = spawn(command, args, {
        stdio: forked ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
        env,
      });
      if (forked) endChannel = handOnChannel(child);
    } catch (error) {
      // A word that no program can be given, such as one with a NUL in it.
      over();
      return refuse(error as NodeJS.ErrnoException);
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      // A signal that could not be sent is no reason to leave the program alone.
      if (child.pid !== undefined) return;
      over();
      refuse(error);
    });
    child.on('close', (code, signal) => {
      over();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
