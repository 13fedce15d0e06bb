import type { ClientProfile } from './profile.ts';
import { caImports, caList, isAddress, profile, quote } from './recipe.ts';

export const tedious: ClientProfile = profile({
  name: 'tedious',
  title: 'tedious',
  package: 'tedious',
  sentForDns: 'host',
  sentForIp: 'address',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'options.serverName',
  surfaces: 'callback, ConnectionError: error.cause.code (error.code is ESOCKET)',
  tested: ['19.2.2'],
  expectName: ({ dial, port, name, starttls }) => `import { Connection } from 'tedious';

const connection = new Connection({
  server: ${quote(dial)},
  options: { port: ${port}, encrypt: ${encryption(starttls)}, serverName: ${quote(name)} },
});
connection.connect((error) => console.log(error ?? 'connected'));
`,
  // An address would be sent as server name, which Node 26 refuses.
  addCa: ({ name, port, file, starttls }) =>
    isAddress(name)
      ? null
      : `${caImports}
import { Connection } from 'tedious';

const ca = ${caList(file)};
const connection = new Connection({
  server: ${quote(name)},
  options: { port: ${port}, encrypt: ${encryption(starttls)}, cryptoCredentialsDetails: { ca } },
});
connection.connect((error) => console.log(error ?? 'connected'));
`,
  keepHostHeader: () => null,
  traps: [
    'The option is spelt options.serverName.',
    'For an IP address as server, tedious sends the address as server name, and Node 26 refuses that: set options.serverName, or connect by name.',
    'The error code is ESOCKET; the certificate error is in its cause.',
  ],
});

/** TDS 7 comes to TLS after a packet of its own; TDS 8 begins with it ([MS-TDS] 3.2.5.1), which is `strict`. */
function encryption(starttls = true): string {
  return starttls ? 'true' : `'strict'`;
}
