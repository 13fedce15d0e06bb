import type { ClientProfile } from './profile.ts';
import { caImports, caList, isAddress, profile, quote } from './recipe.ts';

export const pg: ClientProfile = profile({
  name: 'pg',
  title: 'pg',
  package: 'pg',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'loses-to-dns-host',
  nameOption: 'ssl.servername',
  surfaces: 'promise: error.code',
  tested: ['8.23.1'],
  expectName: ({ dial, port, name }) =>
    isAddress(dial)
      ? `import pg from 'pg';

const client = new pg.Client({
  host: ${quote(dial)},
  port: ${port},
  ssl: { servername: ${quote(name)} },
});
await client.connect();
`
      : `import { checkServerIdentity } from 'node:tls';
import pg from 'pg';

// pg sends a DNS host as server name and overwrites ssl.servername with it; the check can be told the name.
const client = new pg.Client({
  host: ${quote(dial)},
  port: ${port},
  ssl: { checkServerIdentity: (_host, certificate) => checkServerIdentity(${quote(name)}, certificate) },
});
await client.connect();
`,
  addCa: ({ name, port, file }) => `${caImports}
import pg from 'pg';

const client = new pg.Client({
  host: ${quote(name)},
  port: ${port},
  ssl: { ca: ${caList(file)} },
});
await client.connect();
`,
  keepHostHeader: () => null,
  traps: [
    'pg overwrites ssl.servername when host is a DNS name; it is used only when host is an IP address.',
    'Where the server chooses by server name, dial the address with ssl.servername, or map the name to it in the hosts file.',
    'sslmode in a connection string replaces the whole ssl object.',
    'Older versions, 8.16 for one, check a connection to an IP address against localhost unless ssl.servername is set.',
  ],
});
