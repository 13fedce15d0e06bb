import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const superagent: ClientProfile = profile({
  name: 'superagent',
  title: 'superagent',
  package: 'superagent',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: '.agent(new Agent({ servername }))',
  surfaces: 'promise: error.code',
  tested: ['10.4.2'],
  expectName: ({ dial, port, name }) => `import { Agent } from 'node:https';
import superagent from 'superagent';

const agent = new Agent({ servername: ${quote(name)} });
const response = await superagent.get(${url('https', dial, port)}).agent(agent);
console.log(response.status);
`,
  addCa: ({ name, port, file }) => `${caImports}
import superagent from 'superagent';

const ca = ${caList(file)};
const response = await superagent.get(${url('https', name, port)}).ca(ca);
console.log(response.status);
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { Agent } from 'node:https';
import superagent from 'superagent';

const agent = new Agent({ servername: ${quote(name)} });
const request = superagent.get(${url('https', dial, port)}).agent(agent);
const response = await request.set('Host', ${quote(hostHeader)});
console.log(response.status);
`,
  traps: [
    'superagent has no option for the server name: an agent carries it.',
    'A Host header becomes the server name, and the name that is checked, unless the agent sets servername.',
    'The agent uses its servername for every host it dials, redirects included: keep it for this host.',
  ],
});
