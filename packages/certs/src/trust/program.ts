import { spawn } from 'node:child_process';
import { printable } from '@altname/core';

/** How a program ended. */
export interface Ended {
  /** Null when it was killed, or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface ProgramOptions {
  /** In milliseconds. */
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** It may ask the user at the terminal. */
  readonly asks?: boolean;
}

/** No more of what a program says is kept, in characters of each stream. */
const mostOutput = 1024 * 1024;

/**
 * Runs a program without a shell, with all that it starts, for so long at most. Unless it may ask, it has no terminal:
 * one that wants a password fails instead of waiting.
 */
export function runProgram(argv: readonly string[], options: ProgramOptions): Promise<Ended> {
  const { timeout, env = process.env, stdin, asks = false } = options;
  const [file = '', ...words] = argv;
  return new Promise((resolve) => {
    // A group of its own can be ended whole: browsers start many processes.
    const detached = process.platform !== 'win32' && !asks;
    const child = spawn(file, words, {
      env: { ...env, LC_ALL: 'C' },
      stdio: [stdin === undefined ? (asks ? 'inherit' : 'ignore') : 'pipe', 'pipe', 'pipe'],
      detached,
      windowsHide: true,
    });
    const end = (): void => {
      try {
        if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeout);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        if (output[name].length < mostOutput) output[name] += text;
      });
    }
    child.stdin?.on('error', () => {
      // It ended before it read everything.
    });
    if (stdin !== undefined) child.stdin?.end(stdin);
    let fault = '';
    child.on('error', (error: NodeJS.ErrnoException) => (fault = error.code ?? error.message));
    child.on('exit', () => detached && end());
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({
        exitCode: fault === '' ? exitCode : null,
        ...output,
        stderr: output.stderr + fault,
        timedOut,
      });
    });
  });
}

/** The end of what a program said, as one line that can be printed. */
export function lastWords({ stdout, stderr, timedOut }: Ended): string {
  if (timedOut) return 'no answer in time';
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return printable((lines.at(-1) ?? 'it said nothing').replace(/\s+/g, ' ').trim(), 200);
}
