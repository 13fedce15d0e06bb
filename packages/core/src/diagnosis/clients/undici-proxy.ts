import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const undiciProxy: ClientProfile = profile({
  name: 'undici-proxy',
  title: 'undici ProxyAgent',
  package: 'undici',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'new ProxyAgent({ requestTls: { servername } })',
  proxyNameOption: 'new ProxyAgent({ proxyTls: { servername } })',
  proxySentForIp: 'address',
  surfaces: 'promise: error.code',
  tested: ['6.29.1', '7.30.2', '8.12.4'],
  expectName: ({ dial, port, name }) => `import { ProxyAgent, request } from 'undici';

const dispatcher = new ProxyAgent({
  uri: process.env.HTTPS_PROXY,
  requestTls: { servername: ${quote(name)} },
});
const { statusCode, body } = await request(${url('https', dial, port)}, { dispatcher });
console.log(statusCode);
await body.dump();
`,
  addCa: ({ name, port, file }) => `${caImports}
import { ProxyAgent, request } from 'undici';

const dispatcher = new ProxyAgent({
  uri: process.env.HTTPS_PROXY,
  requestTls: { ca: ${caList(file)} },
});
const { statusCode, body } = await request(${url('https', name, port)}, { dispatcher });
console.log(statusCode);
await body.dump();
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { ProxyAgent, request } from 'undici';

const dispatcher = new ProxyAgent({
  uri: process.env.HTTPS_PROXY,
  requestTls: { servername: ${quote(name)} },
});
const headers = { host: ${quote(hostHeader)} };
const { statusCode, body } = await request(${url('https', dial, port)}, { dispatcher, headers });
console.log(statusCode);
await body.dump();
`,
  expectProxyName: ({ name }) => `import { ProxyAgent, request } from 'undici';

const dispatcher = new ProxyAgent({
  uri: process.env.HTTPS_PROXY,
  proxyTls: { servername: ${quote(name)} },
});
const { statusCode, body } = await request(process.env.TARGET_URL, { dispatcher });
console.log(statusCode);
await body.dump();
`,
  traps: [
    'requestTls is for the target, proxyTls for the proxy; connect is ignored.',
    'For a proxy with an IP address, the address is sent to it as server name, and Node 26 refuses that, unless proxyTls.servername is set.',
    'A Host header becomes the server name, and the name that is checked, unless requestTls.servername is set.',
  ],
});
