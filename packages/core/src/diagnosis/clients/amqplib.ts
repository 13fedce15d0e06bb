import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const amqplib: ClientProfile = profile({
  name: 'amqplib',
  title: 'amqplib',
  package: 'amqplib',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'connect(url, { servername })',
  surfaces: 'promise: error.code',
  tested: ['2.3.1'],
  expectName: ({ dial, port, name }) => `import { connect } from 'amqplib';

const connection = await connect(${url('amqps', dial, port, '')}, {
  servername: ${quote(name)},
});
`,
  addCa: ({ name, port, file }) => `${caImports}
import { connect } from 'amqplib';

const ca = ${caList(file)};
const connection = await connect(${url('amqps', name, port, '')}, { ca });
`,
  keepHostHeader: () => null,
  traps: [
    'TLS options belong in the second argument; in the URL or in its object they are ignored.',
    'Old versions of amqplib send no server name unless servername is set.',
  ],
});
