import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const httpProxy: ClientProfile = profile({
  name: 'http-proxy',
  title: 'http-proxy',
  package: 'http-proxy',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'agent: new Agent({ servername })',
  surfaces: "'error' event: error.code",
  tested: ['1.18.1'],
  expectName: ({ dial, port, name }) => `import { Agent } from 'node:https';
import httpProxy from 'http-proxy';

const proxy = httpProxy.createProxyServer({
  target: ${url('https', dial, port)},
  changeOrigin: true,
  agent: new Agent({ servername: ${quote(name)} }),
});
proxy.on('error', (error, _request, answer) => answer.destroy(error));
proxy.listen(process.env.PORT ?? 8000, 'localhost');
`,
  addCa: ({ name, port, file }) => `import { Agent } from 'node:https';
${caImports}
import httpProxy from 'http-proxy';

const proxy = httpProxy.createProxyServer({
  target: ${url('https', name, port)},
  changeOrigin: true,
  agent: new Agent({ ca: ${caList(file)} }),
});
proxy.on('error', (error, _request, answer) => answer.destroy(error));
proxy.listen(process.env.PORT ?? 8000, 'localhost');
`,
  keepHostHeader: ({ dial, port, name }) => `import { Agent } from 'node:https';
import httpProxy from 'http-proxy';

const proxy = httpProxy.createProxyServer({
  target: ${url('https', dial, port)},
  agent: new Agent({ servername: ${quote(name)} }),
});
proxy.on('error', (error, _request, answer) => answer.destroy(error));
proxy.listen(process.env.PORT ?? 8000, 'localhost');
`,
  traps: [
    'Without changeOrigin, the Host header of the incoming request becomes the server name, and the name that is checked.',
    'changeOrigin sends the host of the target as Host; an agent with servername is what keeps the incoming Host and still checks the right name.',
    'The agent uses its servername for every target: one agent for each.',
  ],
});
