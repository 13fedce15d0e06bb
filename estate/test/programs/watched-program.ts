import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '@altname/core';
import { startNode, type Child } from '../../src/recipes/child.ts';

/** How a process ended, in words that are the same in every run of the same program. */
export interface Behaviour {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in its own process under the preload. */
export interface Watched {
  readonly behaviour: Behaviour;
  /** What the preload wrote, in order. */
  readonly diagnoses: readonly Diagnosis[];
}

export interface WatchOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How the preload is loaded. */
  readonly by?: '--import' | '-r';
  readonly until?: Promise<unknown>;
}

/** A program as text becomes a file, and the mark in it, `@@`, the place it stands for. */
export interface WrittenProgram {
  readonly file: string;
  /** `folder/pay.mjs:42:18`, as the preload writes it; empty when there is no mark. */
  readonly callSite: string;
}

/** A folder for programs below the estate, so that the packages they import are found from there. */
export class ProgramFolder {
  readonly path: string;
  /** PEM file of the CA that the programs trust beside the roots of Node. */
  readonly #ca: string;
  #count = 0;

  private constructor(path: string) {
    this.path = path;
    this.#ca = join(path, 'ca.pem');
  }

  static async make(ca: string): Promise<ProgramFolder> {
    const made = await mkdtemp(fileURLToPath(new URL('../../programs-', import.meta.url)));
    const folder = new ProgramFolder(await realpath(made));
    await writeFile(folder.#ca, ca);
    return folder;
  }

  async write(name: string, text: string): Promise<WrittenProgram> {
    const file = join(this.path, name);
    const at = text.indexOf(mark);
    await writeFile(file, text.replace(mark, ''));
    return { file, callSite: at === -1 ? '' : `${shown(file)}:${placeIn(text, at)}` };
  }

  /** Runs `node ...args` without the preload. `until` ends it with SIGTERM. */
  async run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    until?: Promise<unknown>,
  ): Promise<Behaviour> {
    const child = this.#start(args, env);
    void until?.finally(() => child.stop());
    return await behaviourOf(child);
  }

  /** Runs it under the preload. `until` ends it with SIGTERM. */
  async watch(
    args: readonly string[],
    { env = {}, by = '--import', until }: WatchOptions = {},
  ): Promise<Watched> {
    const output = join(this.path, `diagnoses-${++this.#count}.jsonl`);
    const child = this.#start([by, register, ...args], {
      ...env,
      ALTNAME_REPORTER: 'json',
      ALTNAME_OUTPUT: output,
    });
    void until?.finally(() => child.stop());
    const behaviour = await behaviourOf(child);
    const lines = (await readFile(output, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return { behaviour, diagnoses: lines.map((line) => JSON.parse(line) as Diagnosis) };
  }

  #start(args: readonly string[], env: Readonly<Record<string, string>>): Child {
    return startNode(['--import', names, ...args], this.#ca, patience, env);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function behaviourOf({ ended }: Child): Promise<Behaviour> {
  const { code, stdout, stderr } = await ended;
  return { code, stdout, stderr: stderr.replaceAll(/\(node:\d+\)/g, '(node)') };
}

const mark = '@@';

/** Milliseconds for one process. */
const patience = 30_000;

const register = createRequire(import.meta.url).resolve('@altname/client/register');
const names = fileURLToPath(new URL('test-names.js', import.meta.url));

/** Line and column, counted from 1, of the mark. */
function placeIn(text: string, at: number): string {
  const before = text.slice(0, at);
  return `${before.split('\n').length}:${at - before.lastIndexOf('\n')}`;
}

/** A file as the preload writes it: from the working directory, which is that of the tests, when it is beneath it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
