import type { ClientProfile, RecipeValues } from './profile.ts';
import { caImports, caList, isAddress, profile, quote } from './recipe.ts';

export const mysql2: ClientProfile = profile({
  name: 'mysql2',
  title: 'mysql2',
  package: 'mysql2',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'not-checked',
  checkedForIp: 'not-checked',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'host, stream, ssl.verifyIdentity',
  surfaces: 'promise: error.message only (error.code is HANDSHAKE_SSL_ERROR)',
  tested: ['3.24.6'],
  expectName,
  // For an address, verifyIdentity would check localhost.
  addCa: ({ name, port, file }) =>
    isAddress(name)
      ? null
      : `${caImports}
import { createConnection } from 'mysql2/promise';

const connection = await createConnection({
  host: ${quote(name)},
  port: ${port},
  ssl: { verifyIdentity: true, ca: ${caList(file)} },
});
`,
  keepHostHeader: () => null,
  // Without it, nothing is compared: expecting a name and verifying one are the same here.
  verifyName: expectName,
  traps: [
    'Without ssl.verifyIdentity the name is not compared at all: any trusted certificate is accepted.',
    'With verifyIdentity and an IP address as host, the name checked is localhost: connect by name, or give the name as host and dial with stream.',
    'servername in ssl is ignored.',
    'The error code is HANDSHAKE_SSL_ERROR; the certificate error is in its text.',
  ],
});

function expectName({ dial, port, name }: RecipeValues): string {
  if (dial === name) {
    return `import { createConnection } from 'mysql2/promise';

const connection = await createConnection({
  host: ${quote(name)},
  port: ${port},
  ssl: { verifyIdentity: true },
});
`;
  }
  return `import { connect } from 'node:net';
import { createConnection } from 'mysql2/promise';

// mysql2 has no option for the name: host is the name to send and check, and stream is where to dial.
const connection = await createConnection({
  host: ${quote(name)},
  stream: () => connect(${port}, ${quote(dial)}),
  ssl: { verifyIdentity: true },
});
`;
}
