import type { Place } from './contender.ts';
import { asThisUser, upstreamName } from './upstream.ts';

// What the three from Debian are told. Each keeps connections on both sides, sends and checks the name of the upstream,
// and says who asked. None of them logs requests.

/** @returns the file of nginx */
export function nginxText({ port, upstreamPort, upstream }: Place): string {
  const { folder, cert, key, ca } = upstream;
  return `daemon off; ${asThisUser} worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 600s; http2_max_concurrent_streams 256;
  upstream behind { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    location / {
      proxy_pass https://behind; proxy_http_version 1.1; proxy_max_temp_file_size 0;
      proxy_ssl_server_name on; proxy_ssl_name ${upstreamName};
      proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca}; proxy_ssl_verify_depth 2;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }
}
`;
}

/** @returns the file of HAProxy */
export function haproxyText({ port, upstreamPort, upstream: { pair, ca } }: Place): string {
  return `global
  nbthread 1
  maxconn 12000
  ulimit-n 20000
  no strict-limits
defaults
  mode http
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
  timeout http-request 30s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port} ssl crt ${pair} alpn h2,http/1.1 backlog 4096
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend behind
backend behind
  server one 127.0.0.1:${upstreamPort} ssl verify required ca-file ${ca} sni str(${upstreamName}) verifyhost ${upstreamName} pool-purge-delay 600s
`;
}

/** @returns the file of Caddy */
export function caddyText({ port, upstreamPort, upstream: { cert, key, ca } }: Place): string {
  return `{
	admin off
	auto_https off
	log {
		level ERROR
	}
	servers {
		protocols h1 h2
	}
}
https://localhost:${port} {
	bind 127.0.0.1
	tls ${cert} ${key}
	reverse_proxy https://127.0.0.1:${upstreamPort} {
		transport http {
			versions 1.1
			tls_server_name ${upstreamName}
			tls_trusted_ca_certs ${ca}
			keepalive 600s
			keepalive_idle_conns 1024
			keepalive_idle_conns_per_host 1024
		}
	}
}
`;
}
