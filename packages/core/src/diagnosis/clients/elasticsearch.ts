import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const elasticsearch: ClientProfile = profile({
  name: 'elasticsearch',
  title: '@elastic/elasticsearch',
  package: '@elastic/elasticsearch',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'becomes-server-name',
  servernameOption: 'loses-to-host-header',
  nameOption: 'tls.servername',
  surfaces: 'promise, ConnectionError: error.message only',
  tested: ['9.4.3'],
  expectName: ({ dial, port, name }) => `import { Client } from '@elastic/elasticsearch';

const client = new Client({
  node: ${url('https', dial, port)},
  tls: { servername: ${quote(name)} },
});
console.log(await client.info());
`,
  addCa: ({ name, port, file }) => `${caImports}
import { Client } from '@elastic/elasticsearch';

const client = new Client({
  node: ${url('https', name, port)},
  tls: { ca: ${caList(file)} },
});
console.log(await client.info());
`,
  keepHostHeader: ({
    dial,
    port,
    name,
    hostHeader,
  }) => `import { Client, HttpConnection } from '@elastic/elasticsearch';

const client = new Client({
  node: ${url('https', dial, port)},
  Connection: HttpConnection,
  tls: { servername: ${quote(name)} },
  headers: { host: ${quote(hostHeader)} },
});
console.log(await client.info());
`,
  traps: [
    'tls.servername is used for every node: right only when one certificate covers them all.',
    'With sniffing, the client dials the addresses the nodes publish: have names in http.publish_host.',
    'The error is a ConnectionError without a code; the reason is in its message.',
  ],
});
