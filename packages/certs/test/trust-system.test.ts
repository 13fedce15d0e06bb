import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { thisMachine } from '../src/trust/machine.ts';
import { nodeSystemRoots } from '../src/trust/node-roots.ts';
import { proveTrust } from '../src/trust/prove-trust.ts';
import { trustRoot, untrustRoot } from '../src/trust/trust.ts';
import { cleanEnv, lacking, machineAt, makePlace } from './trust-fixture.ts';

// The stores of this very system are written to: only where nobody else lives on it, and everything is put back.

const throwaway =
  process.env['CI'] !== 'true'
    ? 'it writes to the stores of the system, which it does with CI=true alone'
    : process.getuid?.() !== 0
      ? 'it writes to the stores of the system, and is not root'
      : false;
const skip =
  throwaway !== false
    ? throwaway
    : lacking({
        'update-ca-certificates': 'ca-certificates',
        openssl: 'openssl',
        curl: 'curl',
        'gnutls-cli': 'gnutls-bin',
        keytool: 'default-jre-headless',
      });

describe('the store of a Debian system', { skip }, () => {
  it('reaches OpenSSL, curl, GnuTLS, Java and Node, twice as once, and untrust leaves nothing behind', async () => {
    const place = await makePlace();
    const machine = machineAt(place.dir);
    const options = { machine, stores: ['system', 'java'] as const };
    const prove = async (): Promise<Record<string, string>> => {
      const proofs = await proveTrust(place.authority, { machine, stores: ['system', 'java', 'node'] });
      return Object.fromEntries(
        proofs
          .filter(({ result }) => result !== 'not-present')
          .map(({ client, result }) => [client.replace(/^Node [\d.]+/, 'Node'), result]),
      );
    };
    const before = snapshot();
    try {
      assert.deepEqual(
        Object.values(await prove()).toSorted(),
        Object.keys(await prove())
          .map((client) => (client.endsWith('_CERTS') ? 'trusted' : 'not-trusted'))
          .toSorted(),
      );
      const dry = await trustRoot(place.root, { ...options, dryRun: true });
      assert.deepEqual(
        dry.map(({ store, result }) => [store, result]),
        [
          ['system', 'planned'],
          ['java', 'follows'],
        ],
      );
      assert.deepEqual(snapshot(), before, 'a dry run changes nothing');

      const first = await trustRoot(place.root, options);
      assert.deepEqual(
        first.map(({ store, result, detail }) => [store, result, detail]),
        [
          ['system', 'done', null],
          ['java', 'already', 'system'],
        ],
      );
      const again = await trustRoot(place.root, options);
      assert.deepEqual(
        again.map(({ result }) => result),
        ['already', 'already'],
      );
      const { Node: plain, ...others } = await prove();
      assert.equal(plain, 'not-trusted');
      assert.deepEqual(new Set(Object.values(others)), new Set(['trusted']), JSON.stringify(others));
      for (const client of ['OpenSSL', 'curl', 'GnuTLS', 'Java']) assert.ok(client in others, client);
      assert.equal(
        'Node, with --use-system-ca' in others,
        nodeSystemRoots(process.versions.node).flag,
        'proven where this Node has the flag',
      );
    } finally {
      const undone = await untrustRoot(place.root, options);
      place.remove();
      assert.deepEqual(
        undone.map(({ result }) => result),
        ['done', 'already'],
        JSON.stringify(undone),
      );
    }
    assert.deepEqual(snapshot(), before);
  });

  it('leaves another root of ours where it is', async () => {
    const [one, two] = [await makePlace(), await makePlace()];
    const [machine, stores] = [machineAt(one.dir), ['system'] as const];
    const before = snapshot();
    try {
      for (const { root } of [one, two]) await trustRoot(root, { machine, stores });
      await untrustRoot(one.root, { machine, stores });
      const result = async ({ authority }: typeof one): Promise<unknown> =>
        new Set(
          (await proveTrust(authority, { machine, stores }))
            .filter((proof) => proof.result !== 'not-present')
            .map((proof) => proof.result),
        );
      assert.deepEqual(await result(one), new Set(['not-trusted']));
      assert.deepEqual(await result(two), new Set(['trusted']));
    } finally {
      for (const { root } of [one, two]) await untrustRoot(root, { machine, stores });
      one.remove();
      two.remove();
    }
    assert.deepEqual(snapshot(), before);
  });

  it('puts in again what was half put in, and takes out what was half taken out', async () => {
    const place = await makePlace();
    const [machine, stores] = [machineAt(place.dir), ['system'] as const];
    const file = `/usr/local/share/ca-certificates/${place.root.name}.crt`;
    const before = snapshot();
    try {
      copyFileSync(place.root.file, file);
      assert.equal((await trustRoot(place.root, { machine, stores }))[0]?.result, 'done');
      rmSync(file);
      assert.equal((await untrustRoot(place.root, { machine, stores }))[0]?.result, 'done');
    } finally {
      await untrustRoot(place.root, { machine, stores });
      place.remove();
    }
    assert.deepEqual(snapshot(), before);
  });
});

/** All that is trusted on a Debian system: files, links with their targets, and what Java lists. */
function snapshot(): Record<string, string> {
  const stores = ['/usr/local/share/ca-certificates', '/etc/ssl/certs', '/etc/ca-certificates'];
  const found: Record<string, string> = {};
  for (const store of stores) {
    for (const name of readdirSync(store, { recursive: true }).map(String)) {
      const file = join(store, name);
      const entry = lstatSync(file);
      // The file of Java holds the time at which each root came: it is compared by what it lists.
      if (entry.isDirectory() || file.endsWith('/java/cacerts')) continue;
      // Other tools leave links that lead nowhere, and any rehash takes them away; one of ours would be told.
      if (entry.isSymbolicLink() && !existsSync(file) && !readlinkSync(file).includes('altname')) continue;
      found[file] = entry.isSymbolicLink()
        ? `-> ${readlinkSync(file)}`
        : `${entry.mode.toString(8)} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
    }
  }
  const java = spawnSync(
    thisMachine().find('keytool') ?? '',
    ['-list', '-cacerts', '-storepass', 'changeit'],
    { env: cleanEnv() },
  );
  found['java'] = java.stdout
    .toString()
    .split('\n')
    .filter((line) => /fingerprint|entries|^\S*altname/.test(line))
    .toSorted()
    .join('\n');
  assert.match(found['java'], /\d+ entries/);
  return found;
}
