import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The preload as it ships. */
export const register: string = fileURLToPath(new URL('../dist/register.cjs', import.meta.url));

/** The ways to give it to a program. */
export type Way = 'require' | 'import' | 'environment';

interface Giving {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ways: Readonly<Record<Way, Giving>> = {
  require: { words: ['-r', register], env: {} },
  import: { words: ['--import', pathToFileURL(register).href], env: {} },
  environment: { words: [], env: { NODE_OPTIONS: `--require "${register}"` } },
};

/** How a process ended. */
export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Start {
  /** Options of Node, before the program. */
  readonly node?: readonly string[];
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Words before `node`, such as a shell. */
  readonly under?: readonly string[];
  /** Given the process as soon as it has printed something. */
  readonly whenHeard?: (signal: (name: NodeJS.Signals) => void) => void;
}

/** A folder that goes when this process does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'altname-preload-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const folder = temporaryFolder();
let files = 0;

/** Writes a program down. @returns its file */
export function program(text: string, extension = 'cjs'): string {
  const file = join(folder, `program-${++files}.${extension}`);
  writeFileSync(file, text);
  return file;
}

/** Runs Node with nothing of this environment but where programs are. */
export function runNode(file: string, start: Start = {}): Promise<Ended> {
  const { PATH = '', TMPDIR, HOME } = process.env;
  const [command = '', ...rest] = [
    ...(start.under ?? []),
    process.execPath,
    ...(start.node ?? []),
    file,
    ...(start.words ?? []),
  ];
  const child = spawn(command, rest, {
    cwd: start.cwd ?? folder,
    env: {
      PATH,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...(HOME === undefined ? {} : { HOME }),
      ...start.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    start.whenHeard?.((name) => child.kill(name));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => resolve({ exit, signal, ...output }));
  });
}

/** Runs Node with the preload. */
export function runWatched(file: string, start: Start = {}, way: Way = 'require'): Promise<Ended> {
  const { words, env } = ways[way];
  return runNode(file, { ...start, node: [...words, ...(start.node ?? [])], env: { ...env, ...start.env } });
}

/**
 * Runs a program without and with the preload, and holds that nothing can be told apart: stdout and stderr octet for
 * octet, exit code and signal. What the preload has to say goes to a file, and is given back.
 */
export async function sameWithPreload(
  file: string,
  start: Start = {},
  way: Way = 'require',
): Promise<Ended & { readonly told: string }> {
  const output = join(folder, `told-${++files}.txt`);
  const [without, watched] = await Promise.all([
    runNode(file, start),
    runWatched(file, { ...start, env: { ...start.env, ALTNAME_OUTPUT: output } }, way),
  ]);
  assert.deepEqual(watched, without);
  return { ...watched, told: textOf(output) };
}

/** What a file holds; nothing when there is none. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
