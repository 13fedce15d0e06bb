import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NotRead } from '../src/formats/format.ts';
import { lint } from '../src/index.ts';
import { readNginx, type Directive, type Level } from '../src/nginx/reader.ts';
import { absent, freePort, run, start, startWorld, type RunningProgram, type Upstream } from './real.ts';
import { treeOf } from './tree.ts';

const skip = absent('nginx', '-v');
const world = await startWorld();
const main = `daemon off; master_process off; pid ${world.folder}/pid; error_log stderr; events {}\n`;
const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((each) => `${each}_temp_path ${world.folder}/${each};`)
  .join(' ');

/** One directive, as nginx may or may not read it. */
const syntax: readonly string[] = [
  'return 200 "a b";',
  'return 200 \'a "b"\';',
  'return 200 "a \\"b\\" \\\\ \\t \\x";',
  "return 200 'it\\'s';",
  'return 200 a\\ b\\;c\\{d;',
  'return 200 a"b;',
  'return 200 a#b;',
  'return 200 a}b;',
  'return 200 "${host}";',
  'return 200 ${host};',
  'return 200 ${;',
  'return 200 $;',
  'return 200 "$";',
  'return 200 "a"b;',
  'return 200 "a"};',
  'return 200 "a" ;',
  'return 200 "a"\n# a comment; }\n;',
  'return 200 "a\nb";',
  'return 200 "a # b";',
  'return 200 \\"a;',
  'return 200 "a',
  "return 200 'a",
  'return 200 a',
  'return 200 a; }',
  'return 200 a; {',
  ';',
  '{ }',
  '}',
  'return 200 a;;',
  'if ($host = "a") { return 200 b; }',
  'if ($host = "a"){return 200 b;}',
  'if ($host = "a" ){ return 200 b; } ',
  'if ($host = "a")) { return 200 b; }',
  'if ($host ~ "^a{1,2}$") { return 200 b; }',
  'location /a { return 200 a; } location /b{ return 200 b; }',
  'location /a { return 200 a;',
  '\treturn\t200\r\n a\r\n;\r\n',
  '"return" 200 a;',
  "'return' '200' 'a';",
  '# nothing',
  '',
];

function around(body: string): string {
  return `${main}http { ${folders} access_log off; server { listen 127.0.0.1:1; location / { ${body} \n} } }`;
}

describe('the reader of nginx', { skip }, () => {
  const config = join(world.folder, 'syntax.conf');

  for (const body of syntax) {
    it(`reads ${JSON.stringify(body)} where nginx does`, () => {
      const text = around(body);
      writeFileSync(config, text);
      const { told } = run('nginx', ['-t', '-q', '-e', 'stderr', '-p', world.folder, '-c', config]);
      // What a directive means is not the reader's.
      const isRefused = /unexpected|unterminated|is not terminated|expecting/.test(told);
      let message = '';
      try {
        readNginx(text);
      } catch (error) {
        assert.ok(error instanceof NotRead);
        ({ message } = error);
      }
      assert.equal(message !== '', isRefused, `nginx: ${told}\naltname: ${message}`);
    });
  }

  it('undoes quotes and escapes as nginx does', async () => {
    const words = syntax.filter((each) => /^return 200 [^$]*;$/.test(each) && isRead(around(each)));
    assert.ok(words.length > 10);
    const port = await freePort();
    const text = `${main}http { ${folders} access_log off; server { listen 127.0.0.1:${port};
      ${words.map((word, index) => `location = /${index} { ${word} }`).join('\n')} } }`;
    const server = await startNginx(text, port);
    const expected = bodiesOf(readNginx(text));
    assert.equal(expected.length, words.length);
    for (const [index, body] of expected.entries()) {
      assert.equal((await server.get(`/${index}`)).body, body, words[index]);
    }
    await server.stop();
  });
});

/** What stands behind an upstream that is lint's to see, and what is to be wrong with it. */
const bad: readonly (readonly [title: string, code: string, body: string])[] = [
  ['nothing is said', 'no-disabled-verification', 'proxy_pass https://10.0.0.5:8443;'],
  [
    'it is switched off',
    'no-disabled-verification',
    'proxy_pass https://10.0.0.5:8443; proxy_ssl_verify off;',
  ],
  ['a group, and nothing is said', 'no-disabled-verification', 'proxy_pass https://backend;'],
  ['a name, and nothing is said', 'no-disabled-verification', 'proxy_pass https://api.test;'],
  [
    'a name from the request',
    'no-servername-from-request',
    'proxy_pass https://10.0.0.5:8443; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/nginx/upstream-ca.pem; proxy_ssl_server_name on; proxy_ssl_name $host;',
  ],
  [
    'the name of a group',
    'servername-is-group',
    'proxy_pass https://backend; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/nginx/upstream-ca.pem; proxy_ssl_server_name on;',
  ],
  [
    'an address',
    'no-ip-servername',
    'proxy_pass https://10.0.0.5:8443; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/nginx/upstream-ca.pem;',
  ],
  [
    'a name with a dot',
    'no-malformed-servername',
    'proxy_pass https://10.0.0.5:8443; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/nginx/upstream-ca.pem; proxy_ssl_server_name on; proxy_ssl_name api.test.;',
  ],
  [
    'no name is sent',
    'servername-not-sent',
    'proxy_pass https://backend; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/nginx/upstream-ca.pem; proxy_ssl_name api.test;',
  ],
];

describe('what is told of nginx', { skip }, () => {
  for (const [title, code, body] of bad) {
    it(`${title}: what is to be written makes it right`, async () => {
      const text = `http { upstream backend { server 10.0.0.5:8443; }\nupstream api.test { server 10.0.0.5:8443; }\nserver { location / {\n${body}\n} } }`;
      const found = hintOf(text, code);
      const fixed = text.replace(body, () => withDirectives(body, found));
      assert.deepEqual(lint(['nginx.conf'], { cwd: treeOf({ 'nginx.conf': fixed }) }).problems, [], fixed);
      assert.deepEqual(await outcome(fixed, world.right), { status: 200, sent: 'api.test' });
      assert.equal((await outcome(fixed, world.named)).status, 502);
      assert.equal((await outcome(fixed, world.stranger)).status, 502);
      const before = await outcome(text, code === 'no-disabled-verification' ? world.stranger : world.right);
      if (code === 'no-disabled-verification') assert.deepEqual(before, { status: 200, sent: '-' });
      else assert.notDeepEqual(before, { status: 200, sent: 'api.test' });
    });
  }
});

function hintOf(text: string, code: string): readonly string[] {
  const { problems } = lint(['nginx.conf'], { cwd: treeOf({ 'nginx.conf': text }) });
  const problem = problems.find((each) => each.code === code);
  assert.ok(problem?.hint, `${code}: ${JSON.stringify(problems)}`);
  return problem.hint.replaceAll('api.internal.example', 'api.test').match(/\w+ [^;]+;/g) ?? [];
}

/** The directives of a body, with these in the place of those of their names. */
function withDirectives(body: string, directives: readonly string[]): string {
  const names = directives.map((each) => each.split(' ', 1)[0] ?? '');
  const kept = (body.match(/\w+ [^;]+;/g) ?? []).filter(
    (each) => !names.includes(each.split(' ', 1)[0] ?? ''),
  );
  return [...kept, ...directives].join(' ');
}

async function outcome(text: string, upstream: Upstream): Promise<{ status: number; sent: string }> {
  const port = await freePort();
  const config = text
    .replace('http {', () => `${main} http { ${folders} access_log off;`)
    .replace('server { location', `server { listen 127.0.0.1:${port}; location`)
    .replaceAll('/etc/nginx/upstream-ca.pem', world.root)
    .replaceAll('10.0.0.5:8443', `127.0.0.1:${upstream.port}`);
  const server = await startNginx(config, port);
  const before = upstream.sent.length;
  const { status } = await server.get();
  await server.stop();
  return { status, sent: upstream.sent[before] ?? '' };
}

async function startNginx(text: string, port: number): Promise<RunningProgram> {
  const config = join(world.folder, `${port}.conf`);
  writeFileSync(config, text);
  return start('nginx', ['-e', 'stderr', '-p', world.folder, '-c', config], port);
}

function isRead(text: string): boolean {
  try {
    readNginx(text);
    return true;
  } catch {
    return false;
  }
}

function bodiesOf(level: Level): readonly string[] {
  return level.directives.flatMap(({ name, words, block }: Directive) =>
    name === 'return' ? [words[1]?.text ?? ''] : block === null ? [] : bodiesOf(block),
  );
}
