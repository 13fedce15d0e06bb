import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** `nobody` and `nogroup` of Debian: most servers refuse to run as root. */
const nobody = 65_534;
const asNobody = process.getuid?.() === 0;

/** Where a program is: in PATH, where the administrator's programs are, or where PostgreSQL keeps its own. */
export function findProgram(name: string): string | null {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/sbin',
    ...postgresFolders(),
  ];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

/** Why a test of this program cannot run here: it is not installed. In CI it must be there: the test then fails. */
export function skipWithout(program: string, debianPackage: string): string | false {
  return findProgram(program) === null && process.env['CI'] === undefined
    ? `needs ${program}: apt install ${debianPackage}`
    : false;
}

/** A folder of its own, owned by whom the program will run as. */
export class Desk {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];
  #said = '';

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Desk> {
    const folder = await mkdtemp(join(tmpdir(), 'altname-daemon-'));
    await chmod(folder, 0o755);
    if (asNobody) await chown(folder, nobody, nobody);
    return new Desk(folder);
  }

  /** The names of user and group that the program runs as. */
  get owner(): { readonly user: string; readonly group: string } {
    const { username, gid } = userInfo();
    return asNobody ? { user: 'nobody', group: 'nogroup' } : { user: username, group: groupName(gid) };
  }

  /** Writes a file that only its owner may read, and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, text, { mode: 0o600 });
    if (asNobody) await chown(file, nobody, nobody);
    return file;
  }

  async makeFolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder);
    if (asNobody) await chown(folder, nobody, nobody);
    return folder;
  }

  /** Runs a program to its end. @throws {Error} with what it said when it fails */
  async run(program: string, ...args: readonly string[]): Promise<void> {
    const child = this.#spawn(program, args);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${this.#said}`);
  }

  /** Starts a server and waits until it takes connections. @throws {Error} with what it said when it does not */
  async start(ports: readonly number[], program: string, ...args: readonly string[]): Promise<void> {
    const child = this.#spawn(program, args);
    this.#children.push(child);
    for (const until = Date.now() + 20_000; ; await wait(30)) {
      const up = await Promise.all(ports.map(isUp));
      if (up.every(Boolean)) return;
      if (child.exitCode !== null || Date.now() > until) {
        throw new Error(`${program} does not answer (exit code ${child.exitCode}): ${this.#said}`);
      }
    }
  }

  /** Ends what was started and removes the folder. */
  async clear(): Promise<void> {
    await Promise.all(this.#children.map(end));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const path = findProgram(program);
    if (path === null) throw new Error(`${program} is not installed`);
    const child = spawn(path, args, {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, TMPDIR: this.folder, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, to end it with all its children.
      detached: true,
      ...(asNobody ? { uid: nobody, gid: nobody } : {}),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => (this.#said = (this.#said + String(text)).slice(-3000)));
    }
    child.on('error', (error) => (this.#said += String(error)));
    return child;
  }
}

async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null) return;
  const closed = once(child, 'close');
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // It has ended in the meantime.
    }
  };
  signal('SIGTERM');
  const force = setTimeout(() => signal('SIGKILL'), 3000);
  await closed;
  clearTimeout(force);
  signal('SIGKILL');
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

function postgresFolders(): string[] {
  const place = '/usr/lib/postgresql';
  try {
    return readdirSync(place).map((version) => join(place, version, 'bin'));
  } catch {
    return [];
  }
}

function groupName(gid: number): string {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((group) => group.split(':')[2] === String(gid));
  return line?.split(':')[0] ?? String(gid);
}
