import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { issueLeaf, openAuthority, parseWantedName, type Authority } from '@altname/certs';

/** A certificate and its key, as servers take them, and the root that clients trust. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A CA of its own for a file of tests. */
export interface TestAuthority {
  readonly root: string;
  /** The path of the root for those who take no limits of directory names: NSS, and programs in Go. */
  readonly browserFile: string;
  issue(...names: string[]): Promise<Identity>;
}

export async function testAuthority(): Promise<TestAuthority> {
  const dir = await scratch();
  const authority: Authority = await openAuthority(dir);
  return {
    root: authority.certificate,
    browserFile: authority.browserFile,
    async issue(...names) {
      const { chain, key } = await issueLeaf(authority, names.map(parseWantedName));
      return { cert: chain, key };
    },
  };
}

/** A directory that is gone when the tests of the file are over. */
export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'altname-proxy-'));
  after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
