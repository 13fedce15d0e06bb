import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  issuanceCommands,
  makeSigningRequest,
  parseWantedName,
  publicIssuance,
  requestFiles,
  writeRequestFiles,
  type WantedName,
} from '@altname/certs';

const wanted = (...names: readonly string[]): WantedName[] => names.map((name) => parseWantedName(name));

const dir = mkdtempSync(join(tmpdir(), 'altname-request-'));
after(() => rmSync(dir, { recursive: true }));

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const withOpenssl =
  hasOpenssl || process.env['CI'] === 'true' ? {} : { skip: 'needs OpenSSL (Debian package openssl)' };

const names = wanted('bücher.example', '*.app.example', '10.0.0.1', '::1', 'my_service', 'localhost');
const sanLine =
  'DNS:xn--bcher-kva.example, DNS:*.app.example, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:my_service, DNS:localhost';

/** The names of a request as OpenSSL prints them, once its signature is verified. */
function sanOf(file: string): string {
  const { status, stdout, stderr } = spawnSync(
    'openssl',
    ['req', '-verify', '-noout', '-text', '-in', file],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout + stderr, /verify OK/);
  return /X509v3 Subject Alternative Name: *\n *(.*)/.exec(stdout)?.[1] ?? '';
}

describe('a signing request', () => {
  for (const keyType of ['ecdsa', 'rsa'] as const) {
    it(`with ${keyType} verifies, and has exactly the names`, withOpenssl, async () => {
      const { request, key } = await makeSigningRequest(names, { keyType });
      const file = join(dir, `${keyType}.csr`);
      writeFileSync(file, request);
      assert.equal(sanOf(file), sanLine);
      assert.match(key ?? '', /^-----BEGIN PRIVATE KEY-----\n/);
      const text = spawnSync('openssl', ['req', '-noout', '-text', '-in', file], { encoding: 'utf8' }).stdout;
      assert.match(text, keyType === 'rsa' ? /Public-Key: \(2048 bit\)/ : /NIST CURVE: P-256/);
      assert.match(text, /Subject: *\n/);
    });
  }

  for (const [what, pem] of [
    ['EC P-384', ecKey('secp384r1', 'sec1')],
    ['EC P-521', ecKey('secp521r1', 'pkcs8')],
    ['RSA 3072 in PKCS #1', rsaKey(3072)],
  ] as const) {
    it(`is made for an existing key, ${what}`, withOpenssl, async () => {
      const { request, key } = await makeSigningRequest(names, { existingKey: { pem, file: 'k.pem' } });
      assert.equal(key, null);
      writeFileSync(join(dir, 'existing.csr'), request);
      writeFileSync(join(dir, 'existing.key'), pem);
      assert.equal(sanOf(join(dir, 'existing.csr')), sanLine);
      const publicKeys = [
        ['req', '-in', join(dir, 'existing.csr'), '-noout', '-pubkey'],
        ['pkey', '-in', join(dir, 'existing.key'), '-pubout'],
      ].map((words) => spawnSync('openssl', words, { encoding: 'utf8' }).stdout);
      assert.equal(publicKeys[0], publicKeys[1]);
    });
  }

  for (const [pem, expected] of [
    ['nothing', /^the key "k\.pem" is no private key in PEM$/],
    [rsaKey(1024), /^the key "k\.pem" has 1024 bits; 2048 to 8192 are expected of an RSA key$/],
    [ecKey('secp256k1', 'pkcs8'), /is over the curve secp256k1; P-256, P-384 or P-521 is expected$/],
    [generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), /of type ed25519/],
    [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      }),
      /is protected by a passphrase/,
    ],
  ] as const) {
    it(`refuses a key: ${expected.source.slice(0, 60)}`, async () => {
      const made = makeSigningRequest(names, { existingKey: { pem: String(pem), file: 'k.pem' } });
      await assert.rejects(
        made,
        (error: Error) => error.name === 'AltnameError' && expected.test(error.message),
      );
    });
  }

  it('of no name is refused, and of more than any CA takes', withOpenssl, async () => {
    await assert.rejects(
      makeSigningRequest([]),
      /^AltnameError: names: 1 to 2000 are expected, and 0 are given/,
    );
    const many = Array.from({ length: 2001 }, (_, index) => `h${index}.${'long'.repeat(12)}.example.com`);
    await assert.rejects(
      makeSigningRequest(wanted(...many)),
      /and 2001 are given; public CAs take 100 or fewer$/,
    );
    const most = wanted(...many.slice(1));
    writeFileSync(join(dir, 'most.csr'), (await makeSigningRequest(most)).request);
    assert.equal(sanOf(join(dir, 'most.csr')).split(', ').length, 2000);
    for (const { command } of issuanceCommands(most, requestFiles('', most[0]!))) {
      assert.ok(command.length < 128 * 1024);
    }
  });
});

describe('its files', () => {
  const files = requestFiles(join(dir, 'made', 'here'), wanted('*.app.example')[0] ?? names[0]!);
  let made: Awaited<ReturnType<typeof makeSigningRequest>>;
  before(async () => {
    made = await makeSigningRequest(names);
  });

  it('are named after the first name, for a shell and for Windows, too', () => {
    assert.deepEqual(files, {
      request: join(dir, 'made', 'here', '_wildcard.app.example.csr'),
      key: join(dir, 'made', 'here', '_wildcard.app.example.key'),
      certificate: join(dir, 'made', 'here', '_wildcard.app.example.crt'),
    });
    assert.equal(requestFiles('', { kind: 'ip', value: '2001:db8::1' }).key, '2001-db8--1.key');
  });

  it('are written with a key for its owner alone, and never over what is there', async () => {
    await writeRequestFiles(files, made, false);
    assert.equal(readFileSync(files.request, 'utf8'), made.request);
    assert.equal(statSync(files.key).mode & 0o777, 0o600);
    const other = await makeSigningRequest(names);
    await assert.rejects(writeRequestFiles(files, other, false), {
      name: 'AltnameError',
      code: 'ALTNAME_FILE_IN_THE_WAY',
      message: /\.key" is there already, and is left as it is; .*--force/,
    });
    assert.equal(readFileSync(files.key, 'utf8'), made.key);
    await writeRequestFiles(files, other, true);
    assert.equal(readFileSync(files.key, 'utf8'), other.key);
    assert.equal(statSync(files.key).mode & 0o777, 0o600);
  });

  it('are not written when one of them is in the way, a link that leads nowhere included', async () => {
    const there = requestFiles(join(dir, 'made', 'link'), names[0]!);
    await writeRequestFiles(there, { request: 'x', key: null }, false);
    rmSync(there.request);
    symlinkSync(join(dir, 'nowhere'), there.request);
    await assert.rejects(writeRequestFiles(there, made, false), { code: 'ALTNAME_FILE_IN_THE_WAY' });
    assert.ok(!existsSync(there.key));
  });

  it('cannot be written below a file', async () => {
    const below = requestFiles(files.request, names[0]!);
    await assert.rejects(writeRequestFiles(below, made, false), /cannot be written \((?:ENOTDIR|EEXIST)\)/);
  });
});

describe('the commands for the same names', () => {
  it('OpenSSL makes the very same names', withOpenssl, async () => {
    const files = requestFiles(join(dir, "it's here"), names[0]!);
    await writeRequestFiles(files, await makeSigningRequest(names), false);
    rmSync(files.request);
    const openssl = issuanceCommands(names, files).find(({ tool }) => tool === 'openssl');
    const { status, stderr } = spawnSync('sh', ['-c', openssl?.command ?? ''], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(sanOf(files.request), sanLine);
  });

  const commandsOf = (...asked: readonly string[]): string[] =>
    issuanceCommands(wanted(...asked), { request: 'r.csr', key: 'r.key', certificate: 'r.crt' }).map(
      ({ command }) => command,
    );

  it('are those of certbot, step and OpenSSL', () => {
    assert.deepEqual(commandsOf('www.example.com', 'example.com'), [
      'certbot certonly --standalone -d www.example.com -d example.com',
      'certbot certonly --standalone --csr r.csr --fullchain-path r.crt',
      'step ca sign r.csr r.crt',
      'step certificate create --csr --key r.key --san www.example.com --san example.com www.example.com r.csr',
      'openssl req -new -key r.key -out r.csr -subj / -addext subjectAltName=DNS:www.example.com,DNS:example.com',
    ]);
  });

  it('ask for a wildcard by DNS-01, and for an address in the profile that has it', () => {
    assert.equal(
      commandsOf('*.app.example.com')[0],
      "certbot certonly --manual --preferred-challenges dns -d '*.app.example.com'",
    );
    assert.equal(
      commandsOf('8.8.8.8')[0],
      'certbot certonly --standalone --preferred-profile shortlived --ip-address 8.8.8.8',
    );
  });

  it('do not ask a public CA for what none issues for', () => {
    for (const name of ['localhost', 'db', 'a.test', '10.0.0.1']) {
      assert.ok(!commandsOf('example.com', name).join('\n').includes('certbot'), name);
    }
  });

  it('do not ask Let’s Encrypt for more names than it takes', () => {
    const many = Array.from({ length: 101 }, (_, index) => `h${index}.example.com`);
    assert.ok(
      !commandsOf(...many)
        .join('\n')
        .includes('certbot'),
    );
    assert.ok(
      commandsOf(...many.slice(1))
        .join('\n')
        .includes('certbot'),
    );
  });

  it('never switch verification off', () => {
    const all = commandsOf('example.com', 'localhost', '*.a.example.com', '8.8.8.8').join('\n');
    assert.doesNotMatch(all, /insecure|no-verify|skip|-k\b/);
  });
});

describe('a public CA', () => {
  for (const [name, expected] of [
    ['www.example.com', null],
    ['xn--bcher-kva.de', null],
    ['*.app.example.com', /DNS-01/],
    ['8.8.8.8', /RFC 8738.*shortlived/],
    ['2606:4700::1', /RFC 8738.*shortlived/],
  ] as const) {
    it(`issues for ${name}`, () => {
      const [answer] = publicIssuance(wanted(name));
      assert.equal(answer?.possible, true);
      if (expected === null) assert.equal(answer.note, null);
      else assert.match(answer.note ?? '', expected);
    });
  }

  for (const name of [
    ...['db', 'localhost', 'a.test', 'a.localhost', 'a.local', 'db.shop.svc.cluster.local', 'a.internal'],
    ...['nas.home.arpa', 'nas.lan', 'x.corp', 'my_service.example.com', '*.x.test', 'a.example'],
    ...['10.0.0.1', '127.0.0.1', '192.168.1.1', '172.31.0.1', '169.254.1.1', '100.64.0.1', '192.0.2.1'],
    ...['198.51.100.1', '203.0.113.5', '198.18.0.1', '240.0.0.1', '::1', 'fd00::1', 'fe80::1', '2001:db8::1'],
    '::ffff:8.8.8.8',
  ]) {
    it(`does not issue for ${name}`, () => {
      const [answer] = publicIssuance(wanted(name));
      assert.equal(answer?.possible, false);
      assert.match(answer.note ?? '', /^no public CA issues /);
    });
  }
});

function ecKey(namedCurve: string, type: 'sec1' | 'pkcs8'): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type, format: 'pem' }).toString();
}

function rsaKey(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
