import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the examples are, each in a folder of its own. */
export const examples: string = fileURLToPath(new URL('../../examples/', import.meta.url));

const viteCommand = join(
  dirname(createRequire(import.meta.url).resolve('vite/package.json')),
  'bin',
  'vite.js',
);
const timeout = 20_000;

/** One of the examples while it runs, as somebody would run it. */
export class Example {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #said: () => string;

  private constructor(port: number, child: ChildProcess, said: () => string) {
    this.port = port;
    this.#child = child;
    this.#said = said;
  }

  /** @param words of Node: `server.js`; of Vite when there are none */
  static async start(folder: string, caDir: string, words: readonly string[] = []): Promise<Example> {
    const run = words.length === 0 ? [viteCommand, '--port', '0'] : words;
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, run, {
      cwd: folder,
      env: { PATH, HOME, NO_COLOR: '1', PORT: '0', ALTNAME_CA_DIR: caDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8');
    const port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string): void => {
        child.kill('SIGKILL');
        reject(new Error(`${folder}: ${why}\n${stdout}${stderr}`));
      };
      const timer = setTimeout(() => fail(`no address after ${timeout} ms`), timeout);
      child.once('exit', (code) => fail(`it has ended with ${code}`));
      child.stdout.on('data', (text: string) => {
        stdout += text;
        const [, found] = /https:\/\/localhost:(\d+)\//.exec(stdout) ?? [];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(Number(found));
      });
    });
    child.removeAllListeners('exit');
    return new Example(port, child, () => stderr);
  }

  /** What it has said on stderr. */
  get stderr(): string {
    return this.#said();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
