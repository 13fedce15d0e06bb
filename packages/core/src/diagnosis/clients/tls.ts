import type { ClientProfile } from './profile.ts';
import { caList, profile, quote, servernameOf } from './recipe.ts';

export const tls: ClientProfile = profile({
  name: 'tls',
  title: 'node:tls',
  package: null,
  sentForDns: 'none',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: "'error' event: error.code",
  tested: [],
  expectName: ({ dial, port, name }) => `import { connect } from 'node:tls';

const socket = connect({
  host: ${quote(dial)},
  port: ${port},
  servername: ${quote(name)},
});
socket.on('secureConnect', () => console.log(socket.getProtocol()));
`,
  addCa: ({ name, port, file }) => `import { readFileSync } from 'node:fs';
import { connect, rootCertificates } from 'node:tls';

const ca = ${caList(file)};
const socket = connect({ host: ${quote(name)}, port: ${port}, ${servernameOf(name)}ca });
socket.on('secureConnect', () => console.log(socket.getProtocol()));
`,
  keepHostHeader: () => null,
  traps: [
    'tls.connect sends no server name unless servername is set, even when host is a name.',
    'With a socket of your own, set host or servername too: without both, the name checked is localhost.',
  ],
});
