import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { connection, eachHost, expectName, type Connection } from '@altname/client';
import { createAuthority, type Authority, type Credentials } from '../src/authority.ts';
import { startNode } from '../src/recipes/child.ts';
import { startSink, type Sink, type Speech } from '../src/recipes/sink.ts';

// What a connection dials, sends and checks, and whom it trusts: seen at real servers. Accepted means that data came
// to the server; refused, that none did.

const name = 'expected.test';
const sinks: Sink[] = [];
let written = 0;
let folder: string;
let known: Authority;
let unknown: Authority;
let leaves: Record<'expected' | 'localhost' | 'address' | 'cnOnly' | 'partial' | 'ofUnknown', Credentials>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'altname-connection-'));
  known = await createAuthority({ name: 'Known CA' });
  unknown = await createAuthority({ name: 'Unknown CA' });
  await writeFile(join(folder, 'known.pem'), known.cert);
  await writeFile(join(folder, 'unknown.pem'), unknown.cert);
  leaves = {
    expected: await known.issue({ names: [name] }),
    localhost: await known.issue({ names: ['localhost'] }),
    address: await known.issue({ names: ['127.0.0.1'] }),
    cnOnly: await known.issue({ names: [], subject: { CN: name } }),
    partial: await known.issue({ san: [{ dns: 'exp*.test' }] }),
    ofUnknown: await unknown.issue({ names: [name] }),
  };
});

after(async () => {
  for (const sink of sinks) sink.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a connection', () => {
  const table: readonly {
    readonly what: string;
    readonly leaf: keyof typeof leaves;
    readonly host: string;
    readonly options?: { readonly name?: string; readonly sni?: string | false };
    readonly sent: string | null;
    readonly refused?: RegExp;
  }[] = [
    { what: 'sends and checks the host', leaf: 'localhost', host: 'localhost', sent: 'localhost' },
    { what: 'sends and checks a name', leaf: 'expected', host: 'localhost', options: { name }, sent: name },
    { what: 'whatever address it dials', leaf: 'expected', host: '127.0.0.1', options: { name }, sent: name },
    { what: 'sends no address', leaf: 'address', host: '127.0.0.1', sent: null },
    {
      what: 'sends the name in its normal form',
      leaf: 'expected',
      host: 'LOCALHOST',
      options: { name: 'EXPECTED.test.' },
      sent: name,
    },
    {
      what: 'sends nothing when told so, and checks',
      leaf: 'expected',
      host: 'localhost',
      options: { name, sni: false },
      sent: null,
    },
    {
      what: 'sends another name than it checks',
      leaf: 'expected',
      host: 'localhost',
      options: { name, sni: 'Other.test.' },
      sent: 'other.test',
    },
    {
      what: 'checks what it does not send',
      leaf: 'localhost',
      host: 'localhost',
      options: { name, sni: 'localhost' },
      sent: 'localhost',
      refused: /expected\.test/,
    },
    {
      what: 'checks an address against addresses alone',
      leaf: 'localhost',
      host: '127.0.0.1',
      sent: null,
      refused: /127\.0\.0\.1/,
    },
    {
      what: 'does not count the common name, as Node does',
      leaf: 'cnOnly',
      host: 'localhost',
      options: { name },
      sent: name,
      refused: /common name|CN/,
    },
    {
      what: 'knows no partial wildcards, as Node does',
      leaf: 'partial',
      host: 'localhost',
      options: { name },
      sent: name,
      refused: /exp\*\.test/,
    },
    {
      what: 'trusts no one else',
      leaf: 'ofUnknown',
      host: 'localhost',
      options: { name },
      sent: name,
      refused: /verify|issuer/,
    },
  ];
  for (const { what, leaf, host, options, sent, refused } of table) {
    it(what, async () => {
      const sink = await open(leaves[leaf]);
      const made = connection({ to: `${host}:${sink.port}`, ca: known.cert, ...options });
      await (refused === undefined ? assertReaches(made, sink) : assertRefused(made, sink, refused));
      assert.deepEqual(sink.seen.sent, [sent]);
    });
  }
});

describe('whom a connection trusts', () => {
  it('the default roots and ca, unless ca shall stand alone', () => {
    const root = tls.rootCertificates[0] ?? '';
    const beside = connection({ to: 'localhost', ca: known.cert }).ca ?? [];
    const alone = connection({ to: 'localhost', ca: known.cert, roots: 'only-ca' }).ca ?? [];
    assert.ok(beside.length > tls.rootCertificates.length && sameCertificate(beside, root));
    assert.equal(alone.length, 1);
    assert.equal(connection({ to: 'localhost' }).ca, undefined);
  });

  it('takes a file, octets, DER and lists', async () => {
    const der = Buffer.from(known.cert.replace(/-----.*-----|\s/g, ''), 'base64');
    for (const ca of [
      { file: join(folder, 'known.pem') },
      Buffer.from(known.cert),
      der,
      [unknown.cert, known.cert],
      `${unknown.cert}\n# a comment\n${known.cert}`,
    ]) {
      const sink = await open(leaves.expected);
      await assertReaches(connection({ to: `localhost:${sink.port}`, name, ca, roots: 'only-ca' }), sink);
    }
  });

  // What NODE_EXTRA_CA_CERTS says holds from the start of a process.
  const children: readonly [string, string, 'hello' | RegExp][] = [
    ['NODE_EXTRA_CA_CERTS without ca', '', 'hello'],
    ['NODE_EXTRA_CA_CERTS beside ca', `, ca: { file: 'unknown.pem' }`, 'hello'],
    [
      'not NODE_EXTRA_CA_CERTS with ca alone',
      `, ca: { file: 'unknown.pem' }, roots: 'only-ca'`,
      /verify|issuer/,
    ],
  ];
  for (const [what, options, expected] of children) {
    it(what, async () => {
      const sink = await open(leaves.expected);
      const { stderr } = await runChild(greeting(sink, options), join(folder, 'known.pem'));
      if (expected === 'hello') assert.equal(sink.seen.received, 'hello', stderr);
      else assert.match(stderr, expected);
      assert.equal(sink.seen.received, expected === 'hello' ? 'hello' : '');
    });
  }

  it('nobody else where the environment switches verification off', async () => {
    const sink = await open(leaves.ofUnknown);
    const off = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n`;
    const { stderr } = await runChild(off + greeting(sink, ''), null);
    assert.match(stderr, /verify|issuer/);
    assert.equal(sink.seen.received, '');
  });

  it('nothing can be added to roots that no Node can list', async () => {
    const program = `import { connection } from '@altname/client';
      connection({ to: 'localhost', ca: { file: 'known.pem' }, roots: 'only-ca' });
      connection({ to: 'localhost', ca: { file: 'known.pem' } });`;
    const { code, stderr } = await runChild(program, null, ['--use-openssl-ca']);
    assert.equal(code, 1);
    assert.match(stderr, /ALTNAME_BAD_OPTION.*|ca: Node cannot list the roots of --use-openssl-ca/);
  });
});

describe('a connection in hand', () => {
  it('shows who the client is, where the server asks', async () => {
    const server = tls.createServer(
      { cert: leaves.expected.chain, key: leaves.expected.key, ca: unknown.cert, requestCert: true },
      (socket) => socket.end(String(socket.getPeerCertificate().subject.CN)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const own = await unknown.issue({ names: ['client.test'], usage: 'clientAuth' });
    const made = connection({ to: `127.0.0.1:${port}`, name, ca: known.cert, cert: own.chain, key: own.key });
    const [answer] = (await once(tls.connect(made.tls), 'data')) as [Buffer];
    server.close();
    assert.equal(answer.toString(), 'client.test');
    assert.ok(!JSON.stringify(made).includes('PRIVATE KEY'), 'the key is not shown');
  });

  it('goes to a socket', async () => {
    const path = join(folder, 'server.sock');
    const server = tls.createServer({ cert: leaves.expected.chain, key: leaves.expected.key });
    server.listen(path);
    await once(server, 'listening');
    const made = connection({ to: path as `/${string}`, name, ca: known.cert });
    assert.equal(made.to, path);
    const [[socket]] = await Promise.all([once(server, 'secureConnection'), greet(made)]);
    assert.equal((socket as TLSSocket).servername, name);
    (socket as TLSSocket).destroy();
    const wrong = connection({ to: path as `/${string}`, name: 'other.test', ca: known.cert });
    assert.match((await greet(wrong))?.message ?? '', /other\.test/);
    server.close();
  });

  it('is frozen, and always verifies', () => {
    const made = connection({ to: '[::1]:8443', name, ca: known.cert, alpn: ['h2'] });
    for (const part of [made, made.dial, made.secure, made.tls, made.ca, made.secure.ALPNProtocols]) {
      assert.ok(Object.isFrozen(part));
    }
    assert.equal(made.tls.rejectUnauthorized, true);
    // altname-ignore-next-line no-disabled-verification: options that connection() refuses
    assert.throws(() => Object.assign(made.secure, { rejectUnauthorized: false }), TypeError);
    assert.deepEqual({ ...made.dial, to: made.to }, { host: '::1', port: 8443, to: '[::1]:8443' });
  });
});

describe('the checks alone', () => {
  it('expectName keeps the chain, and checks the name it was given', async () => {
    const attempts = [
      [leaves.expected, known.cert, name, null],
      [leaves.expected, known.cert, 'Expected.test.', null],
      [leaves.expected, known.cert, 'other.test', /other\.test/],
      [leaves.expected, unknown.cert, name, /verify|issuer/],
      [leaves.cnOnly, known.cert, name, /common name|CN/],
    ] as const;
    for (const [leaf, ca, expected, why] of attempts) {
      const sink = await open(leaf);
      const check = expectName(expected);
      const socket = tls.connect({ host: 'localhost', port: sink.port, ca, checkServerIdentity: check });
      const error = await once(socket, 'secureConnect').then(
        () => null,
        (thrown: Error) => thrown,
      );
      socket.destroy();
      if (why === null) assert.equal(error, null);
      else assert.match(error?.message ?? '', why);
    }
    for (const wrong of ['', 'a.test:443', 'https://a.test', '[::1]']) {
      assert.throws(() => expectName(wrong), { code: 'ALTNAME_BAD_OPTION' });
    }
  });

  it('eachHost checks the host that the client dials', async () => {
    const secure = eachHost({ ca: known.cert });
    const attempts = [
      [leaves.localhost, 'localhost', null],
      [leaves.address, '127.0.0.1', null],
      [leaves.localhost, '127.0.0.1', /127\.0\.0\.1/],
      [leaves.expected, 'localhost', /localhost/],
    ] as const;
    for (const [leaf, host, why] of attempts) {
      const sink = await open(leaf);
      const socket = tls.connect({ host, port: sink.port, ...secure });
      const error = await once(socket, 'secureConnect').then(
        () => null,
        (thrown: Error) => thrown,
      );
      socket.destroy();
      if (why === null) assert.equal(error, null);
      else assert.match(error?.message ?? '', why);
    }
  });
});

async function open(leaf: Credentials, speech: Speech = 'silence'): Promise<Sink> {
  const sink = await startSink(speech, leaf);
  sinks.push(sink);
  return sink;
}

/** Says hello as soon as it may, and before. */
async function greet(made: Connection): Promise<Error | null> {
  const socket: TLSSocket = tls.connect(made.tls);
  socket.write('too early, ');
  try {
    await once(socket, 'secureConnect');
    await new Promise((resolve) => socket.end('hello', resolve as () => void));
    return null;
  } catch (error) {
    return error as Error;
  }
}

async function assertReaches(made: Connection, sink: Sink): Promise<void> {
  assert.equal(await greet(made), null);
  assert.ok(await sink.until(({ received }) => received === 'too early, hello', 5000), sink.seen.received);
}

async function assertRefused(made: Connection, sink: Sink, why: RegExp): Promise<void> {
  assert.match((await greet(made))?.message ?? '', why);
  assert.equal(
    await sink.until(({ received }) => received !== '', 100),
    false,
    'no data for a server refused',
  );
}

function sameCertificate(list: readonly string[], pem: string): boolean {
  const bare = (text: string): string => text.replace(/\s/g, '');
  return list.some((each) => bare(each) === bare(pem));
}

function greeting({ port }: Sink, options: string): string {
  return `import tls from 'node:tls';
    import { connection } from '@altname/client';
    const made = connection({ to: 'localhost:${port}', name: '${name}'${options} });
    const socket = tls.connect(made.tls, () => socket.end('hello'));`;
}

async function runChild(
  program: string,
  extraCa: string | null,
  flags: readonly string[] = [],
): Promise<{ code: number | null; stderr: string }> {
  const file = fileURLToPath(new URL(`../connection-child-${++written}.mjs`, import.meta.url));
  await writeFile(file, `process.chdir(${JSON.stringify(folder)});\n${program}`);
  try {
    return await startNode([...flags, file], extraCa).ended;
  } finally {
    await rm(file);
  }
}
