import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratch, type Identity } from './authority.ts';
import { freePort, serve } from './program.ts';

/** A server of somebody else's, with TLS in front, that hands everything on to an application of plain HTTP. */
export interface RealServer {
  readonly port: number;
  readonly url: string;
  readonly child: ChildProcess;
}

/** What it is started with. Each tells in `X-Protocol` which version of HTTP it was asked in. */
export interface RealServerOptions {
  readonly identity: Identity;
  /** The port of the application on loopback. */
  readonly app: number;
}

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** With a master and its workers, so that it can be reloaded. `/trailers` has trailers of its own. */
export async function startNginx({ identity, app }: RealServerOptions): Promise<RealServer> {
  const dir = await openScratch();
  const port = await freePort();
  await writeFile(join(dir, 'cert.pem'), identity.cert);
  await writeFile(join(dir, 'key.pem'), identity.key);
  const paths = temporary.map((each) => `${each}_temp_path ${dir}/${each};`).join(' ');
  const lines = `daemon off; pid ${dir}/pid; error_log stderr crit; worker_processes 2;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; ${paths}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream app { server 127.0.0.1:${app}; keepalive 8; }
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${dir}/cert.pem; ssl_certificate_key ${dir}/key.pem;
    client_max_body_size 0; http2_max_concurrent_streams 128; keepalive_requests 100000;
    add_header X-Protocol $server_protocol always;
    location / {
      proxy_pass http://app; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
      proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
    location = /trailers {
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection '';
      add_trailer X-Sum twelve;
    }
    location = /own { return 200 "nginx $connection"; }
  }
}
`;
  await writeFile(join(dir, 'nginx.conf'), lines);
  const words = ['-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')];
  return { ...at(port), child: await serve('nginx', words, port, { end: 'SIGTERM' }) };
}

export async function startHaproxy({ identity, app }: RealServerOptions): Promise<RealServer> {
  const dir = await openScratch();
  const port = await freePort();
  await writeFile(join(dir, 'pair.pem'), identity.cert + identity.key);
  await writeFile(
    join(dir, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend f
  bind 127.0.0.1:${port} ssl crt ${dir}/pair.pem alpn h2,http/1.1
  http-request set-var(txn.version) req.ver
  http-after-response set-header x-protocol HTTP/%[var(txn.version)]
  default_backend b
backend b
  server s 127.0.0.1:${app}
`,
  );
  const child = await serve('haproxy', ['-f', join(dir, 'haproxy.cfg'), '-db'], port);
  return { ...at(port), child };
}

export async function startCaddy({ identity, app }: RealServerOptions): Promise<RealServer> {
  const dir = await openScratch();
  const port = await freePort();
  await writeFile(join(dir, 'cert.pem'), identity.cert);
  await writeFile(join(dir, 'key.pem'), identity.key);
  await writeFile(
    join(dir, 'Caddyfile'),
    `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
:${port} {
  bind 127.0.0.1
  tls ${dir}/cert.pem ${dir}/key.pem
  header X-Protocol {http.request.proto}
  reverse_proxy 127.0.0.1:${app}
}
`,
  );
  const words = ['run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')];
  const env = { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
  return { ...at(port), child: await serve('caddy', words, port, { env }) };
}

function at(port: number): { readonly port: number; readonly url: string } {
  return { port, url: `https://127.0.0.1:${port}` };
}

/** Programs that give up their rights read in it, too. */
async function openScratch(): Promise<string> {
  const dir = join(await scratch(), 'server');
  await mkdir(dir);
  await chmod(join(dir, '..'), 0o755);
  await chmod(dir, 0o777);
  return dir;
}

/** What a front of somebody else's hands everything on to, over TLS and verified. */
export interface FrontOptions {
  readonly to: string;
  readonly name: string;
  /** In PEM. */
  readonly root: string;
}

/** nginx in the clear, in front of one upstream. */
export async function startNginxFront({ to, name, root }: FrontOptions): Promise<number> {
  const dir = await openScratch();
  const port = await freePort();
  await writeFile(join(dir, 'root.pem'), root);
  const paths = temporary.map((each) => `${each}_temp_path ${dir}/${each};`).join(' ');
  const lines = `daemon off; master_process off; pid ${dir}/pid; error_log stderr crit;
events {}
http {
  access_log off; ${paths}
  client_header_timeout 2s; client_body_timeout 2s; lingering_close off;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${to}; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_ssl_verify on; proxy_ssl_trusted_certificate ${dir}/root.pem;
      proxy_ssl_name ${name}; proxy_ssl_server_name on;
    }
  }
}
`;
  await writeFile(join(dir, 'nginx.conf'), lines);
  await serve('nginx', ['-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')], port);
  return port;
}

/** HAProxy in the clear, in front of one upstream. */
export async function startHaproxyFront({ to, name, root }: FrontOptions): Promise<number> {
  const dir = await openScratch();
  const port = await freePort();
  await writeFile(join(dir, 'root.pem'), root);
  await writeFile(
    join(dir, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 2s
  timeout http-request 2s
  timeout server 20s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  http-reuse never
  server s ${new URL(to).host} ssl verify required ca-file ${dir}/root.pem verifyhost ${name} sni str(${name})
`,
  );
  await serve('haproxy', ['-f', join(dir, 'haproxy.cfg'), '-db'], port);
  return port;
}
