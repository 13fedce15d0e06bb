import { readFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** `nobody` and `nogroup` of Debian: most servers refuse to run as root. */
const nobody = 65_534;
const asNobody = process.getuid?.() === 0;

/** Whom a server runs as, for `spawn`: who runs the tests, but never root. */
export const identity: { readonly uid?: number; readonly gid?: number } = asNobody
  ? { uid: nobody, gid: nobody }
  : {};

/** The names of that user and its group. */
export function owner(): { readonly user: string; readonly group: string } {
  const { username, gid } = userInfo();
  return asNobody ? { user: 'nobody', group: 'nogroup' } : { user: username, group: groupName(gid) };
}

/** Gives a file or folder to that user. */
export async function handOver(path: string): Promise<void> {
  if (asNobody) await chown(path, nobody, nobody);
}

function groupName(gid: number): string {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((group) => group.split(':')[2] === String(gid));
  return line?.split(':')[0] ?? String(gid);
}
