import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { otherProcessor, startPinned, type PinnedProcess } from '../proxy/pinned-process.ts';
import { asThisUser, freePorts, upstreamName, type Upstream } from '../proxy/upstream.ts';

/** The upstream of the soak: nginx for what is asked often, and a server of Node behind it for what goes wrong. */
export interface SoakUpstream {
  readonly port: number;
  stop(): Promise<void>;
}

/** Octets of `/cut` that are promised, and that come. */
const promised = 10_000;
const sent = 1000;

/** Starts it, with the certificates and files of the benchmark. */
export async function startSoakUpstream({ folder }: Upstream): Promise<SoakUpstream> {
  const odd = startOdd();
  await once(odd, 'listening');
  const [port = 0] = await freePorts(1);
  const file = join(folder, 'soak.conf');
  writeFileSync(join(folder, 'files', '8k'), 'x'.repeat(8192));
  mkdirSync(join(folder, 'soak'), { recursive: true });
  writeFileSync(file, configuration(folder, port, (odd.address() as AddressInfo).port));
  const nginx: PinnedProcess = await startPinned({
    command: 'nginx',
    words: ['-p', folder, '-e', 'stderr', '-c', file],
    processor: otherProcessor,
    log: join(folder, 'soak.log'),
    port,
  });
  return {
    port,
    async stop() {
      await nginx.stop();
      odd.closeAllConnections();
      odd.close();
    },
  };
}

/** `/cut` breaks off in the middle of a body; an upgrade gets back what it sends. */
function startOdd(): Server {
  const server = createServer((_request, answer) => {
    answer.writeHead(200, { 'content-length': promised });
    answer.write('x'.repeat(sent), () => setTimeout(() => answer.destroy(), 5));
  });
  server.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  return server.listen(0, '127.0.0.1');
}

function configuration(folder: string, port: number, oddPort: number): string {
  // 444 closes the connection without an answer.
  return `daemon off; ${asThisUser} worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/soak.pid;
error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; client_body_temp_path ${folder}/soak/body; proxy_temp_path ${folder}/soak/proxy;
  fastcgi_temp_path ${folder}/soak/fastcgi; uwsgi_temp_path ${folder}/soak/uwsgi; scgi_temp_path ${folder}/soak/scgi;
  keepalive_requests 100000; keepalive_timeout 60s; open_file_cache max=16;
  server {
    listen 127.0.0.1:${port} ssl backlog=4096; server_name ${upstreamName};
    ssl_certificate ${folder}/right.pem; ssl_certificate_key ${folder}/right.key;
    root ${folder}/files;
    location = /post { return 200 'taken'; }
    location = /slow { alias ${folder}/files/8k; limit_rate 4k; }
    location = /reset { return 444; }
    location = /cut { proxy_pass http://127.0.0.1:${oddPort}; proxy_buffering off; }
    location = /ws {
      proxy_pass http://127.0.0.1:${oddPort}; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
    }
  }
}
`;
}
