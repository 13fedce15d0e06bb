import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clientNames, clientProfiles, type ClientName } from '@altname/core';
import { createAuthority, type Authority, type Credentials } from '../src/authority.ts';
import { startNode } from '../src/recipes/child.ts';
import { program, type Place, type PlainResult } from '../src/recipes/plain.ts';
import { startSink, type Seen, type Sink, type Speech } from '../src/recipes/sink.ts';

// Every recipe of every client is run as it stands, against the fault it is for. The proof of a recipe is application
// data at the server: Node verifies a certificate after the handshake of TLS 1.3, so a handshake proves nothing.

const expected = 'expected.test';
const site = 'site.test';
const hasIpv6 = Object.values(networkInterfaces()).some((of) => of?.some(({ address }) => address === '::1'));
const ipv6 = hasIpv6 ? {} : { skip: 'this machine has no ::1' };
const nodeMajor = Number(process.versions.node.split('.')[0]);

const speeches: Partial<Record<ClientName, Speech>> = {
  https: 'http',
  http2: 'h2',
  axios: 'http',
  got: 'http',
  undici: 'http',
  fetch: 'http',
  'node-fetch': 'http',
  ws: 'http',
  pg: 'postgres',
  nodemailer: 'smtp',
  'grpc-js': 'h2',
};

/** What is put behind a recipe that only connects, to see what it would send. */
const firstWords: Partial<Record<ClientName, string>> = {
  tls: `socket.write('first words');`,
  'grpc-js': `client.makeUnaryRequest('/first.Words/Call', (x) => x, (x) => x, Buffer.alloc(0), () => {});`,
};

// A client may try more than once: server names are compared as sets.

const nameError = /is not in the cert's (altnames|list)/;
const chainError = /unable to (verify the first|get local issuer) certificate|self-signed certificate/;

const sinks: Sink[] = [];
let folder: string;
let known: Authority;
let files: { known: string; unknown: string };
let leaves: Record<'expectedOnly' | 'everything' | 'unknownDns' | 'unknownIp', Credentials>;

before(async () => {
  // Beneath the estate, so that the packages the recipes import are found from there.
  folder = await mkdtemp(fileURLToPath(new URL('../recipes-', import.meta.url)));
  known = await createAuthority({ name: 'Known CA' });
  const unknown = await createAuthority({ name: 'CA of the addCa recipes' });
  files = { known: join(folder, 'known.pem'), unknown: join(folder, `the CA's.pem`) };
  await writeFile(files.known, known.cert);
  await writeFile(files.unknown, unknown.cert);
  leaves = {
    expectedOnly: await known.issue({ names: [expected] }),
    everything: await known.issue({ names: ['localhost', '127.0.0.1', expected, site] }),
    unknownDns: await unknown.issue({ names: ['localhost'] }),
    unknownIp: await unknown.issue({ names: ['127.0.0.1'] }),
  };
});

after(async () => {
  for (const sink of sinks) sink.close();
  await rm(folder, { recursive: true, force: true });
});

describe(`recipes on Node ${process.version}`, { concurrency: availableParallelism() + 1 }, () => {
  for (const client of clientNames) {
    it(client, { timeout: 120_000 }, async (t) => {
      await t.test('without a recipe', () => withoutRecipe(client));
      await t.test('expectName, an address dialled', () => expectName(client, '127.0.0.1'));
      await t.test('expectName, an IPv6 address dialled', ipv6, () => expectName(client, '::1'));
      await t.test('expectName, a name dialled', () => expectName(client, 'localhost'));
      await t.test('addCa, a name dialled', () => addCa(client, 'localhost'));
      await t.test('addCa, an address dialled', () => addCa(client, '127.0.0.1'));
      await t.test('keepHostHeader', () => keepHostHeader(client));
    });
  }
});

describe('traps', () => {
  it('pg sends a DNS host whatever ssl.servername says', async () => {
    assert.equal(clientProfiles.pg.servernameOption, 'loses-to-dns-host');
    const sink = await open('pg', leaves.expectedOnly);
    const recipe = clientProfiles.pg.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
    await assertFails('pg', recipe?.replace(`'127.0.0.1'`, `'localhost'`), sink, 'localhost');
  });

  it('undici sends a Host header whatever connect.servername says', async () => {
    assert.equal(clientProfiles.undici.servernameOption, 'loses-to-host-header');
    const sink = await open('undici', leaves.expectedOnly);
    const recipe = clientProfiles.undici.expectName({ dial: '127.0.0.1', port: sink.port, name: expected });
    const withHeader = recipe?.replace('{ dispatcher }', `{ dispatcher, headers: { host: '${site}' } }`);
    await assertFails('undici', withHeader, sink, site);
  });

  it('nodemailer never goes on in plain text on a STARTTLS port', async () => {
    const sink = await startSink('smtp-starttls', leaves.expectedOnly);
    sinks.push(sink);
    const recipe = clientProfiles.nodemailer.expectName({ dial: '127.0.0.1', port: 587, name: expected });
    assert.match(recipe ?? '', /requireTLS: true/);
    // The one number that a test without privileges cannot take.
    const moved = recipe?.replace('587', String(sink.port)) ?? '';
    const seen = await assertWorks('nodemailer', moved, sink, files.known, expected);
    assert.match(seen.received, /^EHLO /);
  });
});

/** The profile's facts, and that each fault is a fault for the client that is left alone. */
async function withoutRecipe(client: ClientName): Promise<void> {
  const profile = clientProfiles[client];
  const byName = await open(client, leaves.expectedOnly);
  const byAddress = await open(client, leaves.expectedOnly);
  const unknownCa = await open(client, leaves.unknownDns);
  const header = await open(client, leaves.expectedOnly);
  const headerAccepted = await open(client, leaves.everything);
  const hasHeader = profile.hostHeader !== 'none';
  const results = await connectPlainly(client, [
    { host: 'localhost', port: byName.port, hostHeader: null },
    { host: '127.0.0.1', port: byAddress.port, hostHeader: null },
    { host: 'localhost', port: unknownCa.port, hostHeader: null },
    ...(hasHeader
      ? [
          { host: '127.0.0.1', port: header.port, hostHeader: site },
          { host: 'localhost', port: headerAccepted.port, hostHeader: site },
        ]
      : []),
  ]);

  assertRefused(byName.seen, results[0], nameError);
  assert.deepEqual(new Set(byName.seen.sent), new Set([profile.sentForDns === 'host' ? 'localhost' : null]));

  // Node 26 throws for an address as server name: nothing is sent at all.
  const unusable = profile.sentForIp === 'address' && nodeMajor >= 26;
  const whyNoAddress = unusable ? /ServerName to an IP address is not permitted/ : nameError;
  const sentForIp = profile.sentForIp === 'address' ? '127.0.0.1' : null;
  assertRefused(byAddress.seen, results[1], whyNoAddress);
  assert.deepEqual(new Set(byAddress.seen.sent), new Set(unusable ? [] : [sentForIp]));

  assertRefused(unknownCa.seen, results[2], chainError);

  if (hasHeader) {
    assertRefused(header.seen, results[3], whyNoAddress);
    assert.deepEqual(results[4], { error: null });
    const sent = profile.hostHeader === 'becomes-server-name' ? site : 'localhost';
    assert.deepEqual(headerAccepted.seen.sent, [sent]);
    const host = profile.hostHeader === 'dropped' ? `localhost:${headerAccepted.port}` : site;
    assert.equal(hostIn(headerAccepted.seen), host);
  }
}

async function expectName(client: ClientName, dial: string): Promise<void> {
  const sink = await open(client, leaves.expectedOnly, dial === '::1' ? '::1' : '127.0.0.1');
  const recipe = clientProfiles[client].expectName({ dial, port: sink.port, name: expected });
  if (client === 'kafkajs' && dial === '::1') {
    // It splits a broker at its first colon.
    assert.equal(recipe, null);
    return;
  }
  assert.ok(recipe !== null);
  const lost = clientProfiles[client].servernameOption === 'loses-to-dns-host' && dial === 'localhost';
  await assertWorks(client, recipe, sink, files.known, lost ? 'localhost' : expected);
}

async function addCa(client: ClientName, name: string): Promise<void> {
  const byAddress = name === '127.0.0.1';
  const leaf = byAddress ? leaves.unknownIp : leaves.unknownDns;
  const sink = await open(client, leaf);
  const recipe = clientProfiles[client].addCa({ name, port: sink.port, file: files.unknown });
  if (byAddress && clientProfiles[client].sentForIp === 'address') {
    // This client would send the address as server name.
    assert.equal(recipe, null);
  } else {
    assert.ok(recipe !== null);
    await assertWorks(client, recipe, sink, null, byAddress ? null : name);
  }
}

async function keepHostHeader(client: ClientName): Promise<void> {
  const sink = await open(client, leaves.expectedOnly);
  const values = { dial: '127.0.0.1', port: sink.port, name: expected, hostHeader: site };
  const recipe = clientProfiles[client].keepHostHeader(values);
  assert.equal(recipe === null, clientProfiles[client].hostHeader === 'none');
  if (recipe !== null) {
    const seen = await assertWorks(client, recipe, sink, files.known, expected);
    assert.equal(hostIn(seen), site);
  }
}

async function open(
  client: ClientName,
  leaf: Credentials,
  address: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<Sink> {
  const sink = await startSink(speeches[client] ?? 'silence', leaf, address);
  sinks.push(sink);
  return sink;
}

async function connectPlainly(client: ClientName, places: readonly Place[]): Promise<PlainResult[]> {
  const { code, stdout, stderr } = await startNode([program, client, JSON.stringify(places)], files.known)
    .ended;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as PlainResult[];
}

function assertRefused(seen: Seen, result: PlainResult | undefined, why: RegExp): void {
  assert.match(result?.error ?? '', why);
  assert.equal(seen.received, '', 'nothing was sent to a server that was refused');
}

let written = 0;

/** Runs a recipe as a user would, until its data is at the server. */
async function assertWorks(
  client: ClientName,
  recipe: string,
  sink: Sink,
  extraCa: string | null,
  sent: string | null,
): Promise<Seen> {
  const file = join(folder, `${client}-${++written}.mjs`);
  await writeFile(file, recipe + (firstWords[client] ?? ''));
  const child = startNode([file], extraCa);
  const ended = child.ended.then(() => false);
  const complete = (seen: Seen): boolean => /:authority|\r\n\r\n/.test(seen.received);
  const enough = sinkNeedsHeaders(client) ? complete : ({ received }: Seen) => received !== '';
  const arrived = sink.until(enough, 30_000);
  if (!(await Promise.race([arrived, ended.then(() => sink.until(enough, 200))]))) {
    const { stderr, stdout } = await child.ended;
    assert.fail(`no data came from this recipe:\n${recipe}\n${stdout}${stderr}`);
  }
  child.stop();
  await child.ended;
  assert.deepEqual(new Set(sink.seen.sent), new Set([sent]));
  return sink.seen;
}

async function assertFails(
  client: ClientName,
  code: string | undefined,
  sink: Sink,
  sent: string,
): Promise<void> {
  const file = join(folder, `${client}-trap.mjs`);
  await writeFile(file, code ?? '');
  const { code: exit, stderr } = await startNode([file], files.known).ended;
  assert.equal(exit, 1);
  assertRefused(sink.seen, { error: stderr }, nameError);
  assert.deepEqual(sink.seen.sent, [sent]);
}

function sinkNeedsHeaders(client: ClientName): boolean {
  return speeches[client] === 'http' || speeches[client] === 'h2';
}

/** The Host header, or `:authority`, of the first request. */
function hostIn({ received }: Seen): string | undefined {
  return /^(?:host|:authority): (.*?)\r?$/im.exec(received)?.[1];
}
