import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const fetch: ClientProfile = profile({
  name: 'fetch',
  title: 'fetch (undici)',
  package: 'undici',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'dropped',
  servernameOption: 'wins',
  nameOption: 'dispatcher: new Agent({ connect: { servername } })',
  surfaces: 'promise, TypeError: error.cause.code',
  tested: [],
  expectName: ({ dial, port, name }) => `import { Agent, fetch } from 'undici';

const dispatcher = new Agent({ connect: { servername: ${quote(name)} } });
const response = await fetch(${url('https', dial, port)}, { dispatcher });
console.log(response.status);
`,
  addCa: ({ name, port, file }) => `${caImports}
import { Agent, fetch } from 'undici';

const dispatcher = new Agent({ connect: { ca: ${caList(file)} } });
const response = await fetch(${url('https', name, port)}, { dispatcher });
console.log(response.status);
`,
  keepHostHeader: ({
    dial,
    port,
    name,
    hostHeader,
  }) => `import { Agent, buildConnector, fetch } from 'undici';

// fetch drops a Host header: the URL carries it, and the connector chooses where to dial.
const place = { hostname: ${quote(dial)}, port: ${port}, servername: ${quote(name)} };
const connect = buildConnector({});
const dispatcher = new Agent({
  connect: (options, callback) => connect({ ...options, ...place }, callback),
});
const response = await fetch(${quote(`https://${hostHeader}/`)}, { dispatcher });
console.log(response.status);
`,
  traps: [
    'fetch drops a Host header without a word.',
    'Take fetch and Agent from the same undici: the fetch of Node 22 and 24 fails with the Agent of undici 8.',
    'The error says only "fetch failed"; the reason is in its cause.',
    'Without undici, NODE_EXTRA_CA_CERTS adds a CA for the fetch of Node.',
  ],
});
