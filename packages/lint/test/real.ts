import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { issueLeaf, openAuthority, parseWantedName } from '@altname/certs';

/** For `skip` of a test: why a program cannot be run here, or false. In CI it must be there. */
export function absent(program: string, versionFlag: string): string | false {
  if (spawnSync(program, [versionFlag]).error === undefined) return false;
  const reason = `${program} is missing: the Debian package of that name has it`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** Runs a program to its end: its exit code, and what it told. */
export function run(
  program: string,
  words: readonly string[],
): { readonly code: number | null; readonly told: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', timeout: 20_000 });
  return { code: status, told: stdout + stderr };
}

/** A server of TLS that tells the names that it is sent. */
export interface Upstream {
  readonly port: number;
  /** `-` for none. */
  readonly sent: string[];
}

/** A folder with a CA, `root.pem` and `pair.pem`, and upstreams whose certificates are right or not for `api.test`. */
export interface World {
  readonly folder: string;
  readonly root: string;
  /** The same for programs in Go, which take no CA with limits of directory names. */
  readonly rootOfGo: string;
  /** The one that is meant. */
  readonly right: Upstream;
  /** Of the same CA, for another name. */
  readonly named: Upstream;
  /** With the name, of a CA that nobody knows. */
  readonly stranger: Upstream;
}

export async function startWorld(): Promise<World> {
  const folder = await scratch();
  const known = await openAuthority(folder);
  const other = await openAuthority(await scratch());
  const upstream = async (authority: typeof known, ...names: string[]): Promise<Upstream> => {
    const { chain, key } = await issueLeaf(authority, names.map(parseWantedName));
    return startUpstream(chain, key);
  };
  const root = join(folder, 'upstream-ca.pem');
  await writeFile(root, known.certificate);
  return {
    folder,
    root,
    rootOfGo: known.browserFile,
    right: await upstream(known, 'api.test'),
    named: await upstream(known, 'other.test'),
    stranger: await upstream(other, 'api.test'),
  };
}

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'altname-lint-'));
  // Workers of a server that root starts are somebody else.
  await chmod(folder, 0o755);
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startUpstream(cert: string, key: string): Promise<Upstream> {
  const sent: string[] = [];
  const server = https.createServer({ cert, key }, (_, response) => response.end('upstream'));
  server.on('secureConnection', (socket: TLSSocket) => {
    sent.push((socket as { servername?: string | false }).servername || '-');
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { sent, port: (server.address() as AddressInfo).port };
}

/** What a program is, and how it is run on a configuration until it is told to end. */
export interface RunningProgram {
  /** The status of a request, and its body. */
  get(path?: string): Promise<{ readonly status: number; readonly body: string }>;
  stop(): Promise<void>;
}

/** Starts a server, and waits until it listens. */
export async function start(
  program: string,
  words: readonly string[],
  port: number,
): Promise<RunningProgram> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const kill = (): boolean => child.kill('SIGKILL');
  after(kill);
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (child.exitCode !== null || attempt > 200) throw new Error(`${program} does not listen: ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    async get(path = '/') {
      const request = http.get({
        port,
        path,
        host: '127.0.0.1',
        agent: false,
        headers: { host: 'asked.test' },
      });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let body = '';
      for await (const chunk of response) body += String(chunk);
      return { status: response.statusCode ?? 0, body };
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      kill();
      await once(child, 'exit');
    },
  };
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
