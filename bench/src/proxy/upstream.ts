import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { authority } from '../certificates.ts';
import { otherProcessor, startPinned } from './pinned-process.ts';

/** The name that the certificate of the upstream carries, and that every contender is told. */
export const upstreamName = 'upstream.bench.test';
/** What clients ask for. */
export const frontName = 'localhost';

/** The upstream of a benchmark, nginx on a processor of its own, and the files that a contender needs. */
export interface Upstream {
  readonly folder: string;
  /** Answers a handshake for {@link upstreamName} alone. */
  readonly port: number;
  /** Its certificate is of a trusted CA, and carries another name. */
  readonly otherNamePort: number;
  /** Its certificate carries the name, and is of a CA that nobody was told of. */
  readonly otherAuthorityPort: number;
  /** As the first, with the certificate of the front: for what is passed through. */
  readonly passedPort: number;
  /** The files: the CAs that are trusted, the certificate in front, its key, both in one, and its CA. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly pair: string;
  readonly frontCa: string;
  readonly bodies: ReadonlyMap<string, Buffer>;
  stop(): Promise<void>;
}

/** Starts it. Octets of the bodies are random, so that nothing compresses and nothing is mistaken for another. */
export async function startUpstream(): Promise<Upstream> {
  const folder = mkdtempSync(join(tmpdir(), 'altname-bench-'));
  const at = (name: string): string => join(folder, name);
  const [right, other, stranger, front] = await Promise.all([
    authority(upstreamName, 'CN=altname benchmark CA'),
    authority('other.bench.test', 'CN=altname benchmark CA of another name'),
    authority(upstreamName, 'CN=altname benchmark CA that nobody trusts'),
    authority(frontName, 'CN=altname benchmark CA in front'),
  ]);
  for (const [name, made] of Object.entries({ right, other, stranger, front })) {
    writeFileSync(at(`${name}.pem`), made.certificatePem);
    writeFileSync(at(`${name}.key`), made.keyPem);
  }
  writeFileSync(at('ca.pem'), `${right.caPem}\n${other.caPem}\n`);
  writeFileSync(at('front-ca.pem'), `${front.caPem}\n`);
  writeFileSync(at('front.both.pem'), `${front.certificatePem}\n${front.keyPem}`);
  const bodies = new Map([
    ['/1k', randomBytes(1024)],
    ['/1m', randomBytes(1024 * 1024)],
  ]);
  mkdirSync(at('files'));
  for (const [path, body] of bodies) writeFileSync(join(folder, 'files', path), body);
  const [port = 0, otherNamePort = 0, otherAuthorityPort = 0, passedPort = 0] = await freePorts(4);
  const files = { folder, port, otherNamePort, otherAuthorityPort, passedPort };
  writeFileSync(at('upstream.conf'), configuration(files));
  const nginx = await startPinned({
    command: 'nginx',
    words: ['-p', folder, '-e', 'stderr', '-c', at('upstream.conf')],
    processor: otherProcessor,
    log: at('upstream.log'),
    port,
  });
  return {
    ...files,
    ca: at('ca.pem'),
    cert: at('front.pem'),
    key: at('front.key'),
    pair: at('front.both.pem'),
    frontCa: at('front-ca.pem'),
    bodies,
    async stop() {
      await nginx.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** nginx lets its worker go to another user; then that one cannot read a folder of ours. */
export const asThisUser: string = process.getuid?.() === 0 ? 'user root;' : '';

function configuration(
  files: Pick<Upstream, 'folder' | 'port' | 'otherNamePort' | 'otherAuthorityPort' | 'passedPort'>,
): string {
  const { folder, port, otherNamePort, otherAuthorityPort, passedPort } = files;
  const pages = `
    root ${folder}/files;
    location = /seen {
      return 200 '{"sni":"$ssl_server_name","host":"$http_host","for":"$http_x_forwarded_for","proto":"$http_x_forwarded_proto","connection":"$http_connection"}';
    }`;
  const certificate = (name: string): string =>
    `ssl_certificate ${folder}/${name}.pem; ssl_certificate_key ${folder}/${name}.key;`;
  // Whoever does not send the name gets no handshake; the Host may be another.
  return `daemon off; ${asThisUser} worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/upstream.pid;
error_log stderr;
events { worker_connections 16384; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 600s; open_file_cache max=16; sendfile on; tcp_nopush on;
  server { listen 127.0.0.1:${port} ssl default_server backlog=4096; ssl_reject_handshake on; ${pages} }
  server { listen 127.0.0.1:${port} ssl; server_name ${upstreamName}; ${certificate('right')} ${pages} }
  server { listen 127.0.0.1:${otherNamePort} ssl; ${certificate('other')} ${pages} }
  server { listen 127.0.0.1:${otherAuthorityPort} ssl; ${certificate('stranger')} ${pages} }
  server { listen 127.0.0.1:${passedPort} ssl backlog=4096; ${certificate('front')} ${pages} }
}
`;
}
