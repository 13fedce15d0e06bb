import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { proveTrust } from '../src/trust/prove-trust.ts';
import { trustRoot, untrustRoot, type StoreOutcome } from '../src/trust/trust.ts';
import { lacking, machineAt, makePlace, type Place } from './trust-fixture.ts';

const skip = lacking({ certutil: 'libnss3-tools', tstclnt: 'libnss3-tools', chromium: 'chromium' });
const stores = ['nss'] as const;

describe('the databases of NSS', { skip }, () => {
  let place: Place;
  let other: Place;
  let homes = 0;
  const home = (): string => {
    const dir = join(place.dir, `home ${homes++}`);
    mkdirSync(dir);
    return dir;
  };
  before(async () => {
    [place, other] = [await makePlace(), await makePlace()];
  });
  after(() => [place, other].forEach((each) => each.remove()));

  const results = (outcomes: readonly StoreOutcome[]): string[] => outcomes.map(({ result }) => result);
  const prove = async (dir: string, env = {}): Promise<Record<string, string>> => {
    const proofs = await proveTrust(place.authority, { machine: machineAt(dir, env), stores });
    return Object.fromEntries(proofs.map(({ client, result }) => [client, result]));
  };

  it('are made for a Chromium that has none, which then trusts, and go again', async () => {
    const dir = home();
    const machine = machineAt(dir);
    assert.deepEqual(await prove(dir), { Chromium: 'not-trusted' });
    assert.deepEqual(readdirSync(dir), [], 'a proof leaves nothing in the home');
    assert.deepEqual(results(await trustRoot(place.root, { machine, stores, dryRun: true })), ['planned']);
    assert.deepEqual(readdirSync(dir), []);
    assert.deepEqual(results(await trustRoot(place.root, { machine, stores })), ['done']);
    assert.deepEqual(results(await trustRoot(place.root, { machine, stores })), ['already']);
    assert.deepEqual(await prove(dir), { 'NSS, for Chromium': 'trusted', Chromium: 'trusted' });
    assert.deepEqual(results(await untrustRoot(place.root, { machine, stores })), ['done']);
    assert.deepEqual(await prove(dir), { Chromium: 'not-trusted' });
    assert.equal(existsSync(join(dir, '.pki')), false);
  });

  it('stay when something else has come into them', async () => {
    const dir = home();
    const machine = machineAt(dir);
    await trustRoot(place.root, { machine, stores });
    await trustRoot(other.root, { machine, stores });
    assert.deepEqual(results(await untrustRoot(place.root, { machine, stores })), ['done']);
    assert.match(listed(join(dir, '.pki', 'nssdb')), new RegExp(other.root.browser.name));
    assert.doesNotMatch(listed(join(dir, '.pki', 'nssdb')), new RegExp(place.root.browser.name));
    assert.deepEqual(results(await untrustRoot(other.root, { machine, stores })), ['done']);
    assert.equal(existsSync(join(dir, '.pki')), false);
  });

  it('are those that are there: the other place of Chromium, and each profile of Firefox', async () => {
    const dir = home();
    const machine = machineAt(dir);
    const xdg = join(dir, '.local', 'share', 'pki', 'nssdb');
    const profiles = [
      join(dir, '.mozilla', 'firefox', 'abc.default-release'),
      join(dir, 'snap', 'firefox', 'common', '.mozilla', 'firefox', 'x.default'),
      join(dir, '.var', 'app', 'org.mozilla.firefox', '.mozilla', 'firefox', 'y.default'),
    ];
    for (const database of [xdg, ...profiles]) makeDatabase(database);
    writeFileSync(join(dir, '.mozilla', 'firefox', 'profiles.ini'), '');
    const earlier = [xdg, ...profiles].map(listed);
    const outcomes = await trustRoot(place.root, { machine, stores });
    assert.deepEqual(
      outcomes.map((outcome) => [outcome.place, outcome.result]),
      [xdg, ...profiles].map((database) => [database, 'done']),
    );
    assert.equal(existsSync(join(dir, '.pki')), false, 'it would hide the other place');
    assert.deepEqual(await prove(dir), {
      'NSS, for Chromium': 'trusted',
      'NSS, for Firefox': 'trusted',
      Chromium: 'trusted',
    });
    assert.deepEqual(new Set(results(await untrustRoot(place.root, { machine, stores }))), new Set(['done']));
    assert.deepEqual([xdg, ...profiles].map(listed), earlier);
  });

  it('are found below XDG_DATA_HOME as Chromium finds them', async () => {
    const dir = home();
    const env = { XDG_DATA_HOME: join(dir, 'data') };
    makeDatabase(join(dir, 'data', 'pki', 'nssdb'));
    await trustRoot(place.root, { machine: machineAt(dir, env), stores });
    assert.deepEqual(await prove(dir, env), { 'NSS, for Chromium': 'trusted', Chromium: 'trusted' });
  });

  it('say so when they want a password, and nobody is waited for', async () => {
    const dir = home();
    const database = join(dir, '.mozilla', 'firefox', 'locked');
    mkdirSync(database, { recursive: true });
    const password = join(dir, 'password');
    writeFileSync(password, 'open sesame\n');
    certutil('-N', '-d', `sql:${database}`, '-f', password);
    const machine = {
      ...machineAt(dir),
      find: (name: string) => (name === 'certutil' ? '/usr/bin/certutil' : null),
    };
    const began = Date.now();
    const [outcome] = await trustRoot(place.root, { machine, stores });
    assert.equal(outcome?.result, 'failed');
    assert.match(outcome.commands[0] ?? '', /^certutil -A -d 'sql:/);
    assert.ok(Date.now() - began < 30_000);
  });

  it('need certutil: the package is named', async () => {
    const dir = home();
    makeDatabase(join(dir, '.pki', 'nssdb'));
    const [outcome] = await trustRoot(place.root, {
      machine: { ...machineAt(dir), find: () => null },
      stores,
    });
    assert.equal(outcome?.result, 'lacking');
    assert.match(outcome.detail ?? '', /^certutil, of the package (?:libnss3-tools|nss-tools|nss)/);
  });
});

function makeDatabase(dir: string): void {
  mkdirSync(dir, { recursive: true });
  certutil('-N', '-d', `sql:${dir}`, '--empty-password');
}

function listed(dir: string): string {
  return certutil('-L', '-d', `sql:${dir}`);
}

function certutil(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('certutil', words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}
