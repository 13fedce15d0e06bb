import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { thisMachine } from '../src/trust/machine.ts';
import { proveTrust } from '../src/trust/prove-trust.ts';
import { trustRoot, untrustRoot } from '../src/trust/trust.ts';
import { cleanEnv, lacking, machineAt, makePlace } from './trust-fixture.ts';

const stores = ['java'] as const;

describe('the cacerts of a Java', { skip: lacking({ keytool: 'default-jre-headless' }) }, () => {
  it('of JAVA_HOME are written by its keytool, and untrust leaves nothing behind', async () => {
    const place = await makePlace();
    try {
      const home = copyOfJava(join(place.dir, 'java home'));
      const cacerts = join(home, 'lib', 'security', 'cacerts');
      const found = machineAt(place.dir, { JAVA_HOME: home });
      const machine = { ...found, find: (name: string) => (name === 'java' ? null : found.find(name)) };
      const prove = async (): Promise<unknown> =>
        (await proveTrust(place.authority, { machine, stores })).map((proof) => [
          proof.where,
          proof.changedBy,
          proof.result,
        ]);
      const before = listed(cacerts);
      assert.deepEqual(await prove(), [[home, 'java', 'not-trusted']]);
      const [done] = await trustRoot(place.root, { machine, stores });
      assert.equal(done?.result, 'done', done?.detail ?? '');
      assert.equal(done.place, realpathSync(cacerts));
      assert.equal((await trustRoot(place.root, { machine, stores }))[0]?.result, 'already');
      assert.deepEqual(await prove(), [[home, 'java', 'trusted']]);
      assert.equal((await untrustRoot(place.root, { machine, stores }))[0]?.result, 'done');
      assert.deepEqual(await prove(), [[home, 'java', 'not-trusted']]);
      assert.equal(listed(cacerts), before);
    } finally {
      place.remove();
    }
  });

  it(
    'that the system fills are left to it',
    { skip: !existsSync('/etc/ssl/certs/java/cacerts') },
    async () => {
      const place = await makePlace();
      try {
        const [outcome] = await trustRoot(place.root, { machine: machineAt(place.dir), stores });
        assert.equal(outcome?.result, 'follows');
        assert.equal(outcome.detail, 'system');
        const [proof] = await proveTrust(place.authority, { machine: machineAt(place.dir), stores });
        assert.equal(proof?.changedBy, 'system');
        assert.equal(proof.result, 'not-trusted');
      } finally {
        place.remove();
      }
    },
  );
});

/** A Java of its own, small: what is large is linked, and so is what configures it. */
function copyOfJava(home: string): string {
  const keytool = thisMachine().find('keytool') ?? '';
  const original = dirname(dirname(realpathSync(keytool)));
  mkdirSync(home);
  for (const name of ['bin', 'lib']) {
    cpSync(join(original, name), join(home, name), {
      recursive: true,
      dereference: true,
      filter: (file) =>
        !/\/(?:modules|ct\.sym|src\.zip|jfr|server\/classes[^/]*)$/.test(file) && existsSync(file),
    });
  }
  symlinkSync(join(original, 'lib', 'modules'), join(home, 'lib', 'modules'));
  symlinkSync(join(original, 'conf'), join(home, 'conf'));
  const cacerts = join(home, 'lib', 'security', 'cacerts');
  assert.ok(statSync(cacerts).isFile());
  rmSync(cacerts);
  cpSync(realpathSync(join(original, 'lib', 'security', 'cacerts')), cacerts);
  return home;
}

function listed(cacerts: string): string {
  const words = ['-list', '-keystore', cacerts, '-storepass', 'changeit'];
  return spawnSync(thisMachine().find('keytool') ?? '', words, { env: cleanEnv(), encoding: 'utf8' }).stdout;
}
