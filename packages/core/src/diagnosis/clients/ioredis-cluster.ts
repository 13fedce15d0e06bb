import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, servernameOf } from './recipe.ts';

export const ioredisCluster: ClientProfile = profile({
  name: 'ioredis-cluster',
  title: 'ioredis Cluster',
  package: 'ioredis',
  sentForDns: 'none',
  sentForIp: 'none',
  checkedForDns: 'address',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'redisOptions.tls.servername',
  surfaces:
    "promise: nothing of it; 'node error' event: nothing of it; 'error' event, ClusterAllFailedError: nothing of it",
  tested: ['6.0.0'],
  expectName: ({ dial, port, name }) => `import { Cluster } from 'ioredis';

const cluster = new Cluster([{ host: ${quote(dial)}, port: ${port} }], {
  dnsLookup: (address, callback) => callback(null, address),
  redisOptions: { tls: { servername: ${quote(name)} } },
});
console.log(await cluster.ping());
`,
  addCa: ({ name, port, file }) => `${caImports}
import { Cluster } from 'ioredis';

const ca = ${caList(file)};
const cluster = new Cluster([{ host: ${quote(name)}, port: ${port} }], {
  dnsLookup: (address, callback) => callback(null, address),
  redisOptions: { tls: { ${servernameOf(name)}ca } },
});
console.log(await cluster.ping());
`,
  keepHostHeader: () => null,
  traps: [
    'Cluster resolves its nodes by itself and dials addresses: dnsLookup, as here, keeps the names.',
    'redisOptions.tls.servername is used for every node: right only when one certificate covers them all. Else leave it out and have the nodes announce host names.',
    'The reason of a failed connection comes neither with the error nor with an event: connect to one node with Redis to see it.',
  ],
});
