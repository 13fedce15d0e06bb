import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../src/authority.ts';
import { claimPort } from '../../src/behaviour/port.ts';

/** A TLS server that others have made, as Debian packs it. */
export interface Program {
  readonly name: string;
  /** The Debian package that brings it. */
  readonly package: string;
  /** A command that succeeds when it is installed. */
  readonly version: readonly string[];
  /** Writes its configuration and says what to run. */
  prepare(desk: Desk): Promise<Plan>;
}

/** What a program is configured with. */
export interface Desk {
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  readonly certificates: Certificates;
  readonly ports: Ports;
  /** Writes a file into the folder and returns its path. */
  write(name: string, content: string): Promise<string>;
}

export interface Plan {
  readonly commands: readonly (readonly string[])[];
  /** The ports that it will serve. */
  readonly served: readonly (keyof Ports)[];
}

/** The names on each, all issued by an intermediate but for `root`. */
export interface Certificates {
  /** `default.provider.test`: for every name that is not known. */
  readonly provider: Credentials;
  /** `api.shop.test` */
  readonly api: Credentials;
  /** `*.wild.test` */
  readonly wild: Credentials;
  /** `old.shop.test`, past its end. */
  readonly old: Credentials;
  /** The root of them all, PEM. */
  readonly root: string;
}

/**
 * The ports of a program.
 *
 * - `lenient`: the names, and the default certificate for all others
 * - `strict`: the names, and a refusal for all others
 * - `bare`: `api.shop.test` without its intermediate
 * - `mutual`: `api.shop.test`, for clients with a certificate
 * - `plain`: HTTP without TLS
 */
export type Ports = Readonly<Record<'lenient' | 'strict' | 'bare' | 'mutual' | 'plain', number>>;

/** A program that runs. */
export interface RunningProgram {
  readonly ports: Ports;
  stop(): Promise<void>;
}

export function isInstalled({ version: [command = '', ...args] }: Program): boolean {
  return spawnSync(command, args).status === 0;
}

/** @throws {Error} with what the program said, when a port does not answer within 10 seconds. */
export async function run(program: Program, certificates: Certificates): Promise<RunningProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'altname-program-'));
  const ports = { lenient: 0, strict: 0, bare: 0, mutual: 0, plain: 0 };
  for (const use of Object.keys(ports) as (keyof Ports)[]) ports[use] = await claimPort();
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  };
  const { commands, served } = await program.prepare({ folder, certificates, ports, write });
  const processes = commands.map((command) => start(command, folder));
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(({ child }) => end(child)));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const use of served) await answers(ports[use]);
  } catch (error) {
    await stop();
    throw new Error(`${program.name}: ${processes.map(({ said }) => said()).join('\n')}`, { cause: error });
  }
  return { ports, stop };
}

interface Started {
  readonly child: ChildProcess;
  /** The end of what it has said so far. */
  said(): string;
}

function start([command = '', ...args]: readonly string[], folder: string): Started {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (octets) => (said = (said + String(octets)).slice(-2000)));
  }
  child.on('error', (error) => (said += String(error)));
  return { child, said: () => said };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function answers(port: number): Promise<void> {
  for (const until = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    } finally {
      socket.destroy();
    }
  }
}
