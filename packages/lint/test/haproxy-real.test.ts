import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readHaproxy } from '../src/haproxy/reader.ts';
import { lint, type Problem } from '../src/index.ts';
import { absent, freePort, run, start, startWorld, type RunningProgram, type Upstream } from './real.ts';
import { treeOf } from './tree.ts';

const skip = absent('haproxy', '-v');
const world = await startWorld();
const defaults = `defaults
  mode http
  timeout connect 3s
  timeout client 5s
  timeout server 5s
  retries 0
`;

/** One word, as HAProxy may or may not read it. */
const syntax: readonly string[] = [
  'a',
  '"a b"',
  "'a b'",
  'a\\ b',
  'a\\#b',
  'a\\\\b',
  'a\\tb',
  'a\\x41b',
  'a"b c"d',
  `a"b 'c'"'d "e"'f`,
  `'a\\ b'`,
  '"a\\"b"',
  '"a # b"',
  "'a # b'",
  '"a\\\\b"',
  "a\\'b",
  'a$b',
  '"a\\$b"',
  "'a$b'",
  'a#b',
  '"a',
  "'a",
  `"a'`,
  'a\\"b',
];

describe('the reader of HAProxy', { skip }, () => {
  for (const word of syntax) {
    it(`reads ${word} as HAProxy does`, async () => {
      const port = await freePort();
      const text = `${defaults}\nfrontend f\n  bind 127.0.0.1:${port}\n  http-request return status 200 content-type text/plain string ${word}\n`;
      const config = join(world.folder, 'syntax.cfg');
      writeFileSync(config, text);
      const { code, told } = run('haproxy', ['-c', '-f', config]);
      let read: string | undefined;
      try {
        read = [...readHaproxy(text)].find(([{ text: first }]) => first === 'http-request')?.at(-1)?.text;
      } catch {
        assert.notEqual(code, 0);
        return;
      }
      assert.equal(code, 0, told);
      const server = await start('haproxy', ['-db', '-f', config], port);
      assert.equal((await server.get()).body, read);
      await server.stop();
    });
  }
});

const trusted = 'ca-file /etc/haproxy/upstream-ca.pem';

/** A server, and what is to be wrong with it. */
const bad: readonly (readonly [server: string, code: string])[] = [
  ['server s 10.0.0.5:8443 ssl verify none', 'no-disabled-verification'],
  [`server s 10.0.0.5:8443 ssl verify none ${trusted} sni str(api.test)`, 'no-disabled-verification'],
  ['server s 10.0.0.5:8443 ssl sni str(api.test)', 'no-disabled-verification'],
  [`server s 10.0.0.5:8443 ssl ${trusted}`, 'no-disabled-identity-check'],
  [`server s 10.0.0.5:8443 ssl ${trusted} verifyhost api.test`, 'servername-not-sent'],
  [`server s 10.0.0.5:8443 ssl ${trusted} sni req.hdr(host)`, 'no-servername-from-request'],
  [`server s 10.0.0.5:8443 ssl ${trusted} sni str(10.0.0.5)`, 'no-ip-servername'],
  [`server s 10.0.0.5:8443 ssl ${trusted} sni str(api.test.)`, 'no-malformed-servername'],
];

describe('what is told of HAProxy', { skip }, () => {
  for (const [server, code] of bad) {
    it(`${server}: what is to be written makes it right`, async () => {
      const text = `global\n${defaults}\nbackend b\n  ${server}\n`;
      const problem = problemsOf(text).find((each) => each.code === code);
      assert.ok(problem?.hint, JSON.stringify(problemsOf(text)));
      const fixed = text.replace(server, () => withHint(server, problem));
      assert.deepEqual(problemsOf(fixed), [], fixed);
      assert.deepEqual(await outcome(fixed, world.right), { status: 200, sent: 'api.test' });
      assert.equal((await outcome(fixed, world.named)).status, 503);
      assert.equal((await outcome(fixed, world.stranger)).status, 503);
      if (code === 'no-disabled-identity-check')
        assert.deepEqual(await outcome(text, world.named), { status: 200, sent: '-' });
      if (server.includes('none')) assert.equal((await outcome(text, world.stranger)).status, 200);
    });
  }
});

function problemsOf(text: string): readonly Problem[] {
  return lint(['haproxy.cfg'], { cwd: treeOf({ 'haproxy.cfg': text }) }).problems;
}

/** In the place of what is marked, where it begins like that; behind the rest of the line otherwise. */
function withHint(server: string, { hint, column, endColumn }: Problem): string {
  const from = column - 3;
  const marked = server.slice(from, endColumn - 3);
  const written = hint?.replaceAll('api.internal.example', 'api.test') ?? '';
  if (written.split(' ', 1)[0] !== marked.split(' ', 1)[0]) return `${server} ${written}`;
  return server.slice(0, from) + written + server.slice(endColumn - 3);
}

async function outcome(text: string, upstream: Upstream): Promise<{ status: number; sent: string }> {
  const port = await freePort();
  const config = `${text}\nfrontend f\n  bind 127.0.0.1:${port}\n  default_backend b\n`
    .replaceAll('/etc/haproxy/upstream-ca.pem', world.root)
    .replaceAll('10.0.0.5:8443', `127.0.0.1:${upstream.port}`);
  const server = await startHaproxy(config, port);
  const before = upstream.sent.length;
  const { status } = await server.get();
  await server.stop();
  return { status, sent: upstream.sent[before] ?? '' };
}

async function startHaproxy(text: string, port: number): Promise<RunningProgram> {
  const config = join(world.folder, `${port}.cfg`);
  writeFileSync(config, text);
  return start('haproxy', ['-db', '-f', config], port);
}
