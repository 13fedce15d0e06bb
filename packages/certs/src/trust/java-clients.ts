import { javaFilledBy, javas } from './java-store.ts';
import type { Machine } from './machine.ts';
import type { TrustClient } from './trust-client.ts';

/**
 * Each Java, as its `keytool` fetches a list of revoked certificates over https: by the HTTPS client and the default
 * roots that every program of that Java has, and no compiler is needed. (`keytool -printcert -sslserver` verifies
 * nothing.)
 */
export function javaClients(machine: Machine): TrustClient[] {
  const common = { store: 'java', client: 'Java', lacks: null, counts: true } as const;
  const found = javas(machine).map(({ home, keytool, cacerts }): TrustClient => ({
    ...common,
    changedBy: javaFilledBy(cacerts) ?? 'java',
    where: home,
    variables: ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS'],
    call: {
      argv: (port, path) => [keytool, '-printcrl', '-file', `https://127.0.0.1:${port}${path}`],
      reason: /keytool error: [\w.]*: ([^\n]*)/,
    },
  }));
  return found.length > 0
    ? found
    : [{ ...common, changedBy: 'java', where: null, variables: [], call: null }];
}
