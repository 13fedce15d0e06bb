import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printRatios, type Ratio } from '../table.ts';
import type { Settings } from './cases.ts';
import { altnameProgram, nodeFlags, type Contender, type Place } from './contender.ts';
import { loadWithConnections, loadWithH2load } from './load.ts';
import { provePassage } from './proof.ts';
import { measureRounds, printFigures, type Figures } from './rounds.ts';
import { asThisUser, frontName } from './upstream.ts';

// TLS passes through: these have no certificate and no key, and choose by the server name of the client.

const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

const passing: readonly Contender[] = [
  { name: 'altname', kind: 'altname', prepare: altname },
  { name: 'HAProxy', kind: 'native', prepare: haproxy },
  { name: 'nginx', kind: 'native', prepare: nginx },
];

/** By the server name, without decrypting: what a MiB costs, and what a connection costs. */
export async function passthrough({ upstream, rounds, scale, only }: Settings): Promise<void> {
  const chosen = passing.filter(({ name }) => only.length === 0 || only.includes(name));
  const there = chosen.filter(({ name }) => name !== 'nginx' || existsSync(streamModule));
  if (there.length < chosen.length) console.log('\nnginx passes nothing through without libnginx-mod-stream');
  for (const contender of there) await provePassage(contender, upstream);
  const options = { rounds, upstream, upstreamPort: upstream.passedPort };

  const large = Math.round(3200 * scale);
  const bytes = await measureRounds(there, {
    ...options,
    requests: large,
    load: (port, requests) =>
      loadWithH2load({
        ...{ path: '/1m', connections: 16, streams: null },
        folder: upstream.folder,
        port,
        requests,
      }),
  });
  printFigures(
    `passthrough: 1 MiB, 16 connections that are kept (${rounds} rounds of ${large} requests)`,
    bytes,
  );
  printGoal('passthrough, CPU of a MiB', bytes, 1.1);

  const many = Math.round(6000 * scale);
  const connections = await measureRounds(there, {
    ...options,
    requests: many,
    load: (port, requests) =>
      loadWithConnections({ ...{ path: '/1k', connections: 32 }, folder: upstream.folder, port, requests }),
  });
  printFigures(
    `passthrough: 1 KiB, a connection for each request (${rounds} rounds of ${many})`,
    connections,
  );
  printGoal('passthrough, CPU of a connection', connections, 1.4);
}

function printGoal(title: string, figures: readonly Figures[], goal: number): void {
  const of = (name: string): number =>
    figures.find(({ contender }) => contender.name === name)?.cpu ?? Number.NaN;
  const ratios: Ratio[] = ['HAProxy', 'nginx'].map((peer) => ({
    what: `altname / ${peer}`,
    ours: of('altname') * 1000,
    peer: of(peer) * 1000,
    goal: peer === 'HAProxy' ? goal : null,
  }));
  const known = ratios.filter(({ ours, peer }) => !Number.isNaN(ours / peer));
  if (known.length > 0) printRatios(title, known);
}

function altname({ port, upstreamPort, upstream: { folder } }: Place): ReturnType<Contender['prepare']> {
  const file = join(folder, 'passthrough.json');
  const configuration = {
    listen: `127.0.0.1:${port}`,
    upstreams: { behind: { to: `tcp://127.0.0.1:${upstreamPort}` } },
    routes: [{ host: frontName, tls: 'passthrough', to: 'behind' }],
  };
  writeFileSync(file, JSON.stringify(configuration));
  return {
    command: process.execPath,
    words: [...nodeFlags(), altnameProgram, 'proxy', '--config', file, '-q'],
  };
}

function haproxy({ port, upstreamPort, upstream: { folder } }: Place): ReturnType<Contender['prepare']> {
  const file = join(folder, 'haproxy-passthrough.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 10s
  timeout client 600s
  timeout server 600s
frontend front
  bind 127.0.0.1:${port} backlog 4096
  tcp-request inspect-delay 5s
  tcp-request content accept if { req_ssl_hello_type 1 }
  use_backend behind if { req_ssl_sni -i ${frontName} }
backend behind
  server one 127.0.0.1:${upstreamPort}
`,
  );
  return { command: 'haproxy', words: ['-db', '-f', file] };
}

function nginx({ port, upstreamPort, upstream: { folder } }: Place): ReturnType<Contender['prepare']> {
  const file = join(folder, 'nginx-passthrough.conf');
  writeFileSync(
    file,
    `load_module ${streamModule};
daemon off; ${asThisUser} worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
stream {
  map $ssl_preread_server_name $behind { ${frontName} 127.0.0.1:${upstreamPort}; }
  server { listen 127.0.0.1:${port} backlog=4096; ssl_preread on; proxy_pass $behind; }
}
`,
  );
  return { command: 'nginx', words: ['-p', folder, '-e', 'stderr', '-c', file] };
}
