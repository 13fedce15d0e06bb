import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const nodeFetch: ClientProfile = profile({
  name: 'node-fetch',
  title: 'node-fetch',
  package: 'node-fetch',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'agent: new Agent({ servername })',
  surfaces: 'promise, FetchError: error.code',
  tested: ['3.3.2'],
  expectName: ({ dial, port, name }) => `import { Agent } from 'node:https';
import fetch from 'node-fetch';

const agent = new Agent({ servername: ${quote(name)} });
const response = await fetch(${url('https', dial, port)}, { agent });
console.log(response.status);
`,
  addCa: ({ name, port, file }) => `import { Agent } from 'node:https';
${caImports}
import fetch from 'node-fetch';

const agent = new Agent({ ca: ${caList(file)} });
const response = await fetch(${url('https', name, port)}, { agent });
console.log(response.status);
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { Agent } from 'node:https';
import fetch from 'node-fetch';

const agent = new Agent({ servername: ${quote(name)} });
const headers = { Host: ${quote(hostHeader)} };
const response = await fetch(${url('https', dial, port)}, { agent, headers });
console.log(response.status);
`,
  traps: [
    'A Host header becomes the server name, and the name that is checked, unless the agent sets servername.',
    'One agent serves redirects too; give agent as a function of the URL to use servername for one host only.',
  ],
});
