import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, servernameOf } from './recipe.ts';

export const basicFtp: ClientProfile = profile({
  name: 'basic-ftp',
  title: 'basic-ftp',
  package: 'basic-ftp',
  sentForDns: 'none',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'secureOptions.servername',
  surfaces: 'promise: error.code',
  tested: ['6.2.6'],
  expectName: ({ dial, port, name, starttls }) => `import { Client } from 'basic-ftp';

const client = new Client();
await client.access({
  host: ${quote(dial)},
  port: ${port},
  secure: ${security(port, starttls)},
  secureOptions: { servername: ${quote(name)} },
});
`,
  addCa: ({ name, port, file, starttls }) => `${caImports}
import { Client } from 'basic-ftp';

const client = new Client();
await client.access({
  host: ${quote(name)},
  port: ${port},
  secure: ${security(port, starttls)},
  secureOptions: { ${servernameOf(name)}ca: ${caList(file)} },
});
`,
  keepHostHeader: () => null,
  traps: [
    'basic-ftp sends no server name unless secureOptions.servername is set, even when host is a name.',
    'secureOptions is used for the data connections, too.',
  ],
});

/** The port of FTP where TLS is there from the start (RFC 4217 §17 names no other); elsewhere it begins with AUTH TLS. */
const implicitPort = 990;

function security(port: number, starttls = port !== implicitPort): string {
  return starttls ? 'true' : `'implicit'`;
}
