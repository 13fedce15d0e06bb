import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is: in PATH, where the administrator's programs are, or where Debian keeps those of a server. */
export function findProgram(name: string): string | null {
  for (const folder of folders()) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

function folders(): string[] {
  return [
    // The program of the same name in PATH takes only root and its own user.
    '/usr/lib/rabbitmq/bin',
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/sbin',
    ...postgresqlFolders(),
  ];
}

/** One for each version that is installed. */
function postgresqlFolders(): string[] {
  const place = '/usr/lib/postgresql';
  try {
    return readdirSync(place).map((version) => join(place, version, 'bin'));
  } catch {
    return [];
  }
}
