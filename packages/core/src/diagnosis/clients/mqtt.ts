import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote } from './recipe.ts';

export const mqtt: ClientProfile = profile({
  name: 'mqtt',
  title: 'MQTT.js',
  package: 'mqtt',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: "'error' event: error.code",
  tested: ['5.16.0'],
  expectName: ({ dial, port, name }) => `import mqtt from 'mqtt';

const client = await mqtt.connectAsync({
  protocol: 'mqtts',
  host: ${quote(dial)},
  port: ${port},
  servername: ${quote(name)},
});
`,
  addCa: ({ name, port, file }) => `${caImports}
import mqtt from 'mqtt';

const client = await mqtt.connectAsync({
  protocol: 'mqtts',
  host: ${quote(name)},
  port: ${port},
  ca: ${caList(file)},
});
`,
  keepHostHeader: () => null,
  traps: [
    'servername stands beside host, not in a tls object.',
    'connect() tries again for ever; the reason is in the error event.',
    'With a list of servers, the name of the first is sent to, and checked at, all the others.',
  ],
});
