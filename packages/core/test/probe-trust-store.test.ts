import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { AltnameError, probe, readCertificate, type Evidence } from '../src/index.ts';
import { relatedRoot } from '../src/probe/trust-store.ts';
import { createRoot, listenTls, type Issuer, type Listener } from './loopback.ts';

const hasSystemStore = 'getCACertificates' in tls;
const newerOnly = hasSystemStore ? false : `Node ${process.version} has no system store`;
const node22 = process.version.startsWith('v22.');

interface Answer {
  readonly trust: Evidence['trust'];
  /** The verdict on the chain, by the probe and by a plain `tls.connect`. */
  readonly probe: string | null;
  readonly plain: string | null;
}

describe('the roots', { concurrency: 2 }, () => {
  let folder: string;
  let root: Issuer;
  let other: Issuer;
  let server: Listener;
  const files = { root: '', other: '', both: '', junk: '', none: '' };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'altname-roots-'));
    [root, other] = await Promise.all([createRoot('Right Root'), createRoot('Wrong Root')]);
    const { chain, key } = await root.issue({ names: ['shop.test'] });
    server = await listenTls({ cert: chain, key });
    const texts = {
      root: root.cert,
      other: other.cert,
      both: other.cert + root.cert,
      junk: 'no certificate',
    };
    for (const [name, text] of Object.entries(texts)) {
      files[name as keyof typeof texts] = join(folder, `${name}.pem`);
      await writeFile(files[name as keyof typeof texts], text);
    }
    files.none = join(folder, 'none.pem');
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a process of its own finds, with these flags and this environment. */
  async function ask(
    flags: readonly string[],
    env: Readonly<Record<string, string>>,
    options: { readonly systemCa?: boolean; readonly ca?: string } = {},
  ): Promise<Answer> {
    const library = new URL('../src/index.js', import.meta.url).href;
    const code = `
      import tls from 'node:tls';
      import { probe } from ${JSON.stringify(library)};
      const options = ${JSON.stringify(options)};
      const { attempts, trust } = await probe('shop.test', { connect: '127.0.0.1:${server.port}', timeout: 5000, ...options });
      const outcome = attempts[0].outcome;
      const ca = options.systemCa ? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')] : options.ca;
      const plain = await new Promise((resolve) => {
        const socket = tls.connect({ host: '127.0.0.1', port: ${server.port}, servername: 'shop.test', ...(ca && { ca }) });
        socket.on('error', (error) => resolve(error.code));
        socket.on('secureConnect', () => socket.destroy() && resolve(null));
      });
      console.log(JSON.stringify({ trust, plain, probe: outcome.kind === 'handshake' ? outcome.chainError?.code ?? null : outcome.kind }));
    `;
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:NODE_|SSL_CERT)/.test(name)),
    );
    const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', code], {
      env: { ...clean, NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [said, complained] = ['', ''];
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (complained += text));
    const [exit] = (await once(child, 'close')) as [number];
    assert.equal(exit, 0, complained);
    return JSON.parse(said) as Answer;
  }

  const alone = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

  type File = keyof typeof files;
  interface Row {
    readonly title: string;
    readonly flags?: readonly string[];
    /** Environment; a value that is the name of a file above is its path. */
    readonly env?: Readonly<Record<string, string>>;
    readonly systemCa?: true;
    readonly ca?: 'root' | 'other';
    readonly used: Evidence['trust']['used'];
    readonly given?: readonly string[];
    readonly file?: File;
    readonly error: string | null;
    readonly skip?: string | false;
  }

  const rows: readonly Row[] = [
    { title: 'by themselves are those of Node', used: ['bundled'], error: alone },
    {
      title: 'of SSL_CERT_FILE do not count by themselves',
      env: { SSL_CERT_FILE: 'root' },
      used: ['bundled'],
      error: alone,
    },
    {
      title: 'of NODE_EXTRA_CA_CERTS count beside them',
      env: { NODE_EXTRA_CA_CERTS: 'both' },
      used: ['bundled', 'extra'],
      given: ['CN=Wrong Root', 'CN=Right Root'],
      file: 'both',
      error: null,
    },
    {
      title: 'of NODE_EXTRA_CA_CERTS do not count where it holds none',
      env: { NODE_EXTRA_CA_CERTS: 'junk' },
      used: ['bundled'],
      file: 'junk',
      error: alone,
    },
    {
      title: 'of NODE_EXTRA_CA_CERTS do not count where there is no such file',
      env: { NODE_EXTRA_CA_CERTS: 'none' },
      used: ['bundled'],
      file: 'none',
      error: alone,
    },
    {
      title: 'of OpenSSL replace them with --use-openssl-ca',
      flags: ['--use-openssl-ca'],
      env: { SSL_CERT_FILE: 'root' },
      used: ['openssl'],
      error: null,
    },
    {
      title: 'of OpenSSL count when NODE_OPTIONS says so, NODE_EXTRA_CA_CERTS beside them',
      env: { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: 'other', NODE_EXTRA_CA_CERTS: 'root' },
      used: ['openssl', 'extra'],
      given: ['CN=Right Root'],
      file: 'root',
      error: null,
    },
    {
      title: 'of the system count with --use-system-ca',
      flags: ['--use-system-ca'],
      env: { SSL_CERT_FILE: 'root' },
      used: ['bundled', 'system'],
      error: null,
      skip: newerOnly,
    },
    {
      title: 'of the system count with NODE_USE_SYSTEM_CA=1',
      env: { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: 'root' },
      used: ['bundled', 'system'],
      error: null,
      skip: newerOnly,
    },
    {
      title: 'of the system do not count with NODE_USE_SYSTEM_CA=1 where this Node has none',
      env: { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: 'root' },
      used: ['bundled'],
      error: alone,
      skip: hasSystemStore ? `Node ${process.version} has a system store` : false,
    },
    {
      title: 'of OpenSSL win over those of the system',
      flags: ['--use-openssl-ca', '--use-system-ca'],
      env: { SSL_CERT_FILE: 'root' },
      used: ['openssl'],
      error: null,
      skip: node22 ? false : `Node ${process.version} does not take both flags`,
    },
    {
      title: 'of the system count by the option, NODE_EXTRA_CA_CERTS beside them',
      env: { SSL_CERT_FILE: 'root', NODE_EXTRA_CA_CERTS: 'other' },
      systemCa: true,
      used: ['bundled', 'system', 'extra'],
      given: ['CN=Wrong Root'],
      file: 'other',
      error: null,
      skip: newerOnly,
    },
    {
      title: 'of the system take the place of OpenSSL by the option',
      flags: ['--use-openssl-ca'],
      env: { SSL_CERT_FILE: 'root' },
      systemCa: true,
      used: ['system'],
      error: null,
      skip: newerOnly,
    },
    {
      title: 'of ca replace all others',
      env: { NODE_EXTRA_CA_CERTS: 'root', SSL_CERT_FILE: 'root' },
      ca: 'other',
      used: ['ca'],
      given: ['CN=Wrong Root'],
      error: alone,
    },
    { title: 'of ca are enough', ca: 'root', used: ['ca'], given: ['CN=Right Root'], error: null },
  ];
  for (const row of rows) {
    it(row.title, { skip: row.skip ?? false }, async () => {
      const env = Object.entries(row.env ?? {}).map(([name, value]) => [name, files[value as File] ?? value]);
      const options = {
        ...(row.systemCa === undefined ? {} : { systemCa: true }),
        ...(row.ca === undefined ? {} : { ca: { root, other }[row.ca].cert }),
      };
      const answer = await ask(row.flags ?? [], Object.fromEntries(env) as Record<string, string>, options);
      assert.deepEqual([answer.probe, answer.plain], [row.error, row.error]);
      assert.deepEqual(answer.trust.used, row.used);
      assert.deepEqual(answer.trust.given, row.given ?? []);
      assert.equal(answer.trust.file, row.file === undefined ? null : files[row.file]);
    });
  }

  it(
    'of the system are refused in one line where this Node has none',
    { skip: hasSystemStore && 'it has one' },
    async () => {
      await assert.rejects(probe('127.0.0.1:1', { systemCa: true }), (error) => {
        assert.ok(error instanceof AltnameError);
        assert.match(error.message, /^the system store needs Node 22\.15 or newer; this is v20\./);
        return error.code === 'ALTNAME_BAD_OPTION';
      });
    },
  );

  it('given as ca say where they came from', async () => {
    const { trust } = await probe('shop.test', {
      connect: `127.0.0.1:${server.port}`,
      ca: `# a comment\n${root.cert}${other.cert}`,
      caFile: 'company.pem',
    });
    assert.deepEqual(trust, {
      used: ['ca'],
      given: ['CN=Right Root', 'CN=Wrong Root'],
      file: 'company.pem',
      relatedRoot: null,
    });
  });

  it('that replaced the default ones are told from those that would do', async () => {
    // No certificate of loopback is trusted by default: the attempt is made all the same, and says so.
    const { attempts } = await probe('shop.test', { connect: `127.0.0.1:${server.port}`, ca: other.cert });
    const again = attempts.find(({ purpose }) => purpose === 'default-roots')?.outcome;
    assert.equal(again?.kind === 'handshake' && again.chainError?.code, alone);
    const trusted = await probe('shop.test', { connect: `127.0.0.1:${server.port}`, ca: root.cert });
    assert.deepEqual(
      trusted.attempts.map(({ purpose }) => purpose),
      ['client'],
    );
  });

  it('of the same owner as a missing issuer are found', async () => {
    const issuer = async (name: string) => readCertificate((await createRoot(name)).cert).subject;
    const kin = await issuer('Right Issuing CA 7');
    assert.equal(relatedRoot(kin, { ca: other.cert + root.cert }), 'CN=Right Root');
    assert.equal(relatedRoot(await issuer('Test Server CA'), { ca: root.cert }), null);
    assert.match(relatedRoot(await issuer('DigiCert Anything New 99'), {}) ?? '', /DigiCert/);
    assert.equal(relatedRoot(await issuer('Nobody Ever Heard'), {}), null);
  });
});
