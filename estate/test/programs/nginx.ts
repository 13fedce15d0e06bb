import type { Credentials } from '../../src/authority.ts';
import type { Desk, Plan, Program } from './program.ts';

export const nginx: Program = {
  name: 'nginx',
  package: 'nginx',
  version: ['nginx', '-v'],
  async prepare(desk): Promise<Plan> {
    const { ports, folder } = desk;
    const { provider, api, wild, old, root } = desk.certificates;
    const pair = await pairWriter(desk);
    const names = [
      server(ports.lenient, 'api.shop.test', await pair('api', api)),
      server(ports.lenient, '*.wild.test', await pair('wild', wild)),
      server(ports.lenient, 'old.shop.test', await pair('old', old)),
    ];
    const config = `
      daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr warn;
      events { worker_connections 256; }
      http {
        access_log off;
        client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
        uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        ${server(ports.lenient, '_', await pair('provider', provider), '', 'default_server')}
        ${names.join('\n')}
        server { listen 127.0.0.1:${ports.strict} ssl default_server; ssl_reject_handshake on; }
        ${names.join('\n').replaceAll(String(ports.lenient), String(ports.strict))}
        ${server(ports.bare, 'api.shop.test', await pair('bare', { ...api, chain: api.cert }))}
        ${server(
          ports.mutual,
          'api.shop.test',
          await pair('mutual', api),
          `ssl_verify_client on; ssl_client_certificate ${await desk.write('root.pem', root)};`,
        )}
        server { listen 127.0.0.1:${ports.plain}; return 200 "plain"; }
      }`;
    return {
      commands: [['nginx', '-p', folder, '-c', await desk.write('nginx.conf', config)]],
      served: ['lenient', 'strict', 'bare', 'mutual', 'plain'],
    };
  },
};

function server(port: number, name: string, pair: string, more = '', listen = ''): string {
  return `server { listen 127.0.0.1:${port} ssl ${listen}; server_name ${name}; ${pair} ${more} return 200 "ok"; }`;
}

async function pairWriter({ write }: Desk): Promise<(name: string, pair: Credentials) => Promise<string>> {
  return async (name, { chain, key }) =>
    `ssl_certificate ${await write(`${name}.pem`, chain)}; ssl_certificate_key ${await write(`${name}.key`, key)};`;
}
