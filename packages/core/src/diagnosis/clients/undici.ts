import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const undici: ClientProfile = profile({
  name: 'undici',
  title: 'undici',
  package: 'undici',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'loses-to-host-header',
  nameOption: 'new Agent({ connect: { servername } })',
  surfaces: 'promise: error.code',
  tested: ['6.29.1', '7.30.2', '8.12.4'],
  expectName: ({ dial, port, name }) => `import { Agent, request } from 'undici';

const dispatcher = new Agent({ connect: { servername: ${quote(name)} } });
const { statusCode, body } = await request(${url('https', dial, port)}, { dispatcher });
console.log(statusCode);
await body.dump();
`,
  addCa: ({ name, port, file }) => `${caImports}
import { Agent, request } from 'undici';

const dispatcher = new Agent({ connect: { ca: ${caList(file)} } });
const { statusCode, body } = await request(${url('https', name, port)}, { dispatcher });
console.log(statusCode);
await body.dump();
`,
  keepHostHeader: ({
    dial,
    port,
    name,
    hostHeader,
  }) => `import { Agent, buildConnector, request } from 'undici';

const servername = ${quote(name)};
const connect = buildConnector({});
const dispatcher = new Agent({
  connect: (options, callback) => connect({ ...options, servername }, callback),
});
const headers = { host: ${quote(hostHeader)} };
const { statusCode, body } = await request(${url('https', dial, port)}, { dispatcher, headers });
console.log(statusCode);
await body.dump();
`,
  traps: [
    'The option is connect.servername; connect.tls is ignored.',
    'A Host header becomes the server name even when connect.servername is set: only a connector overrides it.',
    'The dispatcher uses its servername for every host it dials: keep it for this host.',
    'ProxyAgent takes requestTls for the target and proxyTls for the proxy.',
  ],
});
