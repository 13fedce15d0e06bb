import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const got: ClientProfile = profile({
  name: 'got',
  title: 'got',
  package: 'got',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'https.serverName',
  surfaces: 'promise, RequestError: error.code',
  tested: ['14.6.6'],
  expectName: ({ dial, port, name }) => `import got from 'got';

const response = await got(${url('https', dial, port)}, {
  https: { serverName: ${quote(name)} },
});
console.log(response.statusCode);
`,
  addCa: ({ name, port, file }) => `${caImports}
import got from 'got';

const certificateAuthority = ${caList(file)};
const response = await got(${url('https', name, port)}, {
  https: { certificateAuthority },
});
console.log(response.statusCode);
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import got from 'got';

const response = await got(${url('https', dial, port)}, {
  headers: { host: ${quote(hostHeader)} },
  https: { serverName: ${quote(name)} },
});
console.log(response.statusCode);
`,
  traps: [
    'The option is spelt https.serverName and exists since got 14.5; before, use agent.https with servername.',
    'A Host header becomes the server name, and the name that is checked, unless https.serverName is set.',
    'https.serverName is kept when a redirect leads to another host.',
  ],
});
