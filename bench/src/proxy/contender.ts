import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caddyText, haproxyText, nginxText } from './configuration.ts';
import { proxyProcessor, startPinned, type PinnedProcess } from './pinned-process.ts';
import { upstreamName, type Upstream } from './upstream.ts';

/** One of the proxies that are compared. */
export interface Contender {
  readonly name: string;
  /** `altname` is measured against the others; `node` are the peers that run on Node, `native` the rest. */
  readonly kind: 'altname' | 'node' | 'native';
  /** The program and its words, once its files are written. */
  readonly prepare: (place: Place) => Command;
}

/** Where a contender listens, and what it is in front of. */
export interface Place {
  readonly port: number;
  readonly upstreamPort: number;
  readonly upstream: Upstream;
}

interface Command {
  readonly command: string;
  readonly words: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** The command as it is installed. */
export const altnameProgram: string = fileURLToPath(
  new URL('../../../../packages/cli/bin/altname.cjs', import.meta.url),
);
const nodeProgram = fileURLToPath(new URL('./node-peer.js', import.meta.url));

const notOnNode: readonly Contender[] = [
  { name: 'altname', kind: 'altname', prepare: altname(['-q']) },
  { name: 'altname, access log', kind: 'altname', prepare: altname([]) },
  { name: 'nginx', kind: 'native', prepare: nginx },
  { name: 'HAProxy', kind: 'native', prepare: haproxy },
  { name: 'Caddy', kind: 'native', prepare: caddy },
];

/** Everyone who terminates TLS. */
export const contenders: readonly Contender[] = [
  ...notOnNode,
  { name: 'http-proxy', kind: 'node', prepare: nodePeer('http-proxy') },
  { name: 'http-proxy-3', kind: 'node', prepare: nodePeer('http-proxy-3') },
  { name: 'httpxy', kind: 'node', prepare: nodePeer('httpxy') },
  { name: '@fastify/http-proxy', kind: 'node', prepare: nodePeer('fastify') },
];

/** Those that speak HTTP/2 to clients. */
export const http2Contenders: readonly Contender[] = [
  ...notOnNode,
  { name: 'http-proxy-3', kind: 'node', prepare: nodePeer('http-proxy-3-http2') },
  { name: '@fastify/http-proxy', kind: 'node', prepare: nodePeer('fastify-http2') },
];

/** Begins one, on the processor of the proxy. */
export function startContender(contender: Contender, place: Place): Promise<PinnedProcess> {
  return startPinned({
    ...contender.prepare(place),
    processor: proxyProcessor,
    port: place.port,
    log: join(place.upstream.folder, 'contender.log'),
  });
}

/** The program as it is installed, with what a one-liner says. */
function altname(flags: readonly string[]): Contender['prepare'] {
  return ({ port, upstreamPort, upstream: { cert, key, ca } }) => ({
    command: process.execPath,
    words: [
      ...nodeFlags(),
      altnameProgram,
      ...['proxy', '--listen', `127.0.0.1:${port}`, '--cert', cert, '--key', key],
      ...['--to', `https://127.0.0.1:${upstreamPort}`, '--name', upstreamName, '--ca', ca, ...flags],
    ],
  });
}

function nodePeer(name: string): Contender['prepare'] {
  return ({ port, upstreamPort, upstream: { cert, key, ca } }) => ({
    command: process.execPath,
    words: [
      ...nodeFlags(),
      nodeProgram,
      JSON.stringify({ name, port, upstreamPort, cert, key, ca, servername: upstreamName }),
    ],
    environment: { NODE_ENV: 'production' },
  });
}

/** Flags for every contender on Node, such as `--cpu-prof`. */
export function nodeFlags(): string[] {
  return (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((word) => word !== '');
}

function nginx(place: Place): Command {
  const file = join(place.upstream.folder, 'nginx.conf');
  writeFileSync(file, nginxText(place));
  return { command: 'nginx', words: ['-p', place.upstream.folder, '-e', 'stderr', '-c', file] };
}

function haproxy(place: Place): Command {
  const file = join(place.upstream.folder, 'haproxy.cfg');
  writeFileSync(file, haproxyText(place));
  return { command: 'haproxy', words: ['-db', '-f', file] };
}

function caddy(place: Place): Command {
  const file = join(place.upstream.folder, 'Caddyfile');
  writeFileSync(file, caddyText(place));
  return {
    command: 'caddy',
    words: ['run', '--adapter', 'caddyfile', '--config', file],
    environment: { GOMAXPROCS: '1', HOME: place.upstream.folder, XDG_DATA_HOME: place.upstream.folder },
  };
}
