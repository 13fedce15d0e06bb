import { claimPort } from '../behaviour/port.ts';
import { tester, type Server } from './server.ts';

export interface NginxOptions {
  /** The port of a gRPC server without TLS on 127.0.0.1, which everything but `/` is passed to. */
  readonly grpc?: number;
}

/** HTTP/1.1 and HTTP/2 over TLS: `ok` at `/`, and gRPC in front of a server of the caller's. */
export const nginx: Server<NginxOptions> = {
  name: 'nginx',
  programs: ['nginx'],
  packages: ['nginx-light'],
  login: tester,
  async start(desk, { grpc }) {
    const port = await claimPort();
    const pass = grpc === undefined ? '' : `location ~ . { grpc_pass grpc://127.0.0.1:${grpc}; }`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${desk.folder}/${name};`)
      .join(' ');
    const config = `
      daemon off; master_process off; worker_processes 1;
      pid ${desk.folder}/pid; error_log stderr warn;
      events { worker_connections 256; }
      http {
        access_log off; ${temporary}
        server {
          listen 127.0.0.1:${port} ssl http2;
          ssl_certificate ${desk.files.chain}; ssl_certificate_key ${desk.files.key};
          location = / { return 200 "ok"; }
          ${pass}
        }
      }
    `;
    const file = await desk.write('nginx.conf', config);
    await desk.start([port], 'nginx', ['-p', desk.folder, '-e', 'stderr', '-c', file]);
    return [port];
  },
};
