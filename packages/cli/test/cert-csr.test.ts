import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { altname, type Ended } from './command.ts';

const dir = mkdtempSync(join(tmpdir(), 'altname-csr-'));
after(() => rmSync(dir, { recursive: true }));

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const withOpenssl =
  hasOpenssl || process.env['CI'] === 'true' ? {} : { skip: 'needs OpenSSL (Debian package openssl)' };

function csr(...words: readonly string[]): Promise<Ended> {
  return altname(['cert', 'csr', ...words], { cwd: dir });
}

/** The names of a request, its signature verified. */
function sanOf(file: string): string[] {
  const words = ['req', '-verify', '-noout', '-text', '-in', join(dir, file)];
  const { status, stdout, stderr } = spawnSync('openssl', words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return (/Subject Alternative Name: *\n *(.*)/.exec(stdout)?.[1] ?? '').split(', ');
}

writeFileSync(
  join(dir, 'docker-compose.yml'),
  'services:\n  db: { ports: ["5432:5432"] }\n  web: { hostname: "bad name", environment: { A: "https://api.example.net/" } }\n',
);
writeFileSync(join(dir, 'svc.yaml'), 'apiVersion: v1\nkind: Service\nmetadata: { name: api }\n');

describe('altname cert csr', () => {
  it('makes a request and a key, and says how other tools ask for the same names', withOpenssl, async () => {
    const { exit, stdout, stderr } = await csr('www.example.com', 'bücher.example', '10.0.0.1');
    assert.deepEqual([exit, stderr], [0, '']);
    assert.deepEqual(sanOf('www.example.com.csr'), [
      'DNS:www.example.com',
      'DNS:xn--bcher-kva.example',
      'IP Address:10.0.0.1',
    ]);
    assert.equal(statSync(join(dir, 'www.example.com.key')).mode & 0o777, 0o600);
    assert.match(stdout, /^request {4}www\.example\.com\.csr\nkey {8}www\.example\.com\.key {2}new, /);
    assert.match(stdout, /10\.0\.0\.1: no public CA issues for a private/);
    const command = /^ {2}(openssl .*)$/m.exec(stdout)?.[1] ?? '';
    const before = readFileSync(join(dir, 'www.example.com.csr'));
    assert.equal(spawnSync('sh', ['-c', command], { cwd: dir }).status, 0, command);
    assert.notDeepEqual(readFileSync(join(dir, 'www.example.com.csr')), before);
    assert.equal(sanOf('www.example.com.csr').length, 3);
  });

  it('takes names from where they are used, and says what it left out', async () => {
    const { exit, stdout } = await csr(
      ...[
        '--from',
        'docker-compose.yml',
        '--from',
        'svc.yaml',
        '--namespace',
        'shop',
        '--cluster-domain',
        'k8s.test',
      ],
      ...['--out', 'from', '--json', 'first.test'],
    );
    assert.equal(exit, 0);
    const made = JSON.parse(stdout);
    assert.deepEqual(
      made.names.map(({ value }: { value: string }) => value),
      ['first.test', 'db', 'localhost', 'web', 'api', 'api.shop', 'api.shop.svc', 'api.shop.svc.k8s.test'],
    );
    assert.deepEqual(
      made.leftOut.map(({ from, text }: { from: string; text: string }) => [from, text]),
      [
        ['docker-compose.yml: services.web.hostname', 'bad name'],
        ['docker-compose.yml: services.web.environment.A', 'api.example.net'],
      ],
    );
    assert.deepEqual(Object.keys(made), [
      ...[
        'version',
        'request',
        'key',
        'keyMade',
        'names',
        'wildcards',
        'leftOut',
        'publicIssuance',
        'commands',
      ],
    ]);
    assert.equal(made.request, join('from', 'first.test.csr'));
    assert.ok(existsSync(join(dir, 'from', 'first.test.key')));
  });

  it('takes the fewest wildcards when asked, and says what each exposes', async () => {
    const words = ['a.x.example', 'b.x.example', 'a.y.example', '--out', 'wild'];
    const plain = await csr(...words);
    assert.doesNotMatch(plain.stdout, /\*/);
    const { exit, stdout } = await csr(...words, '--wildcards', '--force');
    assert.equal(exit, 0);
    assert.match(stdout, /^\*\.x\.example in place of a\.x\.example, b\.x\.example$/m);
    assert.match(
      stdout.replace(/\s+/g, ' '),
      /any host directly under x\.example, including ones that do not exist/,
    );
    const most = await csr(...words, '--wildcards', '--wildcard-from', '3', '--force');
    assert.doesNotMatch(most.stdout, /\*/);
  });

  it('says what a wildcard exposes that was asked for', async () => {
    const { stdout } = await csr('*.z.example', '--out', 'asked');
    assert.match(stdout.replace(/\s+/g, ' '), /stands for any host directly under z\.example/);
  });

  it('uses an existing key, and leaves it alone', withOpenssl, async () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'sec1',
      format: 'pem',
    });
    writeFileSync(join(dir, 'own.key'), pem);
    const { exit, stdout } = await csr('own.example', '--key', 'own.key');
    assert.equal(exit, 0);
    assert.match(stdout, /own\.key {2}the one you gave, unchanged/);
    assert.match(stdout, /openssl req -new -key own\.key /);
    assert.equal(readFileSync(join(dir, 'own.key'), 'utf8'), pem);
    assert.ok(!existsSync(join(dir, 'own.example.key')));
    assert.deepEqual(sanOf('own.example.csr'), ['DNS:own.example']);
  });

  it('prints ASCII alone when asked, and no colour into a pipe', async () => {
    const { stdout } = await csr('ascii.example', '*.ascii.example', '--ascii');
    assert.match(stdout, /^[\n\u0020-\u007e]*$/);
  });

  for (const [words, expected] of [
    [
      [],
      /^altname: names are expected: altname cert csr NAME… or --from FILE\nhint: altname cert csr --help\n$/,
    ],
    [['https://a.test/'], /it is a URL; ask for its host, a\.test\n$/],
    [['*.com'], /a wildcard for all of \.com is refused/],
    [
      ['--from', 'none.yml'],
      /^altname: "none\.yml" is not there; a file that tells the names in use is expected\n$/,
    ],
    [['a.test', '--key', 'none.key'], /^altname: --key "none\.key" cannot be read \(ENOENT\)/],
    [['a.test', '--key', 'svc.yaml'], /^altname: the key "svc\.yaml" is no private key in PEM\n$/],
    [['a.test', '--key', 'k', '--rsa'], /one of the two is expected/],
    [['a.test', '--wildcard-from', '3'], /give both/],
    [['a.test', '--wildcards', '--wildcard-from', '1'], /a number of names from 2 on is expected/],
    [['a.test', '--namespce', 'x'], /unknown option "--namespce"/],
    [['--from', 'svc.yaml', '--namespace', 'No!'], /^altname: namespace "No!": lower-case letters/],
  ] as const) {
    it(`says in one line what is wrong with ${words.join(' ') || 'nothing'}`, async () => {
      const { exit, stdout, stderr } = await csr(...words);
      assert.deepEqual([exit, stdout], [2, '']);
      assert.match(stderr, expected);
    });
  }

  it('writes over nothing', async () => {
    writeFileSync(join(dir, 'kept.example.key'), 'mine');
    const { exit, stderr } = await csr('kept.example');
    assert.equal(exit, 2);
    assert.match(stderr, /^altname: "kept\.example\.key" is there already, and is left as it is; .*--force/);
    assert.equal(readFileSync(join(dir, 'kept.example.key'), 'utf8'), 'mine');
    assert.ok(!existsSync(join(dir, 'kept.example.csr')));
  });

  it('takes names from stdin', async () => {
    const words = ['cert', 'csr', '--from', '-', '--out', 'stdin'];
    const { exit } = await altname(words, { cwd: dir, stdin: 'piped.example\n' });
    assert.equal(exit, 0);
    assert.ok(existsSync(join(dir, 'stdin', 'piped.example.csr')));
  });
});

describe('the README', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../../certs/README.md', import.meta.url)), 'utf8');
  const section = /^## altname cert csr\n(.*?)^## /ms.exec(readme)?.[1] ?? '';

  it('shows what is printed', async () => {
    const cwd = mkdtempSync(join(dir, 'readme-'));
    writeFileSync(join(cwd, 'docker-compose.yml'), /```yaml\n(.*?)```/s.exec(section)?.[1] ?? '');
    const [, command = '', shown = ''] = /```\n\$ altname ([^\n]*)\n(.*?)```/s.exec(section) ?? [];
    const { exit, stdout } = await altname(command.split(' '), { cwd });
    assert.deepEqual([exit, stdout], [0, shown]);
  });
});
