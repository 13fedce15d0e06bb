import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const https: ClientProfile = profile({
  name: 'https',
  title: 'node:https',
  package: null,
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: "'error' event: error.code",
  tested: [],
  expectName: ({ dial, port, name }) => `import { get } from 'node:https';

get(${url('https', dial, port)}, { servername: ${quote(name)} }, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  addCa: ({ name, port, file }) => `import { get } from 'node:https';
${caImports}

const ca = ${caList(file)};
get(${url('https', name, port)}, { ca }, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { get } from 'node:https';

const options = { servername: ${quote(name)}, headers: { host: ${quote(hostHeader)} } };
get(${url('https', dial, port)}, options, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  traps: [
    'A Host header becomes the server name, and the name that is checked, unless servername is set.',
    'Host stays the dialled host; set it as well where the server chooses the site by it.',
    'servername on an Agent is used for every host the agent dials, redirects included.',
  ],
});
