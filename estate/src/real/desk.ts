import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Credentials } from '../authority.ts';
import { Daemon, type RunOptions } from './daemon.ts';
import { handOver } from './owner.ts';

/** What a real server is set up with: a folder of its own in the temporary one, its certificate, and its processes. */
export class Desk {
  readonly folder: string;
  /** Paths of PEM files: the leaf with its intermediates, the key, and both in one. */
  readonly files: { readonly chain: string; readonly key: string; readonly pair: string };
  readonly #daemons: Daemon[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.files = {
      chain: join(folder, 'chain.pem'),
      key: join(folder, 'key.pem'),
      pair: join(folder, 'pair.pem'),
    };
  }

  static async make({ chain, key }: Pick<Credentials, 'chain' | 'key'>): Promise<Desk> {
    const folder = await mkdtemp(join(tmpdir(), 'altname-real-'));
    await chmod(folder, 0o755);
    await handOver(folder);
    const desk = new Desk(folder);
    await desk.write('chain.pem', chain);
    await desk.write('key.pem', key);
    await desk.write('pair.pem', chain + key);
    return desk;
  }

  /** Writes a file that only the server may read, and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, text, { mode: 0o600 });
    await handOver(file);
    return file;
  }

  async makeFolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder);
    await handOver(folder);
    return folder;
  }

  /** Runs a program to its end. @throws {Error} with what it said when it fails */
  async run(program: string, args: readonly string[]): Promise<void> {
    const daemon = new Daemon(this.folder, program, args);
    await daemon.finished();
    if (daemon.ended !== 0) throw new Error(`${program} ended with ${daemon.ended}: ${daemon.said}`);
  }

  /**
   * Starts a server and waits until it takes connections on all its ports of 127.0.0.1.
   *
   * @throws {Error} with what it said when it ends instead, or has not come up in 60 seconds
   */
  async start(
    ports: readonly number[],
    program: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<void> {
    const daemon = new Daemon(this.folder, program, args, options);
    this.#daemons.push(daemon);
    for (const until = Date.now() + 60_000; ; await wait(20)) {
      const up =
        (options.ready?.test(daemon.said) ?? true) && (await Promise.all(ports.map(isUp))).every(Boolean);
      if (daemon.ended === null && up) return;
      if (daemon.ended !== null || Date.now() > until) {
        throw new Error(`${program} does not answer (ended with ${daemon.ended}): ${daemon.said}`);
      }
    }
  }

  /** What all its servers have said, as far as it is kept. */
  log(): string {
    return this.#daemons.map((daemon) => daemon.said).join('');
  }

  /** Ends what was started and removes the folder. */
  async clear(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function isUp(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
