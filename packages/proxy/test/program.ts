import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after } from 'node:test';

/** For `skip` of a test: why a program cannot be run here, or false. In CI it must be there. */
export function absent(program: string, debian: string, versionFlag: string = '--version'): string | false {
  if (spawnSync(program, [versionFlag]).error === undefined) return false;
  const reason = `${program} is missing: the Debian package ${debian} has it`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** Runs a program to its end, or for ten seconds; what it wrote. */
export async function run(program: string, words: readonly string[], input: string = ''): Promise<string> {
  const child = spawn(program, words, { stdio: 'pipe' });
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => {}).end(input);
  await once(child, 'close');
  clearTimeout(late);
  return output;
}

/**
 * Starts a server that is there until the tests of the file are over, and waits until it listens.
 *
 * @param options what it is ended with: one that has processes of its own has to hear of it
 */
export async function serve(
  program: string,
  words: readonly string[],
  port: number,
  options: { readonly end?: NodeJS.Signals; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ChildProcess> {
  const child: ChildProcess = spawn(program, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let told = '';
  child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  after(() => child.kill(options.end ?? 'SIGKILL'));
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${told}`);
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not listen: ${told}`);
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
