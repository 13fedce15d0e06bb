import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, servernameOf } from './recipe.ts';

export const redis: ClientProfile = profile({
  name: 'redis',
  title: 'node-redis',
  package: 'redis',
  sentForDns: 'none',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'socket.servername',
  surfaces: "promise: error.code; 'error' event: error.code",
  tested: ['6.3.1'],
  expectName: ({ dial, port, name }) => `import { createClient } from 'redis';

const client = createClient({
  socket: { host: ${quote(dial)}, port: ${port}, tls: true, servername: ${quote(name)} },
});
client.on('error', console.error);
await client.connect();
`,
  addCa: ({ name, port, file }) => `${caImports}
import { createClient } from 'redis';

const ca = ${caList(file)};
const client = createClient({
  socket: { host: ${quote(name)}, port: ${port}, tls: true, ${servernameOf(name)}ca },
});
client.on('error', console.error);
await client.connect();
`,
  keepHostHeader: () => null,
  traps: [
    'node-redis sends no server name unless socket.servername is set, even when the host is a name.',
    'A cluster dials the addresses its nodes announce; nodeAddressMap turns them into names.',
  ],
});
