import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAuthority, type Authority } from '../src/authority.ts';
import { startNode, type Child } from '../src/recipes/child.ts';
import { startSink, type Seen, type Sink, type Speech } from '../src/recipes/sink.ts';

// The snippets of the README of @altname/client, as they stand there. Only what is not on this machine is replaced: the
// place to dial, and a date. What has to be true is seen at the server.

const readme = readFileSync(
  fileURLToPath(new URL('../../../packages/client/README.md', import.meta.url)),
  'utf8',
);

/** One section with a snippet, and the server that it needs. */
interface Situation {
  readonly heading: string;
  readonly speech: Speech;
  /** The names on the certificate of the server. */
  readonly names: readonly string[];
  /** In the snippet, in place of what; `{port}` is the port of the server. */
  readonly replace: Readonly<Record<string, string>>;
  /** Whom the process trusts beside the bundled roots: the CA, where the snippet does not say. */
  readonly trusted?: true;
  /** Put before the first line of the snippet that is not an import. */
  readonly setUp?: string;
  /** What has to be true of what the server saw, and of what the snippet printed. */
  readonly holds: (seen: Seen, printed: string) => void;
}

const company = 'company-ca.pem';

const situations: readonly Situation[] = [
  {
    heading: 'A database through a tunnel',
    speech: 'postgres',
    names: ['db.internal.example'],
    replace: { 'localhost:5432': 'localhost:{port}' },
    holds: ({ sent, received }) => {
      assert.deepEqual(sent, ['db.internal.example']);
      assert.match(received, /user\0app\0database\0shop/);
    },
  },
  {
    heading: 'An address instead of a name',
    speech: 'http',
    names: ['api.example.com'],
    replace: { '10.0.3.7:443': '127.0.0.1:{port}' },
    trusted: true,
    holds: ({ sent, received }, printed) => {
      assert.deepEqual(sent, ['api.example.com']);
      assert.match(received, /^GET \/health HTTP\/1\.1\r\nHost: api\.example\.com\r\n/);
      assert.equal(printed, '200\n');
    },
  },
  {
    heading: 'A private CA',
    speech: 'http',
    names: ['localhost'],
    replace: { 'inventory.corp.example:8443': 'localhost:{port}' },
    holds: ({ sent, received }, printed) => {
      assert.deepEqual(sent, ['localhost']);
      assert.match(received, /^GET \/items /);
      assert.equal(printed, '200\n');
    },
  },
  {
    heading: 'A Redis cluster',
    speech: 'silence',
    names: ['localhost'],
    replace: { 'redis-1.example.com': 'localhost', 'port: 6379': 'port: {port}' },
    holds: ({ received }) => assert.match(received, /cluster/i),
  },
  {
    heading: 'gRPC under another name',
    speech: 'h2',
    names: ['orders.example.com'],
    replace: { 'localhost:50051': 'localhost:{port}' },
    trusted: true,
    holds: ({ sent }, printed) => {
      assert.deepEqual(sent, ['orders.example.com']);
      assert.equal(printed, 'ready\n');
    },
  },
  {
    heading: 'One configuration per deployment',
    speech: 'http',
    names: ['pay.example.com'],
    replace: {},
    setUp: `Object.assign(process.env, { PAYMENTS_HOST: '127.0.0.1', PAYMENTS_PORT: '{port}',
      PAYMENTS_TLS_SERVERNAME: 'pay.example.com', PAYMENTS_CA_BUNDLE: '${company}' });`,
    holds: ({ sent, received }, printed) => {
      assert.deepEqual(sent, ['pay.example.com']);
      assert.match(received, /^GET \/health [^]*\r\nHost: pay\.example\.com\r\n/);
      assert.equal(printed, '200\n');
    },
  },
  {
    heading: 'Instead of `rejectUnauthorized: false`',
    speech: 'http',
    names: ['*.example.com'],
    replace: { 'localhost:8443': 'localhost:{port}', '2027-01-31': tomorrow() },
    trusted: true,
    holds: ({ sent, received }, printed) => {
      assert.deepEqual(sent, ['api.staging.example.com']);
      assert.match(received, /^GET \/ HTTP/);
      assert.match(printed, /^altname: tolerating wildcard-depth of api\.staging\.example\.com until /m);
    },
  },
  {
    heading: 'What went wrong, in a catch block',
    speech: 'http',
    names: ['other.example.com'],
    replace: { 'localhost:8443': 'localhost:{port}' },
    trusted: true,
    holds: ({ received }, printed) => {
      assert.equal(received, '');
      assert.match(printed, /^name-mismatch .*other\.example\.com.*\n- /);
    },
  },
];

const sinks: Sink[] = [];
let authority: Authority;
let folder: string;

before(async () => {
  // Beneath the estate, so that the packages are found from there.
  folder = await mkdtemp(fileURLToPath(new URL('../readme-', import.meta.url)));
  authority = await createAuthority({ name: 'Company CA' });
  await writeFile(join(folder, company), authority.cert);
});

after(async () => {
  for (const sink of sinks) sink.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the README of @altname/client', { concurrency: 3 }, () => {
  for (const situation of situations) {
    it(situation.heading, { timeout: 60_000 }, async () => {
      const sink = await open(situation.speech, situation.names);
      const child = await start(situation, sink.port);
      const ended = child.ended.then(() => {});
      await Promise.race([ended, arrival(sink)]);
      child.stop();
      const { stdout, stderr } = await child.ended;
      try {
        situation.holds(sink.seen, stderr + stdout);
      } catch (error) {
        assert.fail(`${String(error)}\n${stderr}${stdout}`);
      }
    });
  }

  it('A reverse proxy that keeps the Host header', { timeout: 60_000 }, async () => {
    const sink = await open('http', ['app.internal.example']);
    const free = await freePort();
    const heading = 'A reverse proxy that keeps the Host header';
    const replace = { '10.0.3.7:443': '127.0.0.1:{port}', '8080': String(free) };
    const situation = { heading, replace, trusted: true } as const;
    const child = await start(situation, sink.port);
    const answer = await askUntilItListens(free, 'shop.example.com');
    child.stop();
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(sink.seen.sent, ['app.internal.example']);
    assert.match(sink.seen.received, /\r\nhost: shop\.example\.com\r\n/i);
  });

  it('Through a proxy', { timeout: 60_000 }, async () => {
    const sink = await open('http', ['billing.example.com']);
    const asked: string[] = [];
    const proxy = http.createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      const through = connect(sink.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        pipeline(socket, through, socket, () => {});
      });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const replace = {
      '10.0.3.7:443': '127.0.0.1:{port}',
      'proxy.corp.example:3128': `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    };
    const child = await start({ heading: 'Through a proxy', replace }, sink.port);
    const { stdout, stderr } = await child.ended;
    proxy.close();
    assert.equal(stdout, '200\n', stderr);
    assert.deepEqual(asked, [`127.0.0.1:${sink.port}`]);
    assert.deepEqual(sink.seen.sent, ['billing.example.com']);
    assert.match(sink.seen.received, /^GET \/invoices /);
  });

  it('has no snippet that is not run here', () => {
    const preload = 'The preload';
    const apart = ['A reverse proxy that keeps the Host header', 'Through a proxy'];
    const run = [...situations.map(({ heading }) => heading), ...apart];
    assert.equal(run.length, 10);
    const withSnippet = [...readme.matchAll(/^## (.+)$/gm)]
      .map(([, heading]) => heading ?? '')
      .filter((heading) => heading !== preload && snippetOf(heading) !== null);
    assert.deepEqual(withSnippet.toSorted(), run.toSorted());
  });
});

function snippetOf(heading: string): string | null {
  const [, section] = readme.split(`\n## ${heading}\n`);
  return /```js\n([^]*?)```/.exec(section?.split('\n## ')[0] ?? '')?.[1] ?? null;
}

async function open(speech: Speech, names: readonly string[]): Promise<Sink> {
  const sink = await startSink(speech, await authority.issue({ names }));
  sinks.push(sink);
  return sink;
}

let written = 0;

async function start(
  { heading, replace, trusted, setUp = '' }: Pick<Situation, 'heading' | 'replace' | 'trusted' | 'setUp'>,
  port: number,
): Promise<Child> {
  let code = snippetOf(heading) ?? assert.fail(`no snippet under ${heading}`);
  for (const [text, by] of Object.entries(replace)) {
    assert.ok(code.includes(text), `${text} is not in the snippet under ${heading}`);
    code = code.replaceAll(text, by);
  }
  const [imports = '', ...rest] = code.split(/\n(?!import )/);
  const whole = [imports, setUp, ...rest].join('\n').replaceAll('{port}', String(port));
  const id = ++written;
  const file = join(folder, `snippet-${id}.mjs`);
  const there = join(folder, `start-${id}.mjs`);
  await writeFile(file, whole);
  await writeFile(there, `process.chdir(${JSON.stringify(folder)});\nawait import('./snippet-${id}.mjs');\n`);
  return startNode([there], trusted === true ? join(folder, company) : null);
}

/** A while after the first data, for what the snippet prints then. */
async function arrival(sink: Sink): Promise<void> {
  await sink.until(({ received }) => received !== '', 50_000);
  await setTimeout(1500);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function askUntilItListens(port: number, host: string): Promise<http.IncomingMessage> {
  for (;;) {
    try {
      const request = http.get({ host: '127.0.0.1', port, headers: { host } });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      return response;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await setTimeout(100);
    }
  }
}

function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}
