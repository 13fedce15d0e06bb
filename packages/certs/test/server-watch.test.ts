import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createAuthority, makeKeys, type Issued, type TestAuthority } from './server-authority.ts';
import { folder, put } from './server-handshake.ts';

const program = fileURLToPath(new URL('./server-watch-program.js', import.meta.url));
const skip = process.platform === 'linux' ? false : 'the limits are those of Linux';

let authority: TestAuthority;
let first: Issued;
let renewed: Issued;
before(async () => {
  authority = await createAuthority();
  const keys = await makeKeys('EC');
  first = await authority.issue(['shop.test'], { keys, from: -2 });
  renewed = await authority.issue(['shop.test'], { keys });
});

type Line = Readonly<Record<string, unknown>>;

/** Runs the program under a shell that sets limits first. */
async function run(dir: string, what: string, limits: string): Promise<Line[]> {
  const script = `${limits} exec "$0" "$@"`;
  const inNamespace = limits.includes('/proc/sys/user');
  const command = inNamespace ? ['unshare', '-Ur', 'sh', '-c', script] : ['sh', '-c', script];
  const [file = '', ...leading] = command;
  const { stdout } = await promisify(execFile)(file, [...leading, process.execPath, program, dir, what], {
    env: { ...process.env, RENEWED: renewed.cert + renewed.key },
    timeout: 60_000,
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** Whether a process may have limits of its own here. */
async function namespaces(): Promise<boolean> {
  try {
    await promisify(execFile)('unshare', ['-Ur', 'sh', '-c', 'echo 1 > /proc/sys/user/max_inotify_watches']);
    return true;
  } catch {
    return false;
  }
}

describe('a directory that cannot be watched is looked at instead', { skip }, () => {
  it('EMFILE: no descriptor is left', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    writeFileSync(join(dir, 'alone.pem'), (await authority.issue(['alone.test'])).cert);
    const lines = await run(dir, 'descriptors', 'ulimit -n 64;');
    assert.deepEqual(
      lines.map(({ code, full, replaced }) => code ?? full ?? replaced ?? 'names'),
      ['no-key', 'EMFILE', 'watch', 'names', 1],
    );
    assert.match(
      String(lines[2]?.['message']),
      /cannot be watched \(EMFILE\): looked at every 100 ms instead$/,
    );
  });

  const limits = [
    ['EMFILE', 'max_inotify_instances'],
    ['ENOSPC', 'max_inotify_watches'],
  ] as const;
  for (const [code, limit] of limits) {
    it(`${code}: ${limit} is used up`, async (t) => {
      if (!(await namespaces())) return t.skip('no user namespaces here');
      const dir = folder(t);
      put(dir, 'shop', first);
      const lines = await run(dir, 'limits', `echo 0 > /proc/sys/user/${limit};`);
      assert.deepEqual(
        lines.map((line) => line['code'] ?? line['replaced'] ?? 'names'),
        ['watch', 'names', 1],
      );
      assert.match(String(lines[0]?.['message']), new RegExp(`cannot be watched \\(${code}\\)`));
      return undefined;
    });
  }
});

describe('the watch', { skip }, () => {
  it('is one inotify instance for any number of files and folders', async (t) => {
    const dir = folder(t);
    for (let i = 0; i < 200; i++) {
      mkdirSync(join(dir, `folder${i}`));
      put(join(dir, `folder${i}`), 'shop', first);
      put(dir, `shop${i}`, first);
    }
    assert.deepEqual((await run(dir, 'count', '')).at(-1), { inotify: 1 });
  });

  it('does not keep the process alive', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    assert.deepEqual(await run(dir, 'exit', ''), []);
  });
});
