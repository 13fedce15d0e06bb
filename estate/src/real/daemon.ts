import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { identity } from './owner.ts';
import { findProgram } from './program.ts';

/** How a program is run. */
export interface RunOptions {
  /** Added to PATH, HOME and TMPDIR; nothing else of this environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** What ends it and leaves nothing behind. SIGKILL when not given: nothing here is worth being put in order. */
  readonly end?: NodeJS.Signals;
  /** What it says when it is up, where it takes connections before, or so late that its port could be another's. */
  readonly ready?: RegExp;
}

/** One process with its children, in a group of its own. It holds no event loop, and does not outlive this process. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #end: NodeJS.Signals;
  #said = '';

  /**
   * @param folder where it runs, and what is removed when this process is killed
   * @throws {Error} when the program is not installed
   */
  constructor(folder: string, program: string, args: readonly string[], options: RunOptions = {}) {
    const path = findProgram(program);
    if (path === null) throw new Error(`${program} is not installed`);
    this.#end = options.end ?? 'SIGKILL';
    this.#child = spawn(path, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...identity,
    });
    this.#guard = guard(this.#child.pid, this.#end, folder);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (octets) => (this.#said = (this.#said + String(octets)).slice(-mostSaid)));
      (stream as Socket | null)?.unref();
    }
    this.#child.on('error', (error) => (this.#said += String(error)));
    this.#child.on('exit', () => void this.#guard.kill('SIGKILL'));
    this.#child.unref();
  }

  /** What it has printed on stdout and stderr; the last 64 KB. */
  get said(): string {
    return this.#said;
  }

  /** What it ended with, a number or a signal; null while it runs. */
  get ended(): number | NodeJS.Signals | null {
    return this.#child.pid === undefined ? 127 : (this.#child.exitCode ?? this.#child.signalCode);
  }

  /** Waits until it ends by itself, with its output complete. */
  async finished(): Promise<void> {
    this.#child.ref();
    if (this.ended === null) await once(this.#child, 'close');
  }

  /** Ends it and its children; whatever it was asked with, it is killed after ten seconds. */
  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (this.ended === null) {
      const exit = once(this.#child, 'exit');
      this.#child.ref();
      const force = setTimeout(() => signal(-pid, 'SIGKILL'), 10_000);
      signal(pid, this.#end);
      await exit;
      clearTimeout(force);
    }
    signal(-pid, 'SIGKILL');
    this.#guard.kill('SIGKILL');
  }
}

const mostSaid = 65_536;

/**
 * The end of its input is the end of this process, however that came: then it ends the daemon, kills what is left of
 * the group, and removes the folder.
 */
const guardScript = `
  read -r _
  kill -s "$2" "$1"
  for _ in $(seq 100); do kill -0 "$1" && sleep 0.1; done
  kill -s KILL -- "-$1"
  rm -rf -- "$3"
`;

function guard(pid: number | undefined, end: NodeJS.Signals, folder: string): ChildProcess {
  const args = ['-c', guardScript, 'guard', String(pid ?? ''), end.replace('SIG', ''), folder];
  const child = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.on('error', () => {});
  (child.stdin as Socket | null)?.unref();
  child.unref();
  return child;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in the meantime.
  }
}
