import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { namesFrom, namesFromFile, neededNames } from '@altname/certs';

const dir = mkdtempSync(join(tmpdir(), 'altname-sources-'));
after(() => rmSync(dir, { recursive: true }));

const values = (text: string): string[] => namesFrom(text, 'f').flatMap(({ name }) => name?.value ?? []);
const problems = (text: string): (string | null)[] =>
  namesFrom(text, 'f').flatMap(({ problem }) => (problem === null ? [] : [problem]));

describe('a hosts file', () => {
  const text = `127.0.0.1\tlocalhost my.test # comment
# 10.0.0.1 not.this
::1 ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
0.0.0.0 ads.example.com
10.0.0.2 bücher.test UPPER.test.
`;
  it('has its names, and says what leads nowhere', () => {
    assert.deepEqual(values(text), [
      'localhost',
      'my.test',
      'ip6-localhost',
      'ip6-loopback',
      'xn--bcher-kva.test',
      'upper.test',
    ]);
    assert.deepEqual(problems(text), [
      'leads to ff02::1, where no server is',
      'leads to 0.0.0.0, where no server is',
    ]);
    assert.equal(namesFrom(text, 'hosts')[1]?.from, 'hosts: line 1');
  });
});

describe('a list of names', () => {
  it('has one a line', () => {
    const text =
      '# mine\na.test\r\n*.b.test # wild\n\n10.0.0.1\n::1\nhttps://c.test/\n0.0.0.0\n255.255.255.255\n224.0.0.1\n*.com\n';
    assert.deepEqual(values(text), ['a.test', '*.b.test', '10.0.0.1', '::1']);
    assert.equal(problems(text).length, 5);
    assert.match(problems(text)[0] ?? '', /it is a URL; ask for its host, c\.test/);
  });
});

describe('what altname wrote', () => {
  const entry = {
    asked: 'asked.test',
    dialled: '127.0.0.1:8443',
    sent: 'sent.test',
    checked: 'checked.test',
    host: 'host.test:8443',
    certificate: 'ab'.repeat(32),
    error: null,
    client: 'undici',
    callSite: 'src/pay.ts:42:18',
    count: 7,
  };

  it('run --record: the checked name, else the asked one', () => {
    const lines = [
      entry,
      { ...entry, checked: null, callSite: null },
      { ...entry, checked: null, asked: null },
    ];
    const found = namesFrom(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 'names.jsonl');
    assert.deepEqual(
      found.map(({ name, from, uses }) => [name?.value ?? null, from, uses]),
      [
        ['checked.test', 'names.jsonl: src/pay.ts:42:18', 7],
        ['asked.test', 'names.jsonl: entry 2', 7],
        [null, 'names.jsonl: src/pay.ts:42:18', 7],
      ],
    );
    assert.deepEqual(found[0]?.seen, { certificate: 'ab'.repeat(32), error: null, dialled: '127.0.0.1' });
  });

  it('check --json: one line, many lines, or a list of them', () => {
    const result = {
      version: 1,
      target: 'https://a.test:8443',
      verdict: 'refused',
      names: {
        asked: { value: 'a.test', from: 'url' },
        dialled: { host: 'a.test', port: 8443, address: '::1' },
        checked: { value: 'b.test', from: 'option-servername' },
      },
      node: { error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: '' } },
      certificate: { sha256: 'cd'.repeat(32) },
    };
    const line = JSON.stringify(result);
    for (const text of [line, `${line}\n${line}\n`, `[${line}]`, JSON.stringify(result, null, 2)]) {
      const [first] = namesFrom(text, 'check.json');
      assert.deepEqual(
        [first?.name?.value, first?.from, first?.seen],
        [
          'b.test',
          'check.json: https://a.test:8443',
          { certificate: 'cd'.repeat(32), error: 'ERR_TLS_CERT_ALTNAME_INVALID', dialled: '::1' },
        ],
      );
    }
  });

  it('leaves out of what a certificate needs the servers of others that were accepted', () => {
    const lines = [
      entry,
      { ...entry, checked: 'own.example.com' },
      { ...entry, checked: 'api.stripe.com', dialled: '203.0.113.9:443' },
      {
        ...entry,
        checked: 'refused.example.com',
        dialled: '203.0.113.9:443',
        error: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
      { ...entry, checked: 'nowhere.example.com', dialled: 'nowhere.example.com:443', certificate: null },
      entry,
    ];
    const { needed, leftOut } = neededNames(
      namesFrom(lines.map((line) => JSON.stringify(line)).join('\n'), 'r'),
    );
    assert.deepEqual(
      needed.map(({ name }) => name?.value),
      ['checked.test', 'own.example.com', 'refused.example.com', 'nowhere.example.com'],
    );
    assert.deepEqual(
      leftOut.map(({ text, name, problem }) => [text, name, problem]),
      [['api.stripe.com', null, 'accepted as it is at a public address, with the certificate it has']],
    );
  });
});

describe('a file that names cannot be taken from', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefghi'].map(
      (key, index) => `${key}: &${key} [${Array(10).fill(`*${'abcdefghi'[index]}`).join(', ')}]`,
    ),
    'services: { s: { networks: { n: { aliases: *i } } } }',
  ].join('\n');
  for (const [what, text, expected] of [
    ['of no kind', 'just some words\n', /"f" is of no known kind: a Compose file, .* is expected$/],
    ['empty', ' \n', /"f" is empty; a file that tells the names in use is expected$/],
    ['of no names', 'apiVersion: v1\nkind: ConfigMap\n', /"f" holds no names$/],
    ['not YAML', 'services:\n\t- a: [\n', /"f" is no YAML that can be read: /],
    ['a YAML bomb', bomb, /"f" is no YAML that can be read: Excessive alias count/],
    ['nested without end', `services: ${'['.repeat(50_000)}`, /"f" is no YAML that can be read: /],
    [
      'with a key twice',
      'services:\n  a: {}\n  b: {}\n  a: {}\n',
      /the key "a" stands there twice, at line 4$/,
    ],
    [
      'a Helm template',
      'apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Release.Name }} }\n',
      /helm template/,
    ],
    [
      'over 8 MiB of YAML',
      `services: {}\n${'# x\n'.repeat(2_200_000)}a b: 1\n`,
      /"f" has over 8 MiB of YAML$/,
    ],
    ['of control characters', 'services:\n  a: "\u001b[31m', /^[^\u001b]*$/],
    [
      'with more than any file has',
      `x: &e {${Array.from({ length: 20_000 }, (_, i) => `k${i}: v`).join(', ')}}\nservices: {${Array.from({ length: 500 }, (_, i) => `s${i}: { environment: *e }`).join(', ')}}\n`,
      /"f" has more values than any file of its kind$/,
    ],
  ] as const) {
    it(what, () => {
      assert.throws(
        () => namesFrom(text, 'f'),
        (error: Error) => {
          assert.equal(error.name, 'AltnameError');
          assert.match(error.message, expected);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
    });
  }

  it('reports hostile texts escaped', () => {
    for (const problem of problems('services:\n  a:\n    hostname: "\\e[31mx\\u202e"\n')) {
      assert.match(problem ?? '', /\\x1b\[31mx\\u\{202e\}/);
    }
  });

  it('takes the kind that it is told', () => {
    assert.throws(
      () => namesFrom('services: { a: {} }', 'f', { kind: 'kubernetes' }),
      /is no Kubernetes manifest/,
    );
    assert.deepEqual(namesFrom('services:', 'f', { kind: 'list' })[0]?.name, null);
  });

  it('reads a large file in bounded time', () => {
    const text = `services:\n${Array.from({ length: 20_000 }, (_, i) => `  s${i}: { image: x }\n`).join('')}`;
    assert.equal(namesFrom(text, 'f').length, 20_000);
  });

  it('names the file that is not there, is a directory, or is too large', async () => {
    await assert.rejects(namesFromFile(join(dir, 'none')), /none" is not there; a file .* is expected$/);
    await assert.rejects(namesFromFile(dir), /is a directory; a file .* is expected$/);
    const large = join(dir, 'large');
    writeFileSync(large, Buffer.alloc(16 * 1024 * 1024 + 1));
    await assert.rejects(namesFromFile(large), /large" has over 16 MiB$/);
    const good = join(dir, 'names.txt');
    writeFileSync(good, 'a.test\n');
    assert.equal((await namesFromFile(good))[0]?.from, 'names.txt: line 1');
  });
});
