import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientProfiles } from '@altname/core';
import { createAuthority, type Credentials } from '../authority.ts';
import { startSink, type Sink, type Speech } from '../recipes/sink.ts';
import type { Subject } from './subjects.ts';

/** The name that certificates carry and clients do not know of. */
export const expected = 'expected.test';
/** The name in a Host header. */
export const site = 'site.test';
/** A name that leads to loopback in the plain program. */
export const dialled = 'dialled.test';

/** Certificates, servers, a proxy and a folder, for one run of measurements. */
export interface Lab {
  /** Beneath the estate, so that the packages a program imports are found from there. */
  readonly folder: string;
  /** PEM files of the CA the clients trust, and of the one they do not. */
  readonly files: { readonly known: string; readonly unknown: string };
  readonly leaves: Readonly<
    Record<'expectedOnly' | 'localhost' | 'everything' | 'unknownDns' | 'unknownIp', Credentials>
  >;
  /** URL of an HTTP proxy that tunnels to this machine alone, whatever host it is asked for. */
  readonly proxy: string;
  open(speech: Speech, leaf: Credentials, address?: '127.0.0.1' | '::1'): Promise<Sink>;
  /** Writes a module and says where. */
  write(name: string, code: string): Promise<string>;
  close(): Promise<void>;
}

export async function openLab(): Promise<Lab> {
  const folder = await mkdtemp(fileURLToPath(new URL('../../recipes-', import.meta.url)));
  const known = await createAuthority({ name: 'Known CA' });
  const unknown = await createAuthority({ name: 'CA of the addCa recipes' });
  const files = { known: join(folder, 'known.pem'), unknown: join(folder, `the CA's.pem`) };
  await writeFile(files.known, known.cert);
  await writeFile(files.unknown, unknown.cert);
  const leaves = {
    expectedOnly: await known.issue({ names: [expected] }),
    localhost: await known.issue({ names: ['localhost'] }),
    everything: await known.issue({ names: [dialled, 'localhost', '127.0.0.1', expected, site] }),
    unknownDns: await unknown.issue({ names: ['localhost', dialled] }),
    unknownIp: await unknown.issue({ names: ['127.0.0.1'] }),
  };
  const sinks: Sink[] = [];
  const tunnel = await startTunnel();
  let written = 0;
  return {
    folder,
    files,
    leaves,
    proxy: tunnel.url,
    async open(speech, leaf, address) {
      const sink = await startSink(speech, leaf, address);
      sinks.push(sink);
      return sink;
    },
    async write(name, code) {
      const file = join(folder, `${name}-${++written}.mjs`);
      await writeFile(file, code);
      return file;
    },
    async close() {
      for (const sink of sinks) sink.close();
      tunnel.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What programs take from the environment. Some clients use a proxy that they find there. */
export function variablesOf(lab: Lab, { client }: Subject): Record<string, string> {
  const proxy = clientProfiles[client].expectProxyName === undefined ? {} : { HTTPS_PROXY: lab.proxy };
  return { ...proxy, PORT: '0', IMAP_USER: 'user', IMAP_PASSWORD: 'password' };
}

/** A proxy for CONNECT (RFC 9110 §9.3.6), on loopback. */
async function startTunnel(): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1]);
    const target = connect(port, request.url?.startsWith('[::1]') === true ? '::1' : '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    keep(target);
    keep(client);
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
