import type { Desk } from './desk.ts';

/** A server as Debian packs it, and how it is started with a certificate. */
export interface Server<Options = unknown> {
  /** Its own name, as people write it. */
  readonly name: string;
  /** What is run. */
  readonly programs: readonly string[];
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Whom it lets in, and gives the right to do everything. */
  readonly login: Login;
  /** Starts it, and returns the ports that it listens on; the first is where clients begin. */
  start(desk: Desk, options: Options): Promise<readonly number[]>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The user of every server that lets us choose one. */
export const tester: Login = { user: 'tester', password: 'let-me-in-4' };

/** No choice. */
export type NoOptions = Readonly<Record<string, never>>;
