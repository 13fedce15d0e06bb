import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientProfiles, type Diagnosis, type Fix, type Origin } from '@altname/core';
import { createAuthority, type Authority, type Credentials } from '../src/authority.ts';
import { missing, skipWithout, startReal, type Real, type RealKind } from '../src/real/index.ts';
import { startSink, type Sink, type Speech } from '../src/recipes/sink.ts';
import {
  driverPrograms,
  unverifiedMysql2,
  type DriverProgram,
  type DriverServer,
  type Place,
} from './programs/driver-programs.ts';
import { ftpByName, type ByName } from './programs/ftp-by-name.ts';
import { redisByName, skipWithoutHaproxy } from './programs/redis-by-name.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// Every driver as people use it, in a process of its own under the preload, against servers that are real where Debian
// has them. The fix that is printed is then run against the same server, with verification on.

/** The one name on the certificate of every server. */
const carried = 'server.shop.test';
const address = '127.0.0.1';
const nodeMajor = Number(process.versions.node.split('.')[0]);

let authority: Authority;
let leaf: Credentials;
let folder: ProgramFolder;
const reals = new Map<string, Promise<Real>>();
const closing: { close(): void | Promise<void> }[] = [];

before(async () => {
  authority = await createAuthority({ name: 'Known CA' });
  leaf = await authority.issue({ names: [carried] });
  folder = await ProgramFolder.make(authority.cert);
});

after(async () => {
  for (const each of closing) await each.close();
  await Promise.all([...reals.values()].map((each) => each.then(({ stop }) => stop()).catch(() => {})));
  await folder.remove();
});

describe(`drivers under the preload on Node ${process.version}`, { concurrency: 3 }, () => {
  for (const driver of driverPrograms) {
    it(driver.title, { skip: skipFor(driver.server), timeout: 120_000 }, async (t) => {
      await t.test('a name that is not on what was presented', async () => {
        if (driver.checksAddress === true) {
          await explain(driver, carried, announced(carried), { expects: carried });
        } else if (driver.sendsName === false) {
          // A server name might bring the right certificate; this server has but one.
          const host = 'db.shop.test';
          await explain(driver, host, byName(driver, host), { expects: host, mends: false });
        } else {
          // A forwarded port: the server is right, and its certificate says which it is.
          await explain(driver, 'localhost', byName(driver, 'localhost'), { expects: carried });
        }
      });
      await t.test('an address, and a certificate for a name', async () => {
        const expected = byAddress(driver);
        // Where Node throws, nothing is presented: then nobody knows the name to expect.
        await explain(driver, address, expected, {
          expects: expected.cause === 'sni-is-ip' ? null : carried,
        });
      });
    });
  }

  describe('no server name sent to a server that picks by it', () => {
    const name = 'orders.shop.test';
    const expected = (driver: DriverProgram): Expected => ({
      ...byName(driver, name),
      cause: 'sni-not-sent',
      first: 'client',
    });
    const certificates = async () => ({
      otherwise: await authority.issue({ names: ['default.hosting.test'] }),
      named: await authority.issue({ names: [name] }),
    });
    for (const title of ['ioredis', 'redis client']) {
      const driver = driverOf(title);
      it(title, { skip: skipFor('redis') || skipWithoutHaproxy() }, async () => {
        const trust = { ca: authority.cert, name: carried };
        const server = await redisByName(await real('redis'), await certificates(), trust);
        closing.push(server);
        await explain(driver, name, expected(driver), { expects: name }, server);
      });
    }
    it('basic-ftp', async () => {
      const { otherwise, named } = await certificates();
      const server = await ftpByName(otherwise, { [name]: named });
      closing.push(server);
      const driver = driverOf('basic-ftp starttls');
      const fix = { after: 'console.log(await client.pwd());\nclient.close();', prints: /^\/$/m };
      await explain({ ...driver, fix }, name, expected(driver), { expects: name }, server);
    });
  });

  it('a cluster that announces addresses', { skip: skipFor('redis-cluster') }, async () => {
    const driver = driverOf('ioredis Cluster');
    const keepNames = 'dnsLookup: (name, callback) => callback(null, name),\n  clusterRetryStrategy';
    const program = (place: Place) => driver.program(place).replace('clusterRetryStrategy', keepNames);
    await explain({ ...driver, program }, carried, announced(carried), { expects: carried });
  });

  describe('mysql2 without verifyIdentity', { skip: skipFor('mariadb') }, () => {
    it('hides that the certificate is for another name', async () => {
      const expected = { ...byName(unverifiedMysql2, 'localhost'), hides: true } as const;
      await explain(unverifiedMysql2, 'localhost', expected, { expects: carried });
    });
    it('hides that localhost would be checked for an address', async () => {
      await explain(
        unverifiedMysql2,
        address,
        { ...byAddress(unverifiedMysql2), hides: true },
        { expects: carried },
      );
    });
    it('hides nothing where the name is right', async () => {
      const expected = { ...byName(unverifiedMysql2, carried), cause: null, first: 'client' } as const;
      const diagnosis = await explain(unverifiedMysql2, carried, expected, { expects: carried });
      assert.deepEqual(codesOf(diagnosis), ['identity-check-disabled']);
    });
  });
});

/** What a diagnosis must say. */
interface Expected {
  readonly asked: readonly [string, Origin];
  readonly dialled: readonly [string, Origin];
  readonly sent: readonly [string | null, Origin];
  readonly checked: readonly [string, Origin];
  readonly cause: string | null;
  /** Whom the best fix is for. */
  readonly first: Fix['who'];
  /** Where the printed code dials, when it is not what was dialled: a node's address is no host to write down. */
  readonly recipeDials?: string;
  /** The program does not fail: it is told at exit. */
  readonly hides?: true;
}

function byName({ sendsName, ...driver }: DriverProgram, host: string): Expected {
  const askedFrom = driver.askedFrom ?? 'option-host';
  return {
    asked: [host, askedFrom],
    dialled: [host, 'dns'],
    sent: sendsName === false ? [null, 'not-sent-by-client'] : [host, askedFrom],
    checked: [host, askedFrom],
    cause: 'name-mismatch',
    first: 'issuer',
  };
}

function byAddress(driver: DriverProgram): Expected {
  const askedFrom = driver.askedFrom ?? 'option-host';
  const { sent, checked } = driver.forAddress ?? {};
  // Node 26 throws for an address as server name.
  const throws = sent === 'address' && nodeMajor >= 26;
  return {
    asked: [address, askedFrom],
    dialled: [address, 'literal'],
    sent: sent === 'address' ? [address, askedFrom] : [null, 'not-sent-for-ip'],
    checked: checked === 'localhost' ? ['localhost', 'default-localhost'] : [address, askedFrom],
    cause: throws
      ? 'sni-is-ip'
      : checked === 'localhost'
        ? 'checked-defaulted-to-localhost'
        : 'ip-not-on-certificate',
    first: throws || checked === 'localhost' ? 'client' : 'issuer',
  };
}

/** A name was asked, and an address that a cluster answered with, or that the driver resolved, is dialled. */
function announced(host: string): Expected {
  return {
    asked: [host, 'option-host'],
    dialled: [address, 'literal'],
    sent: [null, 'not-sent-for-ip'],
    checked: [address, 'option-host'],
    cause: 'ip-not-on-certificate',
    first: 'client',
    recipeDials: host,
  };
}

let written = 0;

/**
 * Runs a driver against a server with a fault, without the preload and with it, and then the fix that is printed.
 *
 * @param fix the name that the printed code must expect, and whether it can mend this fault; no code without a name
 */
async function explain(
  driver: DriverProgram,
  host: string,
  expected: Expected,
  fix: { readonly expects: string | null; readonly mends?: false },
  server?: ByName,
): Promise<Diagnosis> {
  const { port, sink } = server === undefined ? await open(driver.server) : { port: server.port, sink: null };
  const name = `${driver.title.replaceAll(/\W+/g, '-')}-${++written}`;
  const { file, callSite } = await folder.write(`${name}.mjs`, driver.program({ host, port }));
  const alone = await folder.run([file]);
  const { behaviour, diagnoses } = await folder.watch([file]);
  assert.deepEqual(behaviour, alone, 'the program does what it does without the preload');
  const passes = expected.hides === true || expected.cause === null;
  assert.equal(behaviour.code, passes ? 0 : 1, behaviour.stdout);

  const [diagnosis, ...more] = diagnoses;
  assert.ok(diagnosis !== undefined, `nothing was told; the program said:\n${alone.stdout}${alone.stderr}`);
  assert.deepEqual(more, [], 'it is told once');
  const { client, names, app, cause, fixes } = diagnosis;
  assert.deepEqual(
    {
      client,
      library: app?.library?.replace(/(?<=.)@.*$/, ''),
      callSite: app?.callSite,
      asked: [names.asked.value, names.asked.from],
      dialled: [names.dialled.host, names.dialled.from],
      address: [names.dialled.address, names.dialled.port],
      sent: [names.sent.value, names.sent.from],
      checked: [names.checked.value, names.checked.from],
      cause: cause?.code ?? null,
      first: fixes[0]?.who,
    },
    {
      client: driver.client,
      library: driver.library,
      callSite,
      asked: expected.asked,
      dialled: expected.dialled,
      address: [address, names.dialled.port],
      sent: expected.sent,
      checked: expected.checked,
      cause: expected.cause,
      first: expected.first,
    },
  );
  if (expected.hides === true) assert.ok(codesOf(diagnosis).includes('verification-disabled-hides'));

  const offer = fixes.find(({ who, code }) => who === 'client' && code?.includes('import ') === true);
  const printed = offer?.code ?? 'no code';
  const values = {
    dial: expected.recipeDials ?? names.dialled.host,
    port: names.dialled.port,
    name: fix.expects ?? '',
    starttls: /starttls|tds/.test(driver.server),
  };
  const recipe = clientProfiles[driver.client].expectName(values) ?? 'no code';
  assert.ok(printed.endsWith(recipe), `${printed}\nis not\n${recipe}`);
  if (fix.expects !== null && fix.mends !== false) await assertMends(driver, name, printed ?? '', sink);
  return diagnosis;
}

/** Runs the code of a fix; under the preload, which would tell of every failure and every switch in it. */
async function assertMends(
  { fix }: DriverProgram,
  name: string,
  code: string,
  sink: Sink | null,
): Promise<void> {
  const [behind, login] = fix.login ?? ['', ''];
  assert.ok(code.includes(behind), `${behind} is not in\n${code}`);
  const whole = `${endsWhenAsked}${code.replace(behind, behind + login)}${fix.after ?? ''}\n`;
  const { file } = await folder.write(`${name}-fixed.mjs`, whole);
  const octets = sink?.until(({ received }) => received !== '', 20_000);
  const { behaviour, diagnoses } = await folder.watch([file], {
    ...(fix.env !== undefined && { env: fix.env }),
    ...(octets !== undefined && { until: octets }),
  });
  assert.deepEqual(diagnoses, []);
  assert.equal(behaviour.code, 0, `${code}\n${behaviour.stdout}${behaviour.stderr}`);
  if (fix.prints !== null)
    assert.match(behaviour.stdout, fix.prints, `${code}\n${behaviour.stdout}${behaviour.stderr}`);
  else assert.equal(await octets, true, `no octets came over TLS from\n${code}`);
}

/** What a server that says nothing leaves waiting: the preload tells of switches only at exit. */
const endsWhenAsked = `process.once('SIGTERM', () => process.exit());\n`;

function codesOf({ findings }: Diagnosis): string[] {
  return findings.map(({ code }) => code);
}

function driverOf(title: string): DriverProgram {
  const driver = driverPrograms.find((each) => each.title === title);
  assert.ok(driver !== undefined, title);
  return driver;
}

function skipFor(server: DriverServer): string | false {
  return server.startsWith('sink') ? false : skipWithout(server.split(' ')[0] as RealKind);
}

/** A real server is started once; a sink anew each time, to see what only one program sends. */
async function open(server: DriverServer): Promise<{ port: number; sink: Sink | null }> {
  const [kind = '', how] = server.split(' ');
  if (kind !== 'sink') return { port: (await real(server)).port, sink: null };
  const sink = await startSink(how as Speech, leaf);
  closing.push(sink);
  return { port: sink.port, sink };
}

function real(server: DriverServer): Promise<Real> {
  const [kind = '', tls] = server.split(' ');
  assert.equal(missing(kind as RealKind), null);
  const options = tls === undefined ? {} : { tls };
  const running = reals.get(server) ?? startReal(kind as RealKind, leaf, options as never);
  reals.set(server, running);
  return running;
}
