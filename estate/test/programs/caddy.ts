import type { Credentials } from '../../src/authority.ts';
import type { Desk, Plan, Program } from './program.ts';

export const caddy: Program = {
  name: 'Caddy',
  package: 'caddy',
  version: ['caddy', 'version'],
  async prepare(desk): Promise<Plan> {
    const { write, ports, certificates } = desk;
    const { provider, api, wild, old, root } = certificates;
    const clients = `client_auth {
          mode require_and_verify
          trusted_ca_cert_file ${await write('root.pem', root)}
        }`;
    const names = async (port: number): Promise<string[]> => [
      await site(desk, port, 'api.shop.test', api),
      await site(desk, port, '*.wild.test', wild),
      await site(desk, port, 'old.shop.test', old),
    ];
    // Certificates are shared by all sites of one process, so that each way to answer is a process of its own.
    const configs = {
      lenient: [
        await site(desk, ports.lenient, 'default.provider.test', provider),
        ...(await names(ports.lenient)),
        `http://127.0.0.1:${ports.plain} {\nbind 127.0.0.1\nrespond "plain"\n}`,
      ],
      strict: await names(ports.strict),
      bare: [await site(desk, ports.bare, 'api.shop.test', { ...api, chain: api.cert })],
      mutual: [await site(desk, ports.mutual, 'api.shop.test', api, clients)],
    };
    const commands = Object.entries(configs).map(async ([name, sites]) => {
      const config = [global(name === 'lenient' ? 'default_sni default.provider.test' : ''), ...sites].join(
        '\n',
      );
      return ['caddy', 'run', '--adapter', 'caddyfile', '--config', await write(`Caddyfile.${name}`, config)];
    });
    return {
      commands: await Promise.all(commands),
      served: ['lenient', 'strict', 'bare', 'mutual', 'plain'],
    };
  },
};

function global(more: string): string {
  return `{
    admin off
    auto_https off
    ${more}
  }`;
}

async function site(
  { write }: Desk,
  port: number,
  host: string,
  { chain, key }: Pick<Credentials, 'chain' | 'key'>,
  more = '',
): Promise<string> {
  const name = `${host.replace('*', 'wild')}-${port}`;
  return `https://${host}:${port} {
      bind 127.0.0.1
      tls ${await write(`${name}.pem`, chain)} ${await write(`${name}.key`, key)} {
        ${more}
      }
      respond "ok"
    }`;
}
