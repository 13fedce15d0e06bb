import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { serverContext, type ServerProblem } from '@altname/certs';
import { createAuthority, type Issued, type TestAuthority } from './server-authority.ts';
import { folder, put } from './server-handshake.ts';

let authority: TestAuthority;
let shop: Issued;
let other: Issued;
before(async () => {
  authority = await createAuthority();
  shop = await authority.issue(['shop.test'], { subject: 'shop' });
  other = await authority.issue(['other.test'], { subject: 'other' });
});

interface Found {
  /** File of the certificate for each name, relative to the directory. */
  readonly served: Record<string, string | undefined>;
  /** Code and file of each problem. */
  readonly problems: readonly string[];
  readonly messages: readonly string[];
}

/** What serverContext makes of a directory. */
function found(dir: string): Found {
  const problems: ServerProblem[] = [];
  const context = serverContext({ dir, watch: false, onProblem: (problem) => problems.push(problem) });
  const inside = (path: string | null | undefined): string => relative(dir, path ?? '');
  for (const { message } of problems) assert.doesNotMatch(message, /\n/);
  assert.deepEqual(context.problems(), problems);
  return {
    served: Object.fromEntries(
      context.names().map((name) => [name, inside(context.certificateFor(name)?.file)]),
    ),
    problems: problems.map(({ code, file }) => `${code} ${inside(file)}`).toSorted(),
    messages: problems.map(({ message }) => message.replaceAll(dir, 'DIR')),
  };
}

function write(dir: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
}

describe('a certificate and its key', () => {
  const layouts: readonly [string, () => Record<string, string | Buffer>, string][] = [
    ['X.pem and X-key.pem', () => ({ 'a.pem': shop.cert, 'a-key.pem': shop.key }), 'a.pem'],
    ['X.pem and X.key', () => ({ 'a.pem': shop.cert, 'a.key': shop.key }), 'a.pem'],
    ['X.crt and X.key', () => ({ 'a.crt': shop.cert, 'a.key': shop.key }), 'a.crt'],
    ['X.crt and X.crt.key', () => ({ 'a.crt': shop.cert, 'a.crt.key': shop.key }), 'a.crt'],
    ['tls.crt and tls.key', () => ({ 'tls.crt': shop.cert, 'tls.key': shop.key }), 'tls.crt'],
    ['one file, certificate first', () => ({ 'a.pem': shop.cert + shop.key }), 'a.pem'],
    ['one file, key first', () => ({ 'a.pem': shop.key + shop.cert }), 'a.pem'],
    [
      'certbot: fullchain.pem and privkey.pem, beside cert.pem and chain.pem',
      () => ({
        'live/shop/fullchain.pem': shop.cert,
        'live/shop/cert.pem': shop.cert.slice(0, shop.cert.indexOf('-----END') + 26),
        'live/shop/chain.pem': authority.intermediate,
        'live/shop/privkey.pem': shop.key,
        'live/README': 'not looked at',
      }),
      'shop/fullchain.pem',
    ],
    [
      'any names, by public key',
      () => ({ 'site.pem': shop.cert, 'secret.pem': shop.key, 'old.key': other.key }),
      'site.pem',
    ],
    [
      'names that lead to another key',
      () => ({ 'a.pem': shop.cert, 'a.key': other.key, 'b.pem': other.cert, 'b.key': shop.key }),
      'a.pem',
    ],
    [
      'a certificate in DER',
      () => ({ 'a.crt': new X509Certificate(shop.cert).raw, 'a.key': shop.key }),
      'a.crt',
    ],
    [
      'a key in PKCS #1 or SEC 1',
      () => ({
        'a.pem': shop.cert,
        'a.key': createPrivateKey(shop.key).export({ type: 'sec1', format: 'pem' }),
      }),
      'a.pem',
    ],
    [
      'windows line ends and text around',
      () => ({ 'a.pem': `Shop\r\n${shop.cert.replaceAll('\n', '\r\n')}`, 'a.key': shop.key }),
      'a.pem',
    ],
  ];
  for (const [title, files, file] of layouts) {
    it(title, (t) => {
      const dir = folder(t);
      write(dir, files());
      const where = title.startsWith('certbot') ? join(dir, 'live') : dir;
      const { served, problems } = found(where);
      assert.deepEqual([served['shop.test'], problems], [file, []]);
    });
  }

  it('a key without its public part is found as well', async (t) => {
    const dir = folder(t);
    // Neither the seed of Ed25519 nor an EC key without its point shows the public key.
    put(dir, 'ed', await authority.issue(['ed.test'], { key: 'Ed25519' }));
    const jwk = createPrivateKey(shop.key).export({ format: 'jwk' });
    const bare = Buffer.concat([
      Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
      Buffer.from(String(jwk.d), 'base64url'),
    ]);
    write(dir, {
      'shop.pem': shop.cert,
      'shop.key': `-----BEGIN PRIVATE KEY-----\n${bare.toString('base64')}\n-----END PRIVATE KEY-----\n`,
    });
    assert.deepEqual(found(dir), {
      served: { 'ed.test': 'ed.pem', 'shop.test': 'shop.pem' },
      problems: [],
      messages: [],
    });
  });

  it('is found through the links of certbot and of Kubernetes', (t) => {
    const dir = folder(t);
    write(dir, {
      'archive/shop/fullchain1.pem': shop.cert,
      'archive/shop/privkey1.pem': shop.key,
      'secret/..2026_01/tls.crt': other.cert,
      'secret/..2026_01/tls.key': other.key,
    });
    mkdirSync(join(dir, 'live/shop'), { recursive: true });
    symlinkSync('../../archive/shop/fullchain1.pem', join(dir, 'live/shop/fullchain.pem'));
    symlinkSync('../../archive/shop/privkey1.pem', join(dir, 'live/shop/privkey.pem'));
    symlinkSync('..2026_01', join(dir, 'secret/..data'));
    symlinkSync('..data/tls.crt', join(dir, 'secret/tls.crt'));
    symlinkSync('..data/tls.key', join(dir, 'secret/tls.key'));
    assert.deepEqual(found(join(dir, 'live')).served, { 'shop.test': 'shop/fullchain.pem' });
    assert.deepEqual(found(join(dir, 'secret')), {
      served: { 'other.test': 'tls.crt' },
      problems: [],
      messages: [],
    });
  });
});

describe('a problem of a file', () => {
  const cases: readonly [string, () => Record<string, string | Buffer>, string, RegExp][] = [
    [
      'no key',
      () => ({ 'a.pem': shop.cert }),
      'no-key a.pem',
      /^DIR\/a.pem: has no key: none in its folder belongs to it$/,
    ],
    [
      'another key',
      () => ({ 'a.pem': shop.cert, 'a.key': other.key }),
      'no-key a.pem',
      /another key than a.key/,
    ],
    ['nothing in it', () => ({ 'a.pem': '', 'b.crt': 'hello' }), 'not-a-certificate a.pem', /holds no PEM/],
    [
      'cut off in the certificate',
      () => ({ 'a.pem': shop.cert.slice(0, 300), 'a.key': shop.key }),
      'not-a-certificate a.pem',
      /cut off/,
    ],
    [
      'cut off in the chain',
      () => ({ 'a.pem': shop.cert.slice(0, -100), 'a.key': shop.key }),
      'not-a-certificate a.pem',
      /cut off/,
    ],
    [
      'cut off in the key',
      () => ({ 'a.pem': shop.cert, 'a.key': shop.key.slice(0, -40) }),
      'not-a-certificate a.key',
      /a.key: is cut off/,
    ],
    [
      'no DER in it',
      () => ({ 'a.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
      'not-a-certificate a.pem',
      /cannot be read: /,
    ],
    [
      'over 1 MiB',
      () => ({ 'a.pem': shop.cert + 'x'.repeat(1024 * 1024) }),
      'unreadable a.pem',
      /over 1 MiB/,
    ],
    [
      'an encrypted key',
      () => ({
        'a.pem': shop.cert,
        'a.key': createPrivateKey(shop.key).export({
          type: 'pkcs8',
          format: 'pem',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        }),
      }),
      'key-encrypted a.key',
      /encrypted key/,
    ],
    [
      'an encrypted key of the old form',
      () => ({
        'a.pem': shop.cert,
        'a.key': createPrivateKey(shop.key).export({
          type: 'sec1',
          format: 'pem',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        }),
      }),
      'key-encrypted a.key',
      /encrypted key/,
    ],
  ];
  for (const [title, files, problem, message] of cases) {
    it(`${title}: told, and the others are served`, (t) => {
      const dir = folder(t);
      write(dir, files());
      put(dir, 'good', other);
      const { served, problems, messages } = found(dir);
      assert.deepEqual(served, { 'other.test': 'good.pem' });
      assert.equal(problems.at(0), problem);
      assert.ok(
        messages.some((each) => message.test(each)),
        messages.join('\n'),
      );
    });
  }

  it('no name: told', async (t) => {
    const dir = folder(t);
    put(dir, 'nobody', await authority.issue([]));
    assert.deepEqual(found(dir).problems, ['unusable nobody.pem']);
  });

  it('over or not begun: told, and served where there is nothing better', async (t) => {
    const dir = folder(t);
    put(dir, 'old', await authority.issue(['old.test'], { from: -9, to: -1 }));
    put(dir, 'new', await authority.issue(['new.test'], { from: 1, to: 9 }));
    const { served, problems, messages } = found(dir);
    assert.deepEqual(served, { 'new.test': 'new.pem', 'old.test': 'old.pem' });
    assert.deepEqual(problems, ['not-valid-now new.pem', 'not-valid-now old.pem']);
    assert.match(
      messages.join('\n'),
      /not valid before \d.*\n.*not valid any more since \d|since \d.*\n.*before \d/,
    );
  });

  it('what is no certificate and no key is left alone: a CA, parameters, requests, other files', (t) => {
    const dir = folder(t);
    write(dir, {
      'ca.pem': authority.root + authority.intermediate,
      'dhparam.pem': '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n',
      'unused.key': other.key,
      'README.txt': 'hello',
      '.hidden.pem': 'hello',
      'a/b/deep.pem': 'two folders down',
    });
    mkdirSync(join(dir, 'folder.pem'));
    assert.deepEqual(found(dir), { served: {}, problems: [], messages: [] });
  });

  it('a pipe is not waited for', { skip: process.platform === 'win32' }, (t) => {
    const dir = folder(t);
    execFileSync('mkfifo', [join(dir, 'a.pem')]);
    assert.deepEqual(found(dir).problems, []);
  });
});

describe('two certificates for one name', () => {
  const best = async (
    t: TestContext,
    files: Record<string, Promise<Issued>>,
  ): Promise<string | undefined> => {
    const dir = folder(t);
    for (const [name, issued] of Object.entries(files)) put(dir, name, await issued);
    return found(dir).served['shop.test'];
  };
  const issue = (from: number, to: number): Promise<Issued> => authority.issue(['shop.test'], { from, to });

  it('the one that began last', async (t) => {
    assert.equal(await best(t, { a: issue(-20, 90), b: issue(-10, 40), c: issue(-30, 300) }), 'b.pem');
  });

  it('one that is valid before one that is not, whenever it began', async (t) => {
    assert.equal(await best(t, { a: issue(-20, 5), b: issue(-10, -1), c: issue(1, 90) }), 'a.pem');
  });

  it('one for the name itself before a wildcard, whenever it began', async (t) => {
    const dir = folder(t);
    put(dir, 'own', await authority.issue(['a.shop.test'], { from: -50 }));
    put(dir, 'wild', await authority.issue(['*.shop.test'], { from: -1 }));
    const context = serverContext({ dir, watch: false });
    assert.equal(context.certificateFor('a.shop.test')?.file, join(dir, 'own.pem'));
    assert.equal(context.certificateFor('b.shop.test')?.file, join(dir, 'wild.pem'));
  });
});
