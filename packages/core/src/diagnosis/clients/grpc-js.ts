import type { ClientProfile } from './profile.ts';
import { authority, isAddress, profile, quote } from './recipe.ts';

export const grpcJs: ClientProfile = profile({
  name: 'grpc-js',
  title: '@grpc/grpc-js',
  package: '@grpc/grpc-js',
  sentForDns: 'host',
  sentForIp: 'address',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'kept',
  servernameOption: 'wins',
  nameOption: 'grpc.ssl_target_name_override',
  surfaces: 'callback: error.message only (error.code is 14)',
  tested: ['1.14.7'],
  expectName: ({ dial, port, name }) => channel(dial, port, name, name),
  // An address would be sent as server name, which Node 26 refuses.
  addCa: ({ name, port, file }) =>
    isAddress(name)
      ? null
      : `import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';

const roots = [...rootCertificates, readFileSync(${quote(file)}, 'utf8')].join('\\n');
const secure = credentials.createSsl(Buffer.from(roots));
const client = new Client(${quote(authority(name, port))}, secure);
client.waitForReady(Date.now() + 10_000, (error) => console.log(error ?? 'ready'));
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => channel(dial, port, name, hostHeader),
  traps: [
    'A client made from a .proto file takes the same three arguments.',
    'The name to expect goes into grpc.ssl_target_name_override; servername is no channel option.',
    'For an IP address as target, grpc-js sends the address as server name, and Node 26 refuses that: give a name to override it, or use a name as target.',
    'The certificate error is only in the text of "14 UNAVAILABLE".',
  ],
});

function channel(dial: string, port: number, name: string, authorityHeader: string): string {
  return `import { Client, credentials } from '@grpc/grpc-js';

const client = new Client(${quote(authority(dial, port))}, credentials.createSsl(), {
  'grpc.ssl_target_name_override': ${quote(name)},
  'grpc.default_authority': ${quote(authorityHeader)},
});
client.waitForReady(Date.now() + 10_000, (error) => console.log(error ?? 'ready'));
`;
}
