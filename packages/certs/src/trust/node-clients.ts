import { nodeSystemRoots } from './node-roots.ts';
import type { Machine } from './machine.ts';
import type { TrustClient } from './trust-client.ts';
import type { TrustRoot } from './trust-root.ts';

// Verification is asked for by name: whatever the environment says, this answer is not bought by switching it off.
const script = `const [port, path] = process.argv.slice(1);
const socket = require('node:tls').connect({ host: '127.0.0.1', port, rejectUnauthorized: true }, () => {
  socket.end('GET ' + path + ' HTTP/1.0\\r\\n\\r\\n');
});
socket.on('error', (error) => {
  console.error(error.code);
  process.exit(1);
});
socket.resume();
`;

/** This Node as the environment makes it, which is what counts; and as each setting would make it. */
export function nodeClients(machine: Machine, root: TrustRoot): TrustClient[] {
  const { env } = machine;
  const client = (setting: string | null, flags: readonly string[], variables: object): TrustClient => ({
    store: 'node',
    changedBy: 'node',
    client: `Node ${process.versions.node}${setting === null ? '' : `, ${setting}`}`,
    where: process.execPath,
    lacks: null,
    variables: setting === null ? ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_OPTIONS'] : [],
    counts: setting === null,
    call: {
      argv: (port, path) => [process.execPath, ...flags, '-e', script, String(port), path],
      env: { ...env, ...variables },
      reason: /^([A-Z][A-Z_]+)$/m,
    },
  });
  const { flag } = nodeSystemRoots(process.versions.node, machine.platform);
  return [
    client(null, [], {}),
    client(`with NODE_EXTRA_CA_CERTS`, [], { NODE_EXTRA_CA_CERTS: root.file }),
    ...(flag ? [client('with --use-system-ca', ['--use-system-ca'], {})] : []),
  ];
}
