import type { Machine } from './machine.ts';
import { chromiumOf, nssDatabases } from './nss-databases.ts';
import { nssPackage } from './nss-store.ts';
import type { TrustClient } from './trust-client.ts';

/** Where Fedora keeps what it does not support. */
const unsupported: readonly string[] = [
  '/usr/lib64/nss/unsupported-tools/tstclnt',
  '/usr/lib/nss/unsupported-tools/tstclnt',
];

/**
 * NSS's own client for each database, of Firefox too, and Chromium itself with the one it reads. Both send nothing but
 * to 127.0.0.1.
 *
 * @param profile an empty directory for Chromium, to be removed afterwards
 */
export function nssClients(machine: Machine, profile: string): TrustClient[] {
  if (machine.platform === 'win32') return [];
  const tool = machine.find('tstclnt') ?? unsupported.find((file) => machine.exists(file)) ?? null;
  const databases = nssDatabases(machine).filter(({ made }) => !made);
  const common = { store: 'nss', changedBy: 'nss', variables: [], counts: true } as const;
  const clients = databases.map(({ of, dir }): TrustClient => ({
    ...common,
    client: `NSS, for ${of}`,
    where: dir,
    lacks: tool === null ? nssPackage(machine, 'tstclnt') : null,
    call:
      tool === null
        ? null
        : {
            argv: (port) => [tool, '-h', '127.0.0.1', '-p', String(port), '-d', `sql:${dir}`],
            requestOnStdin: true,
            reason: /(S(?:EC|SL)_ERROR_\w+)/,
          },
  }));
  const chromium = machine.platform === 'linux' ? chromiumOf(machine) : null;
  // It leaves nothing in the home: not even a database, where it would make one that is empty.
  const elsewhere = {
    XDG_CONFIG_HOME: profile,
    XDG_CACHE_HOME: profile,
    ...(databases.some(({ of }) => of === 'Chromium') ? {} : { HOME: profile, XDG_DATA_HOME: profile }),
  };
  return [
    ...clients,
    {
      ...common,
      client: 'Chromium',
      where: chromium,
      lacks: null,
      call:
        chromium === null
          ? null
          : {
              argv: (port, path) => [
                chromium,
                ...['--headless', '--disable-gpu', `--user-data-dir=${profile}`, '--no-first-run'],
                ...['--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
                // Chromium does not start as root with its sandbox.
                ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
                ...['--dump-dom', `https://127.0.0.1:${port}${path}`],
              ],
              env: { ...machine.env, ...elsewhere },
              reason: /net::(ERR_\w+)/,
            },
    },
  ];
}
