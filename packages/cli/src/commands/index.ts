import type { Terminal } from '../terminal.ts';

/** A subcommand: what its help says, and what it does. */
export interface Command {
  /** Examples first, options after. */
  readonly help: string;
  /** The words belong to another program, but for the options in front. */
  readonly passesOn?: boolean;
  /** @returns the exit code */
  readonly run: (words: readonly string[], terminal: Terminal) => Promise<number>;
}

/** The subcommands. Each is loaded only when it is called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  check: () => import('./check.ts'),
  match: () => import('./match.ts'),
  inspect: () => import('./inspect.ts'),
  explain: () => import('./explain.ts'),
  run: () => import('./run.ts'),
  cert: () => import('./cert.ts'),
  proxy: () => import('./proxy.ts'),
  lint: () => import('./lint.ts'),
};

export const commandNames: readonly string[] = Object.keys(commands);

export async function loadCommand(name: string): Promise<Command | null> {
  return Object.hasOwn(commands, name) ? ((await commands[name]?.()) ?? null) : null;
}
