import type { ClientProfile } from './profile.ts';
import { authority, caImports, caList, profile, quote } from './recipe.ts';

export const mongodb: ClientProfile = profile({
  name: 'mongodb',
  title: 'mongodb',
  package: 'mongodb',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: 'promise, MongoServerSelectionError: error.cause.cause.code',
  tested: ['7.9.0'],
  expectName: ({ dial, port, name }) => `import { MongoClient } from 'mongodb';

const client = new MongoClient(${quote(`mongodb://${authority(dial, port)}/?directConnection=true`)}, {
  tls: true,
  servername: ${quote(name)},
});
await client.connect();
`,
  addCa: ({ name, port, file }) => `${caImports}
import { MongoClient } from 'mongodb';

const client = new MongoClient(${quote(`mongodb://${authority(name, port)}/`)}, {
  tls: true,
  ca: ${caList(file)},
});
await client.connect();
`,
  keepHostHeader: () => null,
  traps: [
    'servername is used for every member of a replica set: keep directConnection=true, or have one certificate for all.',
    'tlsCAFile replaces the default roots.',
    'The certificate error is in the cause of the cause of MongoServerSelectionError.',
  ],
});
