import type { Credentials } from '../../src/authority.ts';
import type { Plan, Program } from './program.ts';

export const openssl: Program = {
  name: 'openssl s_server',
  package: 'openssl',
  version: ['openssl', 'version'],
  async prepare({ write, ports, certificates }): Promise<Plan> {
    const { provider, api, root } = certificates;
    const pair = async (name: string, { cert, chain, key }: Credentials, second = ''): Promise<string[]> => [
      `-cert${second}`,
      await write(`${name}.pem`, cert),
      `-key${second}`,
      await write(`${name}.key`, key),
      ...(second === '' ? ['-cert_chain', await write(`${name}-chain.pem`, chain)] : []),
    ];
    const server = (port: number, ...args: readonly string[]): string[] => [
      'openssl',
      's_server',
      '-accept',
      `127.0.0.1:${port}`,
      '-www',
      ...args,
    ];
    const two = [...(await pair('provider', provider)), ...(await pair('api', api, '2'))];
    const named = [...two, '-servername', 'api.shop.test'];
    const one = await pair('one', api);
    return {
      commands: [
        server(ports.lenient, ...named),
        server(ports.strict, ...named, '-servername_fatal'),
        server(ports.bare, ...one.slice(0, 4)),
        server(
          ports.mutual,
          ...one,
          '-CAfile',
          await write('root.pem', root),
          '-Verify',
          '1',
          '-verify_return_error',
        ),
      ],
      served: ['lenient', 'strict', 'bare', 'mutual'],
    };
  },
};
