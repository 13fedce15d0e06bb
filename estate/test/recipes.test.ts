import assert from 'node:assert/strict';
import { availableParallelism, networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { clientProfiles, type ClientName } from '@altname/core';
import { measureFacts, type ClientFacts } from '../src/clients/facts.ts';
import { expected, openLab, site, type Lab } from '../src/clients/lab.ts';
import { hasHostHeader } from '../src/clients/measure.ts';
import { surfacesText } from '../src/clients/page.ts';
import { nodeLine, readRecord, recipesOf, recordedFor } from '../src/clients/record.ts';
import { listSubjects, titleOf, type Subject } from '../src/clients/subjects.ts';
import { mustBeRefused, mustWork, trialsOf, type Trial } from '../src/clients/trials.ts';

// Every client is measured, and every recipe of it is run as it stands, against the fault it is for. The proof of a
// recipe is application data at the server: Node verifies a certificate after the handshake of TLS 1.3, so a handshake
// proves nothing. What comes out is what docs/clients.json says.

const hasIpv6 = Object.values(networkInterfaces()).some((of) => of?.some(({ address }) => address === '::1'));
const ipv6 = hasIpv6 ? {} : { skip: 'this machine has no ::1' };
const record = readRecord();
const isRecordedLine = nodeLine in record.nodes;
const recorded = isRecordedLine ? {} : { skip: `Node ${nodeLine} is not a line that was measured` };
const subjects = listSubjects();

let lab: Lab;
before(async () => {
  lab = await openLab();
});
after(() => lab.close());

describe(`clients on Node ${process.version}`, { concurrency: availableParallelism() + 1 }, () => {
  for (const subject of subjects) {
    const skipped = subject.skip === null ? {} : { skip: subject.skip };
    it(titleOf(subject), { timeout: 120_000, ...skipped }, async (t) => {
      let facts: ClientFacts | undefined;
      const results: (readonly [Trial, true | null])[] = [];
      await t.test('what it does by itself', async () => {
        facts = await measureFacts(lab, subject, hasHostHeader(subject));
        assertProfileSays(subject, facts);
      });
      for (const trial of trialsOf(subject)) {
        await t.test(`${trial.kind}: ${trial.title}`, trial.ipv6 ? ipv6 : {}, async () => {
          const result = await trial.run(lab);
          if (result === null) assertNoRecipeIsRight(subject.client, trial);
          results.push([trial, result]);
        });
      }
      await t.test('docs/clients.json says so', recorded, () => {
        const measured = { ...facts, recipes: recipesOf(results) };
        assert.deepEqual(
          measured,
          recordedFor(record, subject),
          'run node estate/build/src/clients/measure.js',
        );
      });
    });
  }
});

describe('traps', { concurrency: availableParallelism() + 1 }, () => {
  it('pg sends a DNS host whatever ssl.servername says', async () => {
    assert.equal(clientProfiles.pg.servernameOption, 'loses-to-dns-host');
    const subject = subjectOf('pg');
    const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
    const recipe = clientProfiles.pg.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
    await mustBeRefused(lab, subject, replaced(recipe, `'127.0.0.1'`, `'localhost'`), sink, 'localhost');
  });

  for (const subject of subjects.filter(({ client }) => client === 'undici')) {
    const options = subject.skip === null ? {} : { skip: subject.skip };
    it(`${titleOf(subject)} sends a Host header whatever connect.servername says`, options, async () => {
      assert.equal(clientProfiles.undici.servernameOption, 'loses-to-host-header');
      const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
      const recipe = clientProfiles.undici.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
      const withHeader = replaced(recipe, '{ dispatcher }', `{ dispatcher, headers: { host: '${site}' } }`);
      await mustBeRefused(lab, subject, withHeader, sink, site);
    });
  }

  it('got before 14.5 has no https.serverName, and gets the code with an agent', async () => {
    const subject: Subject = { ...subjectOf('got'), package: 'got13' };
    const { expectName, keepHostHeader } = clientProfiles.got;
    const open = () => lab.open(subject.speech, lab.leaves.expectedOnly);
    for (const version of ['13.0.0', '14.4.8']) {
      const sink = await open();
      const recipe = expectName({ dial: '127.0.0.1', port: sink.port, name: expected, version });
      await mustWork(lab, subject, recipe ?? '', sink, lab.files.known, expected);
    }
    const kept = await open();
    const values = { dial: '127.0.0.1', port: kept.port, name: expected, hostHeader: site };
    const recipe = keepHostHeader({ ...values, version: '13.0.0' });
    const { received } = await mustWork(lab, subject, recipe ?? '', kept, lab.files.known, expected);
    assert.match(received, new RegExp(`^host: ${site}\r$`, 'im'));

    const unused = await open();
    for (const version of ['14.5.0', '14.6.6', undefined]) {
      const known = version === undefined ? {} : { version };
      const newest = expectName({ dial: '127.0.0.1', port: unused.port, name: expected, ...known });
      const why = /HTTPS option .serverName. does not exist/;
      await assert.rejects(mustWork(lab, subject, newest ?? '', unused, lab.files.known, null), why);
    }
  });

  it('elasticsearch sends a Host header whatever tls.servername says', async () => {
    const profile = clientProfiles.elasticsearch;
    assert.equal(profile.servernameOption, 'loses-to-host-header');
    const subject = subjectOf('elasticsearch');
    const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
    const recipe = profile.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
    const withHeader = replaced(recipe, '\n});', `\n  headers: { host: '${site}' },\n  maxRetries: 0,\n});`);
    await mustBeRefused(lab, subject, withHeader, sink, site);
  });

  it('https-proxy-agent has the name of the proxy checked for a target that is an address', async () => {
    const subject = subjectOf('https-proxy-agent');
    const sink = await lab.open(subject.speech, lab.leaves.everything);
    const recipe = clientProfiles['https-proxy-agent'].addCa({
      name: 'localhost',
      port: sink.port,
      file: 'ca.pem',
    });
    const code = replaced(recipe, /const ca = .*\n/, '')
      .replace(', ca }', ' }')
      .replace('localhost', '127.0.0.1')
      .replace(
        '(process.env.HTTPS_PROXY)',
        `(process.env.HTTPS_PROXY.replace('127.0.0.1', 'proxy.test'), { lookup })`,
      );
    const lookup = `function lookup(_host, { all }, done) {
      if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    }\n`;
    const stderr = await mustBeRefused(lab, subject, `${code}${lookup}`, sink, null);
    assert.match(stderr, /Host: proxy\.test\. is not in the cert's altnames/);
  });

  it('axios sends an address as server name through a proxy', async () => {
    const subject = subjectOf('axios');
    const sink = await lab.open(subject.speech, lab.leaves.everything);
    const unused = await lab.open(subject.speech, lab.leaves.everything);
    const variables = { HTTPS_PROXY: lab.proxy };
    const recipe = clientProfiles.axios.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
    await mustWork(lab, subject, recipe ?? '', sink, lab.files.known, expected, variables);

    const without = replaced(recipe, /servername: '.*?'/, '').replace(String(sink.port), String(unused.port));
    if (Number(nodeLine) >= 26) {
      const why = /ServerName to an IP address is not permitted/;
      await assert.rejects(mustWork(lab, subject, without, unused, lab.files.known, null, variables), why);
    } else {
      await mustWork(lab, subject, without, unused, lab.files.known, '127.0.0.1', variables);
    }
  });

  it('Postgres.js verifies nothing with a string that says no more than that TLS is used', async () => {
    const subject = subjectOf('postgres');
    for (const text of ['require', 'allow', 'prefer']) {
      const sink = await lab.open(subject.speech, lab.leaves.unknownDns);
      const recipe = clientProfiles.postgres.expectName({
        dial: 'localhost',
        port: sink.port,
        name: expected,
      });
      const code = replaced(recipe, /ssl: \{.*\}/, `ssl: '${text}'`);
      await mustWork(lab, subject, code, sink, null, 'localhost');
    }
    for (const ssl of ['true', '{}']) {
      const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
      const recipe = clientProfiles.postgres.expectName({
        dial: 'localhost',
        port: sink.port,
        name: expected,
      });
      await mustBeRefused(lab, subject, replaced(recipe, /ssl: \{.*\}/, `ssl: ${ssl}`), sink, 'localhost');
    }
  });

  it('mysql2 has no ssl.servername', async () => {
    const subject = subjectOf('mysql2');
    const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
    const values = { dial: 'localhost', port: sink.port, name: 'localhost' };
    const recipe = clientProfiles.mysql2.expectName(values);
    const option = replaced(
      recipe,
      'verifyIdentity: true',
      `verifyIdentity: true, servername: '${expected}'`,
    );
    await mustBeRefused(lab, subject, option, sink, 'localhost');
  });

  // The numbers that a test without privileges cannot take.
  for (const [client, speech, port, option, plainText] of [
    ['nodemailer', 'smtp-starttls', 587, /requireTLS: true/, /^EHLO /],
    ['imapflow', 'imap-starttls', 143, /doSTARTTLS: true/, /^\S+ (CAPABILITY|ID|LOGIN)/],
    ['basic-ftp', 'ftp-implicit', 990, /secure: 'implicit'/, /^OPTS UTF8/],
  ] as const) {
    it(`${client} begins TLS on port ${port} as it must be there, or not at all`, async () => {
      const subject: Subject = { ...subjectOf(client), speech };
      const sink = await lab.open(speech, lab.leaves.expectedOnly);
      const recipe = clientProfiles[client].expectName({ dial: '127.0.0.1', port, name: expected });
      assert.match(recipe ?? '', option);
      const moved = replaced(recipe, String(port), String(sink.port));
      const { received } = await mustWork(lab, subject, moved, sink, lab.files.known, expected);
      assert.match(received, plainText);
    });
  }
});

/** The facts of the profile. On Node 26 an address as server name is refused: nothing is checked then. */
function assertProfileSays({ client, mode, version }: Subject, facts: ClientFacts): void {
  const profile = clientProfiles[client];
  const surfaces = surfacesText(facts.tellings);
  if (mode === 'verify-name') {
    assert.equal(profile.checkedForDns, 'not-checked');
    assert.equal(profile.surfaces, surfaces);
    return;
  }
  if (mode === 'proxy-leg') return;
  const refused = Number(nodeLine) >= 26 && profile.sentForIp === 'address';
  assert.deepEqual(facts, {
    sentForDns: profile.sentForDns,
    sentForIp: refused ? 'refused' : profile.sentForIp,
    checkedForDns: profile.checkedForDns,
    checkedForIp: refused ? 'nothing' : profile.checkedForIp,
    hostHeader: profile.hostHeader,
    tellings: facts.tellings,
  });
  if (profile.checkedForDns !== 'not-checked') assert.equal(profile.surfaces, surfaces);
  assert.deepEqual(profile.tested, testedOf(client));
  if (version !== 'node') assert.ok(profile.tested.includes(version));
}

function testedOf(client: ClientName): string[] {
  const versions = subjects.filter((each) => each.client === client).map(({ version }) => version);
  return [...new Set(versions)].filter((version) => version !== 'node');
}

/** Where there is no recipe, there is a reason. */
function assertNoRecipeIsRight(client: ClientName, { kind, title }: Trial): void {
  const profile = clientProfiles[client];
  const reasons = [
    // It splits a broker at its first colon.
    client === 'kafkajs' && kind === 'expectName' && title === 'an IPv6 address dialled',
    // The address would be the server name, or nothing but localhost could be checked.
    kind === 'addCa' && title === 'an address dialled' && profile.sentForIp === 'address',
    kind === 'addCa' && title === 'an address dialled' && profile.checkedForIp === 'not-checked',
    kind === 'keepHostHeader' && profile.hostHeader === 'none',
  ];
  assert.ok(reasons.includes(true), `${client} has no ${kind} for ${title}`);
}

function subjectOf(client: ClientName): Subject {
  const found = subjects.find((subject) => subject.client === client);
  assert.ok(found !== undefined);
  return found;
}

/** The code with something else in it, which must be there to be replaced. */
function replaced(code: string | null, from: string | RegExp, to: string): string {
  const changed = (code ?? '').replace(from, to);
  assert.notEqual(changed, code);
  return changed;
}
