import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readCaddyfile } from '../src/caddy/reader.ts';
import { caddyfile } from '../src/formats/caddy.ts';
import { lint, type Problem } from '../src/index.ts';
import { foundIn } from './found.ts';
import { hostile } from './hostile.ts';
import { absent, freePort, run, start, startWorld, type Upstream } from './real.ts';
import { treeOf } from './tree.ts';

const off = 'no-disabled-verification';
const fromRequest = 'no-servername-from-request';

/** What stands in `transport http { … }`, on line 4, and what is found. */
const transports: readonly (readonly [body: string, found: readonly string[]])[] = [
  ['tls', []],
  ['tls_insecure_skip_verify', [`${off} 4:1`]],
  ['tls_insecure_skip_verify # a comment', [`${off} 4:1`]],
  ['# tls_insecure_skip_verify', []],
  ['tls_server_name api.example', []],
  ['tls_server_name "api.example."', []],
  ['tls_server_name 10.0.0.5', ['no-ip-servername 4:1 warning']],
  ['tls_server_name https://api.example', ['no-malformed-servername 4:1']],
  ['tls_server_name *.example', ['no-malformed-servername 4:1']],
  ['tls_server_name {host}', [`${fromRequest} 4:1`]],
  ['tls_server_name {http.request.host}', [`${fromRequest} 4:1`]],
  ['tls_server_name {header.X-Name}', [`${fromRequest} 4:1`]],
  ['tls_server_name {labels.2}.apps.example', []],
  ['tls_server_name {$API_NAME}', []],
  ['tls_server_name {env.API_NAME}', []],
  ['tls_server_name {http.reverse_proxy.upstream.host}', []],
  ['tls_server_name \\\n  {host}', [`${fromRequest} 4:1`]],
];

/** Whole files. */
const files: readonly (readonly [title: string, path: string, text: string, found: readonly string[]])[] = [
  [
    'a snippet, with Windows line ends',
    'conf/site.caddy',
    '(upstream) {\r\n\ttransport http {\r\n\t\ttls_insecure_skip_verify\r\n\t}\r\n}\r\n',
    [`${off} 3:3`],
  ],
  [
    'an upstream that the client names',
    'Caddyfile',
    ':80\nreverse_proxy {host}:443 {\n\ttransport http {\n\t\ttls\n\t}\n}\n',
    [`${fromRequest} 2:15`],
  ],
  ['the same without TLS', 'Caddyfile', ':80\nreverse_proxy {host}:80 {\n\ttransport http {\n\t}\n}\n', []],
  [
    'an ignore comment',
    'Caddyfile.dev',
    `:80 {\n\treverse_proxy https://a.example {\n\t\ttransport http {\n\t\t\t# altname-ignore-next-line ${off}: our own\n\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n}`,
    [],
  ],
  [
    'text of a heredoc, of quotes and of backticks',
    'Caddyfile',
    ':80 {\n\trespond <<END\ntransport {\n\ttls_insecure_skip_verify\nEND\n\trespond "\ntls_insecure_skip_verify\n" `\n{\ntls_insecure_skip_verify\n`\n}',
    [],
  ],
  ['a block that is not closed', 'Caddyfile', ':80 {\n tls_insecure_skip_verify\n', [`${off} 2:2`]],
  ['a block that nothing opened', 'Caddyfile', 'tls_insecure_skip_verify\n}\n', ['not-read 2:1 note']],
  [
    'JSON',
    'deploy/caddy.json',
    '{ "apps": { "http": { "transport": {\n"tls": { "insecure_skip_verify": true } } } } }',
    [`${off} 2:11`],
  ],
];

describe('caddy', () => {
  for (const [body, found] of transports) {
    it(body, () => {
      const text = `:80 {\n\treverse_proxy https://api.example {\n\t\ttransport http {\n${body}\n\t\t}\n\t}\n}\n`;
      assert.deepEqual(foundIn('Caddyfile', text), found);
    });
  }
  for (const [title, path, text, found] of files) {
    it(title, () => assert.deepEqual(foundIn(path, text), found));
  }
  hostile(caddyfile, 'Caddyfile', [
    'tls_server_name {host}',
    'transport http {\n',
    'transport a\n}\n',
    'transport <<A\n "b" `c',
    'transport \\\n {$A} "\\"',
  ]);
});

const skip = absent('caddy', 'version');
const world = await startWorld();
const options = '{\n\tadmin off\n\tauto_https off\n}\n';

/** One word, as Caddy may or may not read it. */
const syntax: readonly string[] = [
  'a',
  '"a b"',
  '"a \\"b\\" \\n \\\\"',
  '`a "b" \\`',
  'a"b',
  'a\\b',
  'a#b',
  '"a # b"',
  '"a\nb"',
  '{a',
  'a{',
  '"{a}"',
  'a \\\n',
  'a } \n',
  'a {',
  'a\n}\n',
];

describe('the reader of Caddyfiles', { skip }, () => {
  for (const word of syntax) {
    it(`reads ${JSON.stringify(word)} as Caddy does`, () => {
      const config = join(world.folder, 'Caddyfile');
      const text = `${options}:80 {\n\trespond ${word}\n}\n`;
      writeFileSync(config, text);
      const { code, told } = run('caddy', ['adapt', '--adapter', 'caddyfile', '--config', config]);
      let read: string | undefined;
      try {
        read = readCaddyfile(text).find(({ words }) => words[0].text === 'respond')?.words[1]?.text;
      } catch {
        assert.notEqual(code, 0, told);
        return;
      }
      const body = /"body":("(?:[^"\\]|\\.)*")/.exec(told)?.[1];
      if (code === 0) assert.equal(read, JSON.parse(body ?? '""'), told);
      else assert.doesNotMatch(told, /unexpected EOF|unexpected '}'/i);
    });
  }
});

/** What stands in the transport to an address, and is to be wrong. */
const bad: readonly (readonly [body: string, code: string])[] = [
  ['tls_insecure_skip_verify', off],
  ['tls_insecure_skip_verify\ntls_server_name api.test', off],
  ['CA\ntls_server_name {host}', fromRequest],
];

describe('what is told of Caddy', { skip }, () => {
  const isOld = /^v?2\.[0-7]\./.test(run('caddy', ['version']).told);
  const ca = `${isOld ? 'tls_trusted_ca_certs' : 'tls_trust_pool file'} ${world.rootOfGo}`;

  for (const [written, code] of bad) {
    it(`${written}: what is to be written makes it right`, async () => {
      const body = written.replace('CA', ca);
      const problem = problemsOf(body).find((each) => each.code === code);
      assert.ok(problem?.hint);
      const marked = problem.source.trim();
      const fixed = body.replace(marked, () => hintOf(problem.hint ?? '', isOld));
      assert.deepEqual(problemsOf(fixed), [], fixed);
      assert.deepEqual(await outcome(fixed, world.right), { status: 200, sent: 'api.test' });
      assert.equal((await outcome(fixed, world.named)).status, 502);
      assert.equal((await outcome(fixed, world.stranger)).status, 502);
      if (code === off) assert.equal((await outcome(body, world.stranger)).status, 200);
    });
  }
});

/** The lines of a hint: the one for this Caddy, and the name where it says one. */
function hintOf(hint: string, isOld: boolean): string {
  const line = isOld ? /tls_trusted_ca_certs [^)]+/ : /tls_trust_pool file \S+/;
  return [line, /tls_server_name \S+/]
    .map((each) => each.exec(hint)?.[0] ?? '')
    .join('\n')
    .replace('/etc/caddy/upstream-ca.pem', world.rootOfGo)
    .replace('api.internal.example', 'api.test');
}

function problemsOf(body: string): readonly Problem[] {
  return lint(['Caddyfile'], { cwd: treeOf({ Caddyfile: textOf(body, 80, 443) }) }).problems;
}

function textOf(body: string, port: number, upstream: number): string {
  const transport = `transport http {\ntls\n${body}\n}`;
  return `${options}http://:${port} {\nbind 127.0.0.1\nreverse_proxy https://127.0.0.1:${upstream} {\n${transport}\n}\n}\n`;
}

async function outcome(body: string, upstream: Upstream): Promise<{ status: number; sent: string }> {
  const port = await freePort();
  const config = join(world.folder, `Caddyfile.${port}`);
  writeFileSync(config, textOf(body, port, upstream.port));
  const server = await start('caddy', ['run', '--adapter', 'caddyfile', '--config', config], port);
  const before = upstream.sent.length;
  const { status } = await server.get();
  await server.stop();
  return { status, sent: upstream.sent[before] ?? '' };
}
