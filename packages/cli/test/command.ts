import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a run of the command ended. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Words before `node`, such as a shell that sets a limit. */
  readonly under?: readonly string[];
  /** With a channel, as a parent that forks it gives it one. */
  readonly forked?: boolean;
}

const main = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

/** Starts `altname` with no colour and no roots of the environment. */
export function start(words: readonly string[], options: RunOptions = {}): ChildProcess {
  const [file = '', ...rest] = [...(options.under ?? []), process.execPath, main, ...words];
  const { NODE_EXTRA_CA_CERTS, NODE_OPTIONS, FORCE_COLOR, NO_COLOR, ...env } = process.env;
  void [NODE_EXTRA_CA_CERTS, NODE_OPTIONS, FORCE_COLOR, NO_COLOR];
  return spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'pipe', ...(options.forked === true ? (['ipc'] as const) : [])],
    env: { ...env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Runs `altname` to its end. */
export function altname(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return ended(start(words, options), options.stdin ?? '');
}

/** Gives a process its input and waits for its end. */
export function ended(child: ChildProcess, stdin: string | Buffer): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, ...output }));
    // A command that ends before it has read everything is no fault of the test.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
  });
}
