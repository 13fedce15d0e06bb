import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const axios: ClientProfile = profile({
  name: 'axios',
  title: 'axios',
  package: 'axios',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'httpsAgent: new Agent({ servername })',
  surfaces: 'promise, AxiosError: error.code',
  tested: ['1.21.1'],
  expectName: ({ dial, port, name }) => `import { Agent } from 'node:https';
import axios from 'axios';

const httpsAgent = new Agent({ servername: ${quote(name)} });
const response = await axios.get(${url('https', dial, port)}, { httpsAgent });
console.log(response.status);
`,
  addCa: ({ name, port, file }) => `import { Agent } from 'node:https';
${caImports}
import axios from 'axios';

const httpsAgent = new Agent({ ca: ${caList(file)} });
const response = await axios.get(${url('https', name, port)}, { httpsAgent });
console.log(response.status);
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { Agent } from 'node:https';
import axios from 'axios';

const httpsAgent = new Agent({ servername: ${quote(name)} });
const headers = { Host: ${quote(hostHeader)} };
const response = await axios.get(${url('https', dial, port)}, { httpsAgent, headers });
console.log(response.status);
`,
  traps: [
    'The option is httpsAgent; servername beside it, or in agentOptions, is ignored.',
    'The agent uses its servername for every host it dials, redirects included: keep it for this host.',
    'A Host header becomes the server name, and the name that is checked, unless the agent sets servername.',
    'Through a proxy, HTTPS_PROXY for one, an IP address is sent as server name, and Node 26 refuses that, unless the agent sets servername.',
  ],
});
