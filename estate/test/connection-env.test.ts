import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { connection, connectionFromEnv, type Environment } from '@altname/client';
import { AltnameError } from '@altname/core';
import {
  createAuthority,
  daysFromNow,
  selfSigned,
  type Authority,
  type Credentials,
} from '../src/authority.ts';
import { startSink, type Sink } from '../src/recipes/sink.ts';

// One configuration per deployment. What is accepted is shown by data at a real server; each mistake gets one line.

const name = 'pay.example.test';
let folder: string;
let root: Authority;
let leaf: Credentials;
let ownLeaf: Credentials;
let sink: Sink;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'altname-env-'));
  root = await createAuthority({ name: 'Company Root' });
  const past = { notBefore: daysFromNow(-90), notAfter: daysFromNow(-3) };
  const old = await createAuthority({ name: 'Old Root', ...past });
  const next = await createAuthority({ name: 'Next Root', notBefore: daysFromNow(3) });
  const intermediate = await root.intermediate({ name: 'Company Intermediate' });
  leaf = await root.issue({ names: [name] });
  ownLeaf = await selfSigned({ names: [name] });
  const files = {
    'root.pem': root.cert,
    'old.pem': old.cert,
    'next.pem': next.cert,
    'rotation.pem': `# two roots\n${old.cert}${root.cert}`,
    'intermediate.pem': intermediate.cert,
    'chain.pem': intermediate.cert + root.cert,
    'leaf.pem': leaf.cert,
    'self-signed.pem': ownLeaf.cert,
    'key.pem': leaf.key,
    'both.pem': leaf.cert + leaf.key,
    'broken.pem': root.cert.replace(/^(.{40}).*$/m, '$1').replace('MII', 'M*I'),
    'text.pem': 'see the wiki\n',
    'empty.pem': '',
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  await mkdir(join(folder, 'folder.pem'));
  sink = await startSink('silence', leaf);
});

after(async () => {
  sink.close();
  await rm(folder, { recursive: true, force: true });
});

describe('connectionFromEnv', () => {
  it('reads the four variables', async () => {
    const made = connectionFromEnv({
      API_HOST: '127.0.0.1',
      API_PORT: String(sink.port),
      TLS_SERVERNAME: 'PAY.example.test.',
      CA_BUNDLE: join(folder, 'root.pem'),
      PAYMENTS_HOST: 'elsewhere.test',
    });
    assert.deepEqual({ ...made.dial }, { host: '127.0.0.1', port: sink.port });
    assert.deepEqual([made.name, made.sni], [name, name]);
    await assertReaches(made.tls, sink);
  });

  it('reads those of a prefix alone', () => {
    const env: Environment = {
      API_HOST: 'api.test',
      TLS_SERVERNAME: 'api.test',
      CA_BUNDLE: 'missing.pem',
      PAYMENTS_HOST: 'pay.test',
      PAYMENTS_PORT: '8443',
      PAYMENTS_TLS_SERVERNAME: name,
    };
    for (const prefix of ['PAYMENTS_', 'PAYMENTS']) {
      const made = connectionFromEnv(env, { prefix });
      assert.deepEqual([made.to, made.name, made.ca], ['pay.test:8443', name, undefined]);
    }
  });

  it('needs the host alone', () => {
    const made = connectionFromEnv({ API_HOST: ' api.test ', API_PORT: '', CA_BUNDLE: ' ' });
    assert.deepEqual(
      [made.to, made.name, made.sni, made.ca],
      ['api.test', 'api.test', 'api.test', undefined],
    );
    assert.equal(connectionFromEnv({ API_HOST: 'api.test' }, { port: 5432 }).to, 'api.test:5432');
    assert.equal(connectionFromEnv({ API_HOST: '::1', API_PORT: '1' }).to, '[::1]:1');
    assert.equal(connectionFromEnv({ API_HOST: 'api.test.' }).to, 'api.test.');
    assert.equal(connectionFromEnv({ API_HOST: 'api.test.' }).name, 'api.test');
  });

  it('reads the environment of the process', () => {
    process.env['TRIAL_HOST'] = 'api.test';
    assert.equal(connectionFromEnv(undefined, { prefix: 'TRIAL_' }).to, 'api.test');
    delete process.env['TRIAL_HOST'];
  });

  it('takes a bundle with an old root beside the new, and one with its intermediates', async () => {
    for (const file of ['rotation.pem', 'chain.pem']) {
      const made = connectionFromEnv({
        API_HOST: 'localhost',
        API_PORT: String(sink.port),
        TLS_SERVERNAME: name,
        CA_BUNDLE: join(folder, file),
      });
      await assertReaches(made.tls, sink);
    }
  });

  it("takes a server's own self-signed certificate", async () => {
    const server = await startSink('silence', ownLeaf);
    const made = connectionFromEnv({
      API_HOST: 'localhost',
      API_PORT: String(server.port),
      TLS_SERVERNAME: name,
      CA_BUNDLE: join(folder, 'self-signed.pem'),
    });
    await assertReaches(made.tls, server);
    server.close();
  });
});

describe('each mistake gets one line', () => {
  const host = { API_HOST: 'api.test' };
  const bundle = (file: string): Environment => ({ ...host, CA_BUNDLE: file });
  const table: readonly [string, Environment, RegExp][] = [
    ['no host', {}, /^API_HOST: it is not set/],
    ['an empty host', { API_HOST: ' ' }, /^API_HOST: it is not set/],
    ['a URL as host', { API_HOST: 'https://api.test' }, /^API_HOST: it is a URL/],
    ['a host with a port', { API_HOST: 'api.test:443' }, /^API_HOST: it carries a port/],
    ['a host in brackets', { API_HOST: '[::1]' }, /^API_HOST: the brackets/],
    ['a host that is none', { API_HOST: 'api test' }, /^API_HOST: .*character/],
    [
      'a port that is none',
      { ...host, API_PORT: 'https' },
      /^API_PORT: "https" is not a number from 1 to 65535/,
    ],
    ['a port out of range', { ...host, API_PORT: '65536' }, /^API_PORT: "65536" is not/],
    ['port 0', { ...host, API_PORT: '0' }, /^API_PORT: /],
    ['an address as server name', { ...host, TLS_SERVERNAME: '10.0.3.7' }, /^TLS_SERVERNAME: an IP address/],
    [
      'a server name with a port',
      { ...host, TLS_SERVERNAME: 'api.test:443' },
      /^TLS_SERVERNAME: it carries a port/,
    ],
    ['a wildcard as server name', { ...host, TLS_SERVERNAME: '*.api.test' }, /^TLS_SERVERNAME: a wildcard/],
    ['a file that is not there', bundle('absent.pem'), /^CA_BUNDLE "absent\.pem": there is no such file/],
    ['a folder', bundle('folder.pem'), /^CA_BUNDLE .*cannot be read \(EISDIR\)/],
    ['an empty file', bundle('empty.pem'), /^CA_BUNDLE .*not a certificate/],
    ['a text', bundle('text.pem'), /^CA_BUNDLE .*not a certificate/],
    ['a broken certificate', bundle('broken.pem'), /^CA_BUNDLE "broken\.pem": /],
    ['a private key', bundle('key.pem'), /^CA_BUNDLE .*holds a private key/],
    ['a private key beside', bundle('both.pem'), /^CA_BUNDLE .*holds a private key/],
    ['an expired CA', bundle('old.pem'), /^CA_BUNDLE .*Old Root expired on \d{4}-\d\d-\d\d/],
    ['a CA of tomorrow', bundle('next.pem'), /^CA_BUNDLE .*Next Root is not valid before/],
    ['no CA', bundle('leaf.pem'), /^CA_BUNDLE .*pay\.example\.test is no CA certificate.*Company Root/],
    ['an intermediate alone', bundle('intermediate.pem'), /^CA_BUNDLE .*is an intermediate.*Company Root/],
    [
      'a misspelling',
      { ...host, API_TLS_SERVERNAME: name },
      /^API_TLS_SERVERNAME: .* TLS_SERVERNAME is what is read/,
    ],
  ];
  for (const [what, env, line] of table) {
    it(what, () => {
      const { message } = mistakeIn(env);
      assert.match(message, line);
      assert.ok(!message.includes('\n'), message);
    });
  }

  it('the ca option of a connection is read as strictly', () => {
    for (const file of ['old.pem', 'next.pem', 'leaf.pem', 'intermediate.pem', 'absent.pem', 'key.pem']) {
      const path = join(folder, file);
      const { message } = mistakeIn({ ...host, CA_BUNDLE: path });
      assert.throws(() => connection({ to: 'api.test', ca: { file: path } }), {
        code: 'ALTNAME_BAD_OPTION',
        message: message.replace(/^CA_BUNDLE/, 'ca'),
      });
    }
  });

  it('of a prefix: the variables of that prefix', () => {
    const env = {
      PAY_HOST: 'a:1',
      PAY_PORT: 'x',
      PAY_SNI: 'a',
      PAY_TLS_SERVERNAME: '1.1.1.1',
      PAY_CA_BUNDLE: 'no',
    };
    const lines = mistakeIn(env, 'PAY_').message.split('\n');
    assert.deepEqual(
      lines.map((line) => /^\w+/.exec(line)?.[0]),
      ['PAY_HOST', 'PAY_PORT', 'PAY_TLS_SERVERNAME', 'PAY_CA_BUNDLE', 'PAY_SNI'],
    );
  });

  it('without what is secret in it', async () => {
    const pem = leaf.key;
    const env = { API_HOST: 'https://user:hunter2@api.test', TLS_SERVERNAME: 'u:hunter2@a', CA_BUNDLE: pem };
    const { message } = mistakeIn(env);
    assert.equal(message.split('\n').length, 3);
    assert.ok(!message.includes('hunter2') && !message.includes(pem.split('\n')[1] ?? ''), message);
  });

  it('without control characters', () => {
    const { message } = mistakeIn({ ...host, API_PORT: '\u001b[31m', CA_BUNDLE: 'a\u001b[31m.pem' });
    assert.ok(!message.includes('\u001b'), message);
    assert.equal(message.split('\n').length, 2);
  });

  it('in what is no environment: a value that is no text, in one line that names the variable', () => {
    for (const [variable, value, kind] of [
      ['API_HOST', [], 'an array'],
      ['API_PORT', 443, 'of type number'],
      ['TLS_SERVERNAME', { name }, 'of type object'],
      ['CA_BUNDLE', Buffer.from('ca.pem'), 'of type object'],
      ['TLS_SNI', true, 'of type boolean'],
    ] as const) {
      // Without a prefix, a misspelling begins as the host does.
      const read = variable === 'TLS_SNI' ? `API_${variable}` : variable;
      assert.throws(() => connectionFromEnv({ ...host, [read]: value } as unknown as Environment), {
        name: 'AltnameError',
        code: 'ALTNAME_BAD_OPTION',
        message: `${read}: a text is expected, and it is ${kind}`,
      });
    }
    for (const env of [null, 'API_HOST=api.test'] as unknown as Environment[]) {
      assert.throws(() => connectionFromEnv(env), { code: 'ALTNAME_BAD_OPTION', message: /^env: an object/ });
    }
  });

  it('of the options, too', () => {
    for (const options of [{ prefix: '1' }, { prefix: '' }, { port: 0 }, { port: 1.5 }]) {
      assert.throws(() => connectionFromEnv(host, options), { code: 'ALTNAME_BAD_OPTION' });
    }
  });
});

function mistakeIn(env: Environment, prefix?: string): AltnameError {
  const folderBefore = process.cwd();
  process.chdir(folder);
  try {
    connectionFromEnv(env, prefix === undefined ? {} : { prefix });
  } catch (error) {
    assert.ok(error instanceof AltnameError, String(error));
    assert.equal(error.code, 'ALTNAME_BAD_ENVIRONMENT');
    return error;
  } finally {
    process.chdir(folderBefore);
  }
  return assert.fail('no mistake was found');
}

async function assertReaches(options: tls.ConnectionOptions, at: Sink): Promise<void> {
  const had = at.seen.received.length;
  const socket = tls.connect(options);
  await once(socket, 'secureConnect');
  socket.end('hello');
  assert.ok(await at.until(({ received }) => received.length === had + 5, 5000));
}
