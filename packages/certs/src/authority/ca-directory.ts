import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the CA of this user is, the same for every project:
 *
 * | platform | directory                                                          |
 * |----------|--------------------------------------------------------------------|
 * | any      | `ALTNAME_CA_DIR`                                                    |
 * | Windows  | `%LOCALAPPDATA%\altname`                                            |
 * | macOS    | `~/Library/Application Support/altname`                             |
 * | others   | `$XDG_DATA_HOME/altname`, `~/.local/share/altname` where it is not set |
 *
 * @param given what `--ca-dir` says
 */
export function caDirectory(
  given?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = given ?? env['ALTNAME_CA_DIR'] ?? '';
  if (named !== '') return resolve(named);
  const home = homedir();
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'altname');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'altname');
  const data = env['XDG_DATA_HOME'] ?? '';
  // The XDG base directory specification: a path that is not absolute is passed over.
  return join(data.startsWith('/') ? data : join(home, '.local', 'share'), 'altname');
}
