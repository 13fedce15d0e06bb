import type { Credentials } from '../authority.ts';
import { Desk } from './desk.ts';
import { findProgram } from './program.ts';
import type { Login, Server } from './server.ts';
import { servers } from './servers.ts';

export type RealKind = keyof typeof servers;

/** What can be chosen for a kind; all have a default. */
export type RealOptions<Kind extends RealKind> =
  (typeof servers)[Kind] extends Server<infer Options> ? Options : never;

/** A real server that runs on loopback. It holds no event loop, and ends with this process, even when that is killed. */
export interface Real {
  readonly host: '127.0.0.1';
  /** Where clients begin. */
  readonly port: number;
  /** Every port that it listens on; the first is `port`. */
  readonly ports: readonly number[];
  /** Whom it lets in; nginx and Squid ask nobody. */
  readonly login: Login;
  /** What it has printed, its errors with it; the last 64 KB of each process. */
  log(): string;
  /** Ends it and removes its folder. Clients that are connected are cut off. */
  stop(): Promise<void>;
}

/**
 * Starts a server with a certificate, in a folder of its own, on free ports of 127.0.0.1. As root it runs as `nobody`.
 *
 * @throws {Error} with what the server said, when it does not come up
 */
export async function startReal<Kind extends RealKind>(
  kind: Kind,
  credentials: Pick<Credentials, 'chain' | 'key'>,
  options?: RealOptions<Kind>,
): Promise<Real> {
  const server: Server<never> = servers[kind];
  for (let tries = 1; ; tries++) {
    const desk = await Desk.make(credentials);
    try {
      const ports = await server.start(desk, (options ?? {}) as never);
      const { login } = server;
      return {
        ...{ host: '127.0.0.1', port: ports[0] ?? 0, ports, login },
        log: () => desk.log(),
        stop: () => desk.clear(),
      };
    } catch (error) {
      const said = desk.log();
      await desk.clear();
      // A port that was free may be taken before the server comes to it.
      if (tries === 3 || !/in ?use/i.test(said)) throw error;
    }
  }
}

/** What is needed to start a server here, in words; null when all is there. */
export function missing(kind: RealKind): string | null {
  const { name, programs, packages } = servers[kind];
  if (programs.every((program) => findProgram(program) !== null)) return null;
  return `needs ${name}: apt install ${packages.join(' ')}`;
}

/** For `skip` of a test: a missing server is a reason, but not in CI, where the test then fails. */
export function skipWithout(...kinds: readonly RealKind[]): string | false {
  if (process.env['CI'] !== undefined) return false;
  return kinds.map(missing).find((reason) => reason !== null) ?? false;
}
