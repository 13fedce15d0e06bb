import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { altname, type Ended } from './command.ts';

interface Trust {
  readonly version: number;
  readonly action: string;
  readonly ca: Readonly<Record<string, string>>;
  readonly stores: readonly {
    readonly store: string;
    readonly result: string;
    readonly commands: readonly string[];
  }[];
  readonly absent: readonly string[];
}

interface Status {
  readonly version: number;
  readonly trusted: boolean;
  readonly proofs: readonly Readonly<Record<string, unknown>>[];
}

const main = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

describe('altname cert trust, untrust and status', () => {
  const dir = mkdtempSync(join(tmpdir(), 'altname-'));
  const ca = join(dir, 'ca');
  const home = join(dir, 'home');
  const env = { HOME: home, XDG_DATA_HOME: '', SSL_CERT_FILE: '', SSL_CERT_DIR: '', CURL_CA_BUNDLE: '' };
  const cert = (...words: string[]): Promise<Ended> => altname(['cert', ...words, '--ca-dir', ca], { env });
  before(async () => {
    mkdirSync(home);
    assert.equal((await cert('localhost')).exit, 0);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('refuse a word, a store, an option and a directory that are none, in one line', async () => {
    const bad: readonly (readonly [words: readonly string[], message: RegExp])[] = [
      [['trust', 'localhost', '--ca-dir', ca], /^altname: "localhost" is not expected/],
      [
        ['status', '--store', 'firefox', '--ca-dir', ca],
        /^altname: --store "firefox" is not known: system, nss, java or node/,
      ],
      [['untrust', '--force', '--ca-dir', ca], /^altname: unknown option "--force"/],
      [['status', '--timeout', 'soon', '--ca-dir', ca], /^altname: --timeout "soon" is no duration/],
      [['trust', '--ca-dir', join(dir, 'no\u001b[31mwhere')], /^altname: no CA is in ".*no\\x1b\[31mwhere"/],
    ];
    for (const [words, message] of bad) {
      const { exit, stdout, stderr } = await altname(['cert', ...words], { env });
      assert.equal(exit, 2, words.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /^altname: [^\n]*\n(?:hint: [^\n]*\n)?$/);
    }
  });

  it('have help that names every option', async () => {
    for (const [command, own] of [
      ['trust', ['--store', '--dry-run', '--sudo', '--ca-dir', '--json']],
      ['untrust', ['--store', '--dry-run', '--sudo', '--ca-dir', '--json']],
      ['status', ['--store', '--timeout', '--ca-dir', '--json', '--no-color']],
    ] as const) {
      const { exit, stdout } = await cert(command, '--help');
      assert.equal(exit, 0);
      for (const option of own) assert.ok(stdout.includes(option), `${command} ${option}`);
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    }
  });

  it('--dry-run shows commands and changes nothing', async () => {
    const { stdout, stderr } = await cert(
      'trust',
      '--dry-run',
      '--json',
      '--store',
      'system',
      '--store',
      'node',
    );
    assert.equal(stderr, '');
    const told = JSON.parse(stdout) as Trust;
    assert.deepEqual([told.version, told.action], [1, 'trust']);
    assert.deepEqual(Object.keys(told.ca), ['certificate', 'sha256', 'name']);
    for (const { store, result, commands } of told.stores) {
      assert.deepEqual([store, result], ['system', 'planned']);
      assert.ok(commands.length > 0);
    }
    assert.equal(existsSync(`/usr/local/share/ca-certificates/${told.ca['name']}.crt`), false);
  });

  it('say how Node is told, in this shell, and everywhere when asked', async () => {
    const one = await altname(['cert', 'trust', '--dry-run', '--ca-dir', ca], {
      env: { ...env, SHELL: '/usr/bin/fish' },
    });
    assert.match(one.stdout, /set -Ux NODE_EXTRA_CA_CERTS \S+\/ca\.pem/);
    const all = await cert('trust', '--store', 'node');
    assert.equal(all.exit, 0);
    for (const word of ['.bashrc', 'fish', 'PowerShell', '.env', 'compose', 'Dockerfile', 'devcontainer']) {
      assert.ok(all.stdout.includes(word), word);
    }
  });

  it('status counts Node as the environment makes it: exit 1, and 0 with NODE_EXTRA_CA_CERTS', async () => {
    const plain = await cert('status', '--store', 'node', '--json');
    assert.equal(plain.exit, 1);
    const { version, trusted, proofs } = JSON.parse(plain.stdout) as Status;
    assert.deepEqual([version, trusted], [1, false]);
    assert.deepEqual(Object.keys(proofs[0] ?? {}).toSorted(), [
      ...['change', 'changedBy', 'client', 'counts', 'detail', 'environment', 'result', 'store', 'where'],
    ]);
    assert.match(String(proofs[0]?.['change']), /^export NODE_EXTRA_CA_CERTS=\S+\/ca\.pem$/);
    assert.deepEqual([proofs[1]?.['counts'], proofs[1]?.['result']], [false, 'trusted']);
    const told = await altname(['cert', 'status', '--store', 'node', '--ca-dir', ca], {
      env: { ...env, NODE_EXTRA_CA_CERTS: join(ca, 'ca', 'ca.pem') },
    });
    assert.equal(told.exit, 0, told.stdout);
    assert.match(told.stdout, /^node {4}trusted .*\n +NODE_EXTRA_CA_CERTS=\S+ chooses its roots/);
  });

  it('status is not bought by an environment that verifies nothing', async () => {
    const { exit } = await altname(['cert', 'status', '--store', 'node', '--ca-dir', ca], {
      // altname-ignore-next-line no-disabled-verification: what is found of it is the test
      env: { ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    assert.equal(exit, 1);
  });

  it('status does not wait for a client that hangs', async () => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'openssl'), '#!/bin/sh\nsleep 60\n');
    chmodSync(join(bin, 'openssl'), 0o755);
    const began = Date.now();
    const { exit, stdout } = await altname(
      ['cert', 'status', '--store', 'system', '--timeout', '1s', '--json', '--ca-dir', ca],
      { env: { ...env, PATH: `${bin}:/bin` } },
    );
    assert.equal(exit, 1);
    const { proofs } = JSON.parse(stdout) as Status;
    const openssl = proofs.find(({ client }) => client === 'OpenSSL');
    assert.deepEqual([openssl?.['result'], openssl?.['detail']], ['unproven', 'no answer in time']);
    assert.ok(Date.now() - began < 30_000);
  });
});

const asRoot =
  process.getuid?.() !== 0
    ? 'it becomes another user, and is not root'
    : !existsSync('/etc/ca-certificates.conf')
      ? 'ca-certificates is not here: apt-get install ca-certificates'
      : spawnSync('test', ['-r', main], { uid: 65_534 }).status !== 0 &&
        'another user cannot read this checkout';

describe('altname cert trust of a user that is not root', { skip: asRoot }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'altname-'));
  const bin = join(dir, 'bin');
  const log = join(dir, 'log');
  const nobody = 65_534;
  before(async () => {
    mkdirSync(bin);
    // It writes down what it is to run, and runs nothing.
    writeFileSync(join(bin, 'sudo'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nexit 1\n`);
    chmodSync(join(bin, 'sudo'), 0o755);
    writeFileSync(log, '');
    // Where this Node is, another user may not be let in.
    copyFileSync(process.execPath, join(bin, 'node'));
    assert.equal((await altname(['cert', 'localhost', '--ca-dir', join(dir, 'ca')])).exit, 0);
    assert.equal(spawnSync('chown', ['-R', `${nobody}`, dir]).status, 0);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const run = (...words: string[]): { exit: number | null; stdout: string } => {
    const args = [main, 'cert', 'trust', '--store', 'system', ...words, '--ca-dir', join(dir, 'ca')];
    const ended = spawnSync(join(bin, 'node'), args, {
      uid: nobody,
      env: { HOME: dir, PATH: `${bin}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    assert.equal(ended.stderr, '');
    return { exit: ended.status, stdout: ended.stdout };
  };

  it('shows what sudo is to run, and runs nothing', () => {
    const { exit, stdout } = run();
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /needs root: run this, or the same with --sudo\n +sudo install -D -m 0644 \S+\/ca\.pem \/usr\/local\/share\/ca-certificates\/altname-[0-9a-f]{16}\.crt\n +sudo update-ca-certificates/,
    );
    assert.equal(readFileSync(log, 'utf8'), '');
  });

  it('--sudo runs sudo, which without a terminal may not ask for a password', () => {
    const { exit, stdout } = run('--sudo');
    assert.equal(exit, 1);
    assert.match(stdout, /failed/);
    assert.match(readFileSync(log, 'utf8'), /^-n -- install -D -m 0644 \S+ \S+\n$/);
  });
});
