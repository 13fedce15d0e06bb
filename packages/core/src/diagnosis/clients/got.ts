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
  expectName: ({ dial, port, name, version }) =>
    hasServerName(version)
      ? `import got from 'got';

const response = await got(${url('https', dial, port)}, {
  https: { serverName: ${quote(name)} },
});
console.log(response.statusCode);
`
      : `import { Agent } from 'node:https';
import got from 'got';

const agent = { https: new Agent({ servername: ${quote(name)} }) };
const response = await got(${url('https', dial, port)}, { agent });
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
  keepHostHeader: ({ dial, port, name, hostHeader, version }) =>
    hasServerName(version)
      ? `import got from 'got';

const response = await got(${url('https', dial, port)}, {
  headers: { host: ${quote(hostHeader)} },
  https: { serverName: ${quote(name)} },
});
console.log(response.statusCode);
`
      : `import { Agent } from 'node:https';
import got from 'got';

const response = await got(${url('https', dial, port)}, {
  agent: { https: new Agent({ servername: ${quote(name)} }) },
  headers: { host: ${quote(hostHeader)} },
});
console.log(response.statusCode);
`,
  traps: [
    'The option is spelt https.serverName and exists since got 14.5; before, use agent.https with servername.',
    'A Host header becomes the server name, and the name that is checked, unless https.serverName is set.',
    'https.serverName is kept when a redirect leads to another host.',
  ],
});

/** Before 14.5 `https.serverName` does not exist, and got throws for it. */
function hasServerName(version = '14.5.0'): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 14 || (major === 14 && minor >= 5);
}
