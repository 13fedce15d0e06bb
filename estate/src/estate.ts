import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeOptions } from '@altname/core';
import { listenOnAll, type Listener } from './behaviour/listener.ts';
import { claimPort } from './behaviour/port.ts';
import { startDns, type DnsServer } from './dns.ts';
import type { Serve, ServerDeclaration } from './server.ts';
import { serverGroups } from './servers/all.ts';
import { createWorld, type AuthorityName, type World } from './world.ts';

/** A server of the estate that runs, and how it is asked. */
export interface RunningServer {
  readonly group: string;
  readonly declaration: ServerDeclaration;
  readonly address: string;
  /** 0 when it is not available. */
  readonly port: number;
  /** What to check, and with which options. */
  readonly target: string;
  readonly options: ProbeOptions;
  /** The file for NODE_EXTRA_CA_CERTS of the process that checks it; null when this process will do. */
  readonly extraCaFile: string | null;
  /** Why it cannot be shown here; null when it can. */
  readonly unavailable: string | null;
}

/** The servers, running. */
export interface Estate {
  readonly servers: readonly RunningServer[];
  readonly world: World;
  /** Ends every server and removes the files. */
  close(): Promise<void>;
}

/**
 * Starts the estate on loopback, with certificates made for this start.
 *
 * @param options.only names or codes of the servers to start; all when not given
 */
export async function startEstate(options: { readonly only?: readonly string[] } = {}): Promise<Estate> {
  const chosen = serverGroups.flatMap(({ group, servers }) =>
    servers
      .filter((server) => isChosen(server.name, options.only))
      .map((declaration) => ({ group, declaration })),
  );
  const [world, folder, dns] = await Promise.all([
    createWorld(),
    mkdtemp(join(tmpdir(), 'altname-estate-')),
    startDns(Object.assign({}, ...chosen.map(({ declaration }) => declaration.zone ?? {}))),
  ]);
  const place: Place = { world, dns, caFile: caFiles(folder) };
  const started = await Promise.all(
    chosen.map(async ({ group, declaration }) => {
      const listeners = await start(declaration, world);
      return { listeners, running: await describe(group, declaration, listeners, place) };
    }),
  );
  return {
    servers: started.map(({ running }) => running),
    world,
    async close() {
      const listeners = started.flatMap((one) => (Array.isArray(one.listeners) ? one.listeners : []));
      await Promise.all([...listeners.map((listener) => listener.close()), dns.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A name chooses itself; a code chooses all its variants. */
function isChosen(name: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((one) => name === one || name.startsWith(`${one}:`));
}

interface Place {
  readonly world: World;
  readonly dns: DnsServer;
  /** The file that holds a certificate. */
  caFile(name: string, pem: string): Promise<string>;
}

/** The listeners of a server, or why it has none. */
async function start(declaration: ServerDeclaration, world: World): Promise<Listener[] | string> {
  const reason = declaration.unavailable?.(process.version) ?? null;
  if (reason !== null) return reason;
  const { serve, elsewhere = {} } = declaration;
  if (serve === 'nobody') return [{ address: '127.0.0.1', port: await claimPort(), close: async () => {} }];
  const home = declaration.ask.includes('[::1]') ? '::1' : '127.0.0.1';
  const servers: readonly [string, Serve][] = [[home, serve], ...Object.entries(elsewhere)];
  try {
    return await listenOnAll(
      await Promise.all(servers.map(async ([address, make]) => [address, await make(world)] as const)),
    );
  } catch (error) {
    const { code, address } = error as NodeJS.ErrnoException & { address?: string };
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
    return `this machine has no address ${address}`;
  }
}

async function describe(
  group: string,
  declaration: ServerDeclaration,
  listeners: Listener[] | string,
  { world, dns, caFile }: Place,
): Promise<RunningServer> {
  const listener = typeof listeners === 'string' ? undefined : listeners[0];
  const { address = '127.0.0.1', port = 0 } = listener ?? {};
  const { reach = 'connect', trust = 'root', extraCa } = declaration;
  const ca = await trusted(trust, world);
  return {
    group,
    declaration,
    address,
    port,
    target: declaration.ask.replace('{port}', String(port)),
    options: {
      ...(reach === 'connect' ? { connect: `${address}:${port}` } : {}),
      ...(reach === 'dns' ? { dnsServers: [dns.server] } : {}),
      ...(ca === null ? {} : { ca: ca.pem, caFile: await caFile(ca.name, ca.pem) }),
      ...declaration.options,
    },
    extraCaFile: extraCa === undefined ? null : await caFile(extraCa, world.authorities[extraCa].cert),
    unavailable: typeof listeners === 'string' ? listeners : null,
  };
}

async function trusted(
  trust: NonNullable<ServerDeclaration['trust']> | null,
  world: World,
): Promise<{ name: string; pem: string } | null> {
  if (trust === null) return null;
  if (typeof trust === 'string')
    return { name: trust, pem: world.authorities[trust satisfies AuthorityName].cert };
  return { name: 'own', pem: (await world.issue(trust)).cert };
}

/** Writes each certificate once. */
function caFiles(folder: string): Place['caFile'] {
  const written = new Map<string, Promise<string>>();
  return (name, pem) => {
    const write = async (): Promise<string> => {
      const file = join(folder, `${name}-${written.size}.pem`);
      await writeFile(file, pem);
      return file;
    };
    const done = written.get(pem) ?? write();
    written.set(pem, done);
    return done;
  };
}
