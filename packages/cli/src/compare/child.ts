import { spawn } from 'node:child_process';
import { printable } from '@altname/core';

/** How a program ended. */
export interface Ended {
  /** Null when it was killed, or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** `ENOENT` and the like when it could not be started. */
  readonly fault: string | null;
}

/** No more of what a program says is kept, in octets of each stream. */
const mostOutput = 64 * 1024;

/** Runs a program without a shell and with nothing on its stdin, for so many milliseconds at most. */
export function runProgram(file: string, words: readonly string[], timeout: number): Promise<Ended> {
  return new Promise((resolve) => {
    let timedOut = false;
    let fault: string | null = null;
    const child = spawn(file, [...words], { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeout);
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        if (size < mostOutput) chunks.push(chunk.subarray(0, mostOutput - size));
        size += chunk.length;
      });
      return (): string => Buffer.concat(chunks).toString('utf8');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      fault = error.code ?? error.message;
    });
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout: stdout?.() ?? '', stderr: stderr?.() ?? '', timedOut, fault });
    });
  });
}

/** What a program said as one line that can be printed. */
export function asWords(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim(), 200);
}

/** A command as a shell takes it, to be tried by hand. */
export function asCommand(file: string, words: readonly string[]): string {
  return [file, ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
