/** By which ways a Node can be told to trust what the system trusts. */
export interface NodeSystemRoots {
  /** `--use-system-ca`, on the command line and in NODE_OPTIONS. */
  readonly flag: boolean;
  /** `NODE_USE_SYSTEM_CA=1` in the environment. */
  readonly variable: boolean;
}

/**
 * | Node         | `--use-system-ca`        | `NODE_USE_SYSTEM_CA=1` |
 * |--------------|--------------------------|------------------------|
 * | 20, 21       | no                       | no                     |
 * | 22           | from 22.15               | from 22.19             |
 * | 23           | from 23.9; 23.8 on macOS and Windows | no         |
 * | 24           | yes                      | from 24.6              |
 * | 25 and newer | yes                      | yes                    |
 *
 * From the changes of doc/api/cli.md (nodejs/node#56599, #56833, #57009, #59276), and run on Node 20, 22, 24 and 26.
 *
 * @param version as `process.versions.node` has it
 */
export function nodeSystemRoots(
  version: string,
  platform: NodeJS.Platform = process.platform,
): NodeSystemRoots {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const own = platform === 'darwin' || platform === 'win32' ? 8 : 9;
  return {
    flag: major >= 24 || (major === 22 && minor >= 15) || (major === 23 && minor >= own),
    variable: major >= 25 || (major === 24 && minor >= 6) || (major === 22 && minor >= 19),
  };
}
