import type { ClientProfile } from './profile.ts';
import { authority, caImports, caList, profile, quote } from './recipe.ts';

export const kafkajs: ClientProfile = profile({
  name: 'kafkajs',
  title: 'KafkaJS',
  package: 'kafkajs',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'ssl.servername',
  surfaces: 'promise, KafkaJSNumberOfRetriesExceeded: error.cause.code',
  tested: ['2.2.4'],
  expectName: ({ dial, port, name }) =>
    dial.includes(':')
      ? null
      : `import { Kafka } from 'kafkajs';

const kafka = new Kafka({
  brokers: [${quote(authority(dial, port))}],
  ssl: { servername: ${quote(name)} },
});
const admin = kafka.admin();
await admin.connect();
`,
  addCa: ({ name, port, file }) =>
    name.includes(':')
      ? null
      : `${caImports}
import { Kafka } from 'kafkajs';

const kafka = new Kafka({
  brokers: [${quote(authority(name, port))}],
  ssl: { ca: ${caList(file)} },
});
const admin = kafka.admin();
await admin.connect();
`,
  keepHostHeader: () => null,
  traps: [
    'ssl.servername is used for every broker, those of the metadata too; for brokers with names of their own, have them in advertised.listeners.',
    'brokers takes no IPv6 address; use a name.',
    'The certificate error is in the cause of KafkaJSNumberOfRetriesExceeded.',
  ],
});
