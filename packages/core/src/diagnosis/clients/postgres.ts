import type { ClientProfile } from './profile.ts';
import { caImports, caList, isAddress, profile, quote } from './recipe.ts';

export const postgres: ClientProfile = profile({
  name: 'postgres',
  title: 'Postgres.js',
  package: 'postgres',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'localhost',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'ssl.servername',
  surfaces: 'promise: error.code',
  tested: ['3.4.9'],
  expectName: ({ dial, port, name }) => `import postgres from 'postgres';

const sql = postgres({
  ${place(dial, port)},
  ssl: { servername: ${quote(name)} },
});
console.log(await sql\`select 1\`);
`,
  // The host in ssl is what is checked; the socket is there already.
  addCa: ({ name, port, file }) => `${caImports}
import postgres from 'postgres';

const sql = postgres({
  ${place(name, port)},
  ssl: { ${isAddress(name) ? `host: ${quote(name)}, ` : ''}ca: ${caList(file)} },
});
console.log(await sql\`select 1\`);
`,
  keepHostHeader: () => null,
  traps: [
    'Give ssl an object, or true: with the strings require, allow and prefer no certificate is verified.',
    'For an IP address as host, the name checked is localhost, unless ssl.servername, or ssl.host, is set.',
  ],
});

/** A text as host is split at its commas and colons, as a list of hosts with ports; an IPv6 address must be in a list. */
function place(host: string, port: number): string {
  return host.includes(':')
    ? `host: [${quote(host)}],\n  port: [${port}]`
    : `host: ${quote(host)},\n  port: ${port}`;
}
