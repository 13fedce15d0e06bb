import type { ClientProfile } from './profile.ts';
import { caImports, caList, isAddress, profile, quote, url } from './recipe.ts';

export const httpsProxyAgent: ClientProfile = profile({
  name: 'https-proxy-agent',
  title: 'https-proxy-agent',
  package: 'https-proxy-agent',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'localhost',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'servername',
  proxyNameOption: 'new HttpsProxyAgent(proxy, { servername })',
  proxySentForIp: 'none',
  surfaces: "'error' event: error.code",
  tested: ['9.1.0'],
  expectName: ({ dial, port, name }) => `import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
get(${url('https', dial, port)}, { agent, servername: ${quote(name)} }, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  addCa: ({ name, port, file }) =>
    isAddress(name)
      ? `import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';

const ca = ${caList(file)};
const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
// https-proxy-agent has localhost checked for an address; the check can be told the address.
const options = {
  agent,
  ca,
  checkServerIdentity: (_host, certificate) => checkServerIdentity(${quote(name)}, certificate),
};
get(${url('https', name, port)}, options, (response) => response.resume());
`
      : `import { get } from 'node:https';
${caImports}
import { HttpsProxyAgent } from 'https-proxy-agent';

const ca = ${caList(file)};
const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
get(${url('https', name, port)}, { agent, ca }, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
const options = { agent, servername: ${quote(name)}, headers: { host: ${quote(hostHeader)} } };
get(${url('https', dial, port)}, options, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  expectProxyName: ({ name }) => `import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY, { servername: ${quote(name)} });
get(process.env.TARGET_URL, { agent }, (response) => {
  console.log(response.statusCode);
  response.resume();
});
`,
  traps: [
    'servername in the options of the request is for the target; in those of the agent it is for the proxy.',
    'For an IP address as target, the name checked is localhost, or the name of the proxy, unless servername is set.',
    'A Host header becomes the server name, and the name that is checked, unless servername is set.',
  ],
});
