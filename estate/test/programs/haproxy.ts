import type { Plan, Program } from './program.ts';

export const haproxy: Program = {
  name: 'HAProxy',
  package: 'haproxy',
  version: ['haproxy', '-v'],
  async prepare({ write, ports, certificates }): Promise<Plan> {
    const { provider, api, wild, old, root } = certificates;
    const file = (name: string, { chain, key }: { chain: string; key: string }) =>
      write(`${name}.pem`, chain + key);
    const names = [await file('api', api), await file('wild', wild), await file('old', old)];
    const all = [await file('provider', provider), ...names].map((path) => `crt ${path}`).join(' ');
    const frontend = (name: keyof typeof ports, bind: string): string => `
      frontend ${name}
        bind 127.0.0.1:${ports[name]} ${bind}
        http-request return status 200`;
    const config = `
      global
        tune.ssl.default-dh-param 2048
      defaults
        mode http
        timeout connect 5s
        timeout client 5s
        timeout server 5s
      ${frontend('lenient', `ssl ${all}`)}
      ${frontend('strict', `ssl ${all} strict-sni`)}
      ${frontend('bare', `ssl crt ${await file('bare', { ...api, chain: api.cert })}`)}
      ${frontend('mutual', `ssl crt ${names[0]} ca-file ${await write('root.pem', root)} verify required`)}
      ${frontend('plain', '')}
`;
    return {
      commands: [['haproxy', '-f', await write('haproxy.cfg', config)]],
      served: ['lenient', 'strict', 'bare', 'mutual', 'plain'],
    };
  },
};
