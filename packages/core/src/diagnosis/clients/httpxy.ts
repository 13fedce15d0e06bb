import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const httpxy: ClientProfile = profile({
  name: 'httpxy',
  title: 'httpxy',
  package: 'httpxy',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'wins',
  nameOption: 'agent: new Agent({ servername })',
  surfaces: "'error' event: error.code",
  tested: ['0.5.6'],
  expectName: ({ dial, port, name }) => `import { Agent } from 'node:https';
import { createProxyServer } from 'httpxy';

const proxy = createProxyServer({
  target: ${target(dial, port)},
  changeOrigin: true,
  agent: new Agent({ servername: ${quote(name)} }),
});
proxy.on('error', (error, _request, answer) => answer.destroy(error));
proxy.listen(process.env.PORT ?? 8000, 'localhost');
`,
  addCa: ({ name, port, file }) => `import { Agent } from 'node:https';
${caImports}
import { createProxyServer } from 'httpxy';

const proxy = createProxyServer({
  target: ${target(name, port)},
  changeOrigin: true,
  agent: new Agent({ ca: ${caList(file)} }),
});
proxy.on('error', (error, _request, answer) => answer.destroy(error));
proxy.listen(process.env.PORT ?? 8000, 'localhost');
`,
  keepHostHeader: ({ dial, port, name }) => `import { Agent } from 'node:https';
import { createProxyServer } from 'httpxy';

const proxy = createProxyServer({
  target: ${target(dial, port)},
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

/** It takes the brackets of an IPv6 address in a URL for a part of the host. */
function target(host: string, port: number): string {
  return host.includes(':')
    ? `{ protocol: 'https:', hostname: ${quote(host)}, port: ${port} }`
    : url('https', host, port);
}
