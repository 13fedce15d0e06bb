import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const ws: ClientProfile = profile({
  name: 'ws',
  title: 'ws',
  package: 'ws',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'kept',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: "'error' event: error.code",
  tested: ['8.23.0'],
  expectName: ({ dial, port, name }) => `import WebSocket from 'ws';

const socket = new WebSocket(${url('wss', dial, port)}, { servername: ${quote(name)} });
socket.on('open', () => console.log('open'));
`,
  addCa: ({ name, port, file }) => `${caImports}
import WebSocket from 'ws';

const ca = ${caList(file)};
const socket = new WebSocket(${url('wss', name, port)}, { ca });
socket.on('open', () => console.log('open'));
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import WebSocket from 'ws';

const socket = new WebSocket(${url('wss', dial, port)}, {
  servername: ${quote(name)},
  headers: { Host: ${quote(hostHeader)} },
});
socket.on('open', () => console.log('open'));
`,
  traps: ['A Host header never changes the server name here, unlike with node:https.'],
});
