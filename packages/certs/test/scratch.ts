import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A directory that is gone when the tests of the file are over. */
export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'altname-certs-'));
  after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
