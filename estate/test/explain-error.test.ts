import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { clientProfiles, formatPretty, type ClientName, type Diagnosis } from '@altname/core';
import { createAuthority, type Credentials } from '../src/authority.ts';
import { startNode } from '../src/recipes/child.ts';
import { startSink, type Sink, type Speech } from '../src/recipes/sink.ts';
import { program, secret, visited, ways, type Report } from './failing-clients.ts';

// Every client fails at a real server with another name on its certificate, and its error is explained in the process
// that got it. What an error does not say is asserted too: a client that begins to say more fails here, and gains.

const expected = 'expected.test';
const nodeMajor = Number(process.versions.node.split('.')[0]);

/** What the error of a client shows. */
interface Shown {
  readonly client: ClientName;
  /** Whether the error itself shows which client it was. */
  readonly known: boolean;
  /** Whether it shows host and port. */
  readonly place: boolean;
  /** Whether it has the certificate, or no more than the words of the message. */
  readonly certificate: boolean;
  /** Whether its stack leads to the application; null where that depends on the version. */
  readonly site: boolean | null;
  readonly speech?: Speech;
  /** What is checked for an address, where that is not the address. */
  readonly checkedForIp?: string;
}

const rows: Readonly<Record<string, Shown>> = {
  https: raw('https', 'http'),
  tls: raw('tls'),
  http2: raw('http2', 'h2'),
  fetch: {
    client: 'fetch',
    known: true,
    place: false,
    certificate: true,
    // The undici of newer Node lines makes its error without a frame of the application.
    site: nodeMajor < 24 ? true : nodeMajor < 26 ? null : false,
    speech: 'http',
  },
  undici: raw('undici', 'http'),
  'undici 6': raw('undici', 'http'),
  'undici 8': raw('undici', 'http'),
  'undici fetch': {
    client: 'fetch',
    known: true,
    place: false,
    certificate: true,
    site: true,
    speech: 'http',
  },
  axios: { client: 'axios', known: true, place: true, certificate: true, site: true, speech: 'http' },
  got: { client: 'got', known: true, place: true, certificate: true, site: false, speech: 'http' },
  'node-fetch': {
    client: 'node-fetch',
    known: true,
    place: true,
    certificate: false,
    site: false,
    speech: 'http',
  },
  superagent: {
    client: 'superagent',
    known: true,
    place: false,
    certificate: true,
    site: false,
    speech: 'http',
  },
  ws: raw('ws', 'http'),
  'ws error event': {
    client: 'ws',
    known: true,
    place: true,
    certificate: true,
    site: false,
    speech: 'http',
  },
  pg: raw('pg', 'postgres'),
  'pg pool': {
    client: 'pg',
    known: true,
    place: false,
    certificate: true,
    site: true,
    speech: 'postgres',
  },
  postgres: {
    client: 'postgres',
    known: true,
    place: false,
    certificate: true,
    site: true,
    speech: 'postgres',
    checkedForIp: 'localhost',
  },
  mysql2: {
    client: 'mysql2',
    known: true,
    place: false,
    certificate: true,
    site: true,
    speech: 'mysql',
    checkedForIp: 'localhost',
  },
  'ioredis error event': raw('ioredis'),
  redis: raw('redis'),
  nodemailer: {
    client: 'nodemailer',
    known: true,
    place: false,
    certificate: true,
    site: false,
    speech: 'smtp',
  },
  imapflow: raw('imapflow', 'imap'),
  mqtt: raw('mqtt'),
  amqplib: raw('amqplib'),
  mongodb: { client: 'mongodb', known: true, place: true, certificate: true, site: true },
  kafkajs: { client: 'kafkajs', known: true, place: true, certificate: false, site: false },
  'grpc-js': { client: 'grpc-js', known: true, place: false, certificate: false, site: true, speech: 'h2' },
  elasticsearch: {
    client: 'elasticsearch',
    known: true,
    place: true,
    certificate: false,
    site: true,
    speech: 'http',
  },
  tedious: {
    client: 'tedious',
    known: true,
    place: true,
    certificate: true,
    site: false,
    speech: 'tds',
  },
  'basic-ftp': raw('basic-ftp', 'ftp'),
  'https-proxy-agent': { ...raw('https-proxy-agent', 'http'), checkedForIp: 'localhost' },
  'undici-proxy': raw('undici-proxy', 'http'),
};

/** Nothing in these errors speaks of TLS: ioredis keeps the reason to its `error` event, and its Cluster to itself. */
const silent: readonly string[] = [
  'ioredis command',
  'ioredis-cluster command',
  'ioredis-cluster error event',
];

/** What fails is the connection to the proxy, and undici says so. */
const atTheProxy: readonly string[] = ['undici-proxy at the proxy', 'undici fetch at the proxy'];

/** They check the Host header of their own client, whatever the target is. */
const proxies: readonly ClientName[] = ['http-proxy', 'httpxy'];

const sinks: Sink[] = [];
let folder: string;
let ca: string;
let leaf: Credentials;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'explain-error-'));
  const authority = await createAuthority({ name: 'Known CA' });
  ca = join(folder, 'known.pem');
  await writeFile(ca, authority.cert);
  leaf = await authority.issue({ names: [expected] });
});

after(async () => {
  for (const sink of sinks) sink.close();
  await rm(folder, { recursive: true, force: true });
});

it('every way to fail is here', () => {
  assert.deepEqual(ways.toSorted(), [...Object.keys(rows), ...silent, ...atTheProxy, ...proxies].toSorted());
});

describe(
  `the errors of clients on Node ${process.version}`,
  { concurrency: availableParallelism() + 1 },
  () => {
    for (const [way, shown] of Object.entries(rows)) {
      const skip = way === 'undici 8' && nodeMajor < 22 ? 'undici 8 needs Node 22' : false;
      it(`${way}, a name dialled`, { timeout: 60_000, skip }, async () => {
        const { diagnosis, told, port } = await fail(way, 'localhost', shown);
        assert.equal(diagnosis.cause?.code, 'name-mismatch');
        assert.equal(diagnosis.names.checked.value, 'localhost');
        assert.deepEqual(diagnosis.names.presented?.dns, [expected]);
        assertShown(diagnosis, shown, 'localhost', port);
        // The tunnel behind localhost: the name of the certificate, if it is the server that was meant.
        assertCode(told, shown.client, port);
      });

      it(`${way}, an address dialled`, { timeout: 60_000, skip }, async () => {
        const { diagnosis, told, port } = await fail(way, '127.0.0.1', shown);
        if (clientProfiles[shown.client].sentForIp === 'address' && nodeMajor >= 26) {
          assert.equal(diagnosis.cause?.code, 'sni-is-ip');
          assert.equal(diagnosis.names.sent.value, '127.0.0.1');
          assert.equal(diagnosis.client, shown.client);
          return;
        }
        if (shown.checkedForIp !== undefined) {
          assert.equal(diagnosis.cause?.code, 'name-mismatch');
          assert.equal(told.cause?.code, 'checked-defaulted-to-localhost');
          assert.deepEqual(told.names.checked, { value: 'localhost', from: 'default-localhost' });
          assert.equal(told.names.asked.value, '127.0.0.1');
          return;
        }
        assert.equal(diagnosis.cause?.code, 'ip-not-on-certificate');
        assert.equal(diagnosis.names.checked.value, '127.0.0.1');
        // The words of Node list no DNS names for an address.
        assert.deepEqual(diagnosis.names.presented?.dns, shown.certificate ? [expected] : undefined);
        assertShown(diagnosis, shown, '127.0.0.1', port);
        assert.ok(diagnosis.fixes.some(({ title }) => title.includes('IP:127.0.0.1')));
        if (shown.certificate) assertCode(told, shown.client, port);
        else assert.ok(told.fixes.some(({ who, title }) => who === 'client' && title.includes('servername')));
      });
    }

    for (const way of atTheProxy) {
      it(way, { timeout: 60_000 }, async () => {
        const { diagnosis, told } = await fail(way, 'localhost', raw('undici-proxy', 'http'));
        assert.equal(diagnosis.client, 'undici-proxy');
        assert.equal(diagnosis.app?.leg, 'proxy');
        assert.match(told.cause?.message ?? '', /; this is the connection to the proxy itself\.$/);
        assert.ok(told.fixes.some(({ code }) => code?.includes(`proxyTls: { servername: '${expected}' }`)));
      });
    }

    for (const way of proxies) {
      it(way, { timeout: 60_000 }, async () => {
        const { diagnosis, told } = await fail(way, 'localhost', { ...raw(way, 'http'), asked: expected });
        assert.equal(diagnosis.client, null);
        assert.equal(diagnosis.names.checked.value, visited);
        assert.deepEqual(told.names.checked, { value: visited, from: 'host-header' });
        assert.equal(told.cause?.code, 'sni-from-host-header');
        assert.ok(told.fixes.length > 0);
      });
    }

    for (const way of silent) {
      it(`${way}: the error says nothing of TLS`, { timeout: 60_000 }, async () => {
        const { report } = await run(way, 'localhost', raw('ioredis'));
        assert.match(report.error, /max retries|startup nodes|refresh slots/);
        assert.equal(report.diagnosis, null);
      });
    }
  },
);

/** The error of Node as it is, from an event: no frame, no place, no client. */
function raw(client: ClientName, speech?: Speech): Shown {
  const shown = { client, known: false, place: false, certificate: true, site: false };
  return speech === undefined ? shown : { ...shown, speech };
}

function assertShown(diagnosis: Diagnosis, shown: Shown, host: string, port: number): void {
  assert.equal(diagnosis.client, shown.known ? shown.client : null);
  const { asked, dialled, sent } = diagnosis.names;
  assert.deepEqual([asked.value, dialled.port], shown.place ? [host, port] : [null, 0]);
  assert.deepEqual(sent, { value: null, from: 'unknown' });
  assert.equal(diagnosis.certificate !== null, shown.certificate);
  assert.equal(diagnosis.certificate?.issuer, shown.certificate ? 'CN=Known CA' : undefined);
  const site = diagnosis.app?.callSite ?? null;
  if (shown.site ?? site !== null) assert.match(site ?? '', /^(?:[\w./-]+\/)?failing-clients\.js:\d+:\d+$/);
  else assert.equal(site, null);
}

/** With what its user knows, the code is that of the client, for that very place, and needs no hand of the user. */
function assertCode(told: Diagnosis, client: ClientName, port: number): void {
  assert.equal(told.client, client);
  const codes = told.fixes.flatMap(({ who, code }) => (who === 'client' && code !== null ? [code] : []));
  assert.ok(codes.length > 0, JSON.stringify(told.fixes));
  assert.ok(codes.some((code) => code.includes(expected)));
  assert.ok(codes.every((code) => code.includes(String(port))));
  assert.ok(told.fixes.every(({ condition }) => !condition?.includes('put in your own')));
}

interface Failed {
  readonly diagnosis: Diagnosis;
  readonly told: Diagnosis;
  readonly port: number;
}

async function fail(way: string, host: string, shown: Shown & { asked?: string }): Promise<Failed> {
  const { report, port } = await run(way, host, shown);
  const { diagnosis, told, error } = report;
  assert.ok(diagnosis !== null && told !== null, error);
  assert.equal(diagnosis.verdict, 'refused');
  assert.doesNotMatch(JSON.stringify(report.diagnosis) + formatPretty(diagnosis), new RegExp(secret));
  return { diagnosis, told, port };
}

async function run(
  way: string,
  host: string,
  { speech, client, asked }: Shown & { asked?: string },
): Promise<{ report: Report; port: number }> {
  const sink = await startSink(speech ?? 'silence', leaf);
  sinks.push(sink);
  const { port } = sink;
  const told = JSON.stringify({ client, asked: `${asked ?? host}:${port}` });
  const { code, stdout, stderr } = await startNode([program, way, host, String(port), told], ca).ended;
  assert.equal(code, 0, stderr);
  assert.equal(sink.seen.received, '', 'nothing was sent to a server that was refused');
  return { report: JSON.parse(stdout) as Report, port };
}
