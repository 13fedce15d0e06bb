import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAuthority, type Authority, type Credentials } from '../src/authority.ts';
import { startNode } from '../src/recipes/child.ts';
import { startSink, type Sink, type Speech } from '../src/recipes/sink.ts';
import { clientsInReadme, program, type Outcome } from './connection-clients.ts';

// Each client with a connection, as the README has it. Accepted means that application data came to the server;
// refused, that none did.

interface Manner {
  readonly speech?: Speech;
  /** What `sni: false` comes to with a DNS host. */
  readonly withoutSni?: 'sends-host' | 'cannot';
  /** It cannot send another name than it checks. */
  readonly oneNameOnly?: true;
  /** The name is checked by Node's own function, which accepts a common name. */
  readonly nodeChecks?: true;
}

const manners: Readonly<Record<string, Manner>> = {
  https: { speech: 'http' },
  tls: {},
  http2: { speech: 'h2' },
  undici: { speech: 'http' },
  fetch: { speech: 'http' },
  axios: { speech: 'http' },
  got: { speech: 'http' },
  'node-fetch': { speech: 'http' },
  superagent: { speech: 'http' },
  ws: { speech: 'http' },
  elasticsearch: { speech: 'http', withoutSni: 'sends-host' },
  pg: { speech: 'postgres', withoutSni: 'cannot' },
  postgres: { speech: 'postgres' },
  mysql2: { speech: 'mysql', withoutSni: 'cannot', oneNameOnly: true, nodeChecks: true },
  mongodb: {},
  tedious: { speech: 'tds', withoutSni: 'cannot', oneNameOnly: true, nodeChecks: true },
  ioredis: {},
  redis: {},
  nodemailer: { speech: 'smtp', withoutSni: 'sends-host' },
  imapflow: { speech: 'imap' },
  mqtt: { withoutSni: 'sends-host' },
  amqplib: { withoutSni: 'sends-host' },
  kafkajs: {},
  'grpc-js': { speech: 'h2', withoutSni: 'cannot' },
  'basic-ftp': { speech: 'ftp' },
};

const name = 'expected.test';
const sinks: Sink[] = [];
let known: Authority;
let leaves: Record<'expected' | 'localhost' | 'cnOnly' | 'ofUnknown', Credentials>;

before(async () => {
  known = await createAuthority({ name: 'Known CA' });
  const unknown = await createAuthority({ name: 'Unknown CA' });
  leaves = {
    expected: await known.issue({ names: [name] }),
    localhost: await known.issue({ names: ['localhost', '127.0.0.1'] }),
    cnOnly: await known.issue({ subject: { CN: name } }),
    ofUnknown: await unknown.issue({ names: [name] }),
  };
});

after(() => {
  for (const sink of sinks) sink.close();
});

/** One connection, and what has to become of it. */
interface Case {
  readonly what: string;
  readonly leaf: keyof typeof leaves;
  readonly host: 'localhost' | '127.0.0.1';
  readonly sni?: string | false;
  /** Accepted, with this server name sent; or refused; or not even begun, for the client cannot do it. */
  readonly result: { readonly sent: string | null } | 'refused' | 'cannot';
}

function casesFor({ oneNameOnly, nodeChecks, withoutSni }: Manner): Case[] {
  const accepted = { sent: name };
  const nothing = withoutSni === 'sends-host' ? 'localhost' : null;
  return [
    { what: 'a host dialled, another name expected', leaf: 'expected', host: 'localhost', result: accepted },
    { what: 'an address dialled, a name expected', leaf: 'expected', host: '127.0.0.1', result: accepted },
    // Whoever checks what it dials accepts this one.
    { what: 'the certificate of the host', leaf: 'localhost', host: 'localhost', result: 'refused' },
    { what: 'the certificate of the address', leaf: 'localhost', host: '127.0.0.1', result: 'refused' },
    { what: 'an unknown issuer', leaf: 'ofUnknown', host: 'localhost', result: 'refused' },
    {
      what: 'the name as common name alone',
      leaf: 'cnOnly',
      host: 'localhost',
      result: nodeChecks === true ? accepted : 'refused',
    },
    {
      what: 'another name sent than checked',
      leaf: 'expected',
      host: 'localhost',
      sni: 'other.test',
      result: oneNameOnly === true ? 'cannot' : { sent: 'other.test' },
    },
    {
      what: 'no name sent, a host dialled',
      leaf: 'expected',
      host: 'localhost',
      sni: false,
      result: withoutSni === 'cannot' ? 'cannot' : { sent: nothing },
    },
  ];
}

describe(
  `a connection in each client on Node ${process.version}`,
  { concurrency: availableParallelism() + 1 },
  () => {
    for (const [client, manner] of Object.entries(manners)) {
      it(client, { timeout: 120_000 }, async (t) => {
        const cases = casesFor(manner);
        const servers = await Promise.all(
          cases.map(({ leaf }) => startSink(manner.speech ?? 'silence', leaves[leaf])),
        );
        sinks.push(...servers);
        const outcomes = await connect(client, cases, servers);
        for (const [index, one] of cases.entries()) {
          await t.test(one.what, () => judge(one, servers[index] as Sink, outcomes[index]?.error ?? null));
        }
      });
    }
  },
);

function judge({ result, leaf }: Case, { seen }: Sink, error: string | null): void {
  if (result === 'cannot') {
    assert.match(error ?? '', /ALTNAME_BAD_OPTION/);
    assert.deepEqual(seen.sent, []);
  } else if (result === 'refused') {
    assert.equal(seen.received, '', 'nothing was sent to a server that was refused');
    assert.ok(seen.sent.length > 0, `it was never asked: ${error}`);
    assert.match(error ?? '', leaf === 'ofUnknown' ? /unable to verify|issuer certificate/ : /altnames/);
  } else {
    assert.notEqual(seen.received, '', `no data came: ${error}`);
    assert.deepEqual(new Set(seen.sent), new Set([result.sent]));
  }
}

describe('the README', () => {
  const source = readFileSync(
    fileURLToPath(new URL('../../test/connection-clients.ts', import.meta.url)),
    'utf8',
  );
  const readme = readFileSync(
    fileURLToPath(new URL('../../../packages/client/README.md', import.meta.url)),
    'utf8',
  );
  const shown = [...readme.matchAll(/^\| ([^|]+?) +\| `(.+)` +\|$/gm)].map(([, , code]) => code);
  const run = [...source.matchAll(/\/\/ README\n\s+(.+);$/gm)].map(([, code]) => code);

  it('shows what was run, line for line', () => assert.deepEqual(shown, run));

  it('and every client was run', () => {
    assert.deepEqual(clientsInReadme, Object.keys(manners));
    assert.equal(run.length, clientsInReadme.length);
  });
});

/** Connects to one after another, in one process. Once data has come, the server is closed: that ends what waits. */
async function connect(
  client: string,
  cases: readonly Case[],
  servers: readonly Sink[],
): Promise<readonly Outcome[]> {
  const orders = cases.map(({ host, sni }, index) => ({
    to: `${host}:${servers[index]?.port}`,
    name,
    ca: known.cert,
    ...(sni === undefined ? {} : { sni }),
  }));
  for (const server of servers) {
    void server.until(({ received }) => received !== '', 100_000).then(() => server.close());
  }
  const { code, stdout, stderr } = await startNode([program, client, JSON.stringify(orders)], null, 100_000)
    .ended;
  assert.equal(code, 0, stderr);
  // Some clients have a log of their own on stdout, and kafkajs tells no one else while it tries again.
  const outcomes = JSON.parse(/^\[\{"error".*$/m.exec(stdout)?.[0] ?? '') as Outcome[];
  return outcomes.map(({ error }) => ({ error: error ?? (stderr === '' ? null : stderr) }));
}
