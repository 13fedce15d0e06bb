import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, servernameOf } from './recipe.ts';

export const ioredis: ClientProfile = profile({
  name: 'ioredis',
  title: 'ioredis',
  package: 'ioredis',
  sentForDns: 'none',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'tls.servername',
  surfaces: "promise, MaxRetriesPerRequestError: nothing of it; 'error' event: error.code",
  tested: ['6.0.0'],
  expectName: ({ dial, port, name }) => `import { Redis } from 'ioredis';

const redis = new Redis({
  host: ${quote(dial)},
  port: ${port},
  tls: { servername: ${quote(name)} },
});
console.log(await redis.ping());
`,
  addCa: ({ name, port, file }) => `${caImports}
import { Redis } from 'ioredis';

const ca = ${caList(file)};
const redis = new Redis({
  host: ${quote(name)},
  port: ${port},
  tls: { ${servernameOf(name)}ca },
});
console.log(await redis.ping());
`,
  keepHostHeader: () => null,
  traps: [
    'ioredis sends no server name unless tls.servername is set, even when host is a name.',
    'Cluster dials the addresses its nodes announce: use dnsLookup: (address, callback) => callback(null, address), redisOptions.tls and announced host names.',
    'One tls.servername for a cluster or a sentinel is right only when one certificate covers every node.',
    'The reason of a failed connection comes only with the error event; the command fails with MaxRetriesPerRequestError.',
  ],
});
