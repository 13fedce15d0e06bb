import { strict as assert } from 'node:assert';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { selfSigned } from './authority.ts';
import { altname } from './command.ts';
import { serveTls } from './servers.ts';
import { testTranscript } from './transcript.ts';

const fetchFailed = `TypeError: fetch failed
    at node:internal/deps/undici/undici:14976:13 {
  [cause]: Error: unable to verify the first certificate
      at TLSSocket.onConnectSecure (node:_tls_wrap:1699:34) {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
  }
}
`;
const pooled = `Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:db.example.com
    at Connection.connect (/app/node_modules/pg/lib/connection.js:10:2) {
  code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  connectionString: 'postgres://me:hunter2@db.example.com/app'
}
`;

testTranscript('explain.txt', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-explain-'));
  writeFileSync(join(cwd, 'app.log'), `starting\n${fetchFailed}ok\n${pooled}ok\nok\nok\nok\n${fetchFailed}`);
  writeFileSync(join(cwd, 'one.log'), fetchFailed);
  writeFileSync(join(cwd, 'quiet.log'), 'GET / 200\n');
  return { values: {}, options: { cwd } };
});

test('what this Node prints of a real failure is explained', async (t) => {
  const credentials = await selfSigned({ names: ['localhost', 'DNS:127.0.0.1'] });
  const server = await serveTls(credentials);
  t.after(() => server.close());
  const error = await new Promise<Error>((resolve, reject) => {
    get({ host: '127.0.0.1', port: server.port, ca: credentials.cert }, () =>
      reject(new Error('accepted')),
    ).on('error', resolve);
  });
  for (const stdin of [
    inspect(error),
    JSON.stringify({ err: { message: error.message, stack: error.stack } }),
  ]) {
    const { exit, stdout, stderr } = await altname(['explain', '--json'], { stdin });
    assert.equal(exit, 0);
    assert.equal(stderr, '');
    const { explanations } = JSON.parse(stdout) as {
      explanations: { checked: string; causes: { code: string }[] }[];
    };
    assert.equal(explanations.length, 1);
    assert.equal(explanations[0]?.checked, '127.0.0.1');
    assert.ok(explanations[0]?.causes.some(({ code }) => code === 'ip-as-dns-san'));
  }
});

test('a large log is read in a stream, and equal failures are counted', { timeout: 120_000 }, async () => {
  const line = `2026-11-23T17:51:33Z info GET /api/items/1 200 3ms cert=ok ssl=on\n`;
  const block = line.repeat(2000) + pooled;
  const { exit, stdout } = await altname(['explain', '--json'], { stdin: block.repeat(100) });
  assert.equal(exit, 0);
  const { explanations } = JSON.parse(stdout) as { explanations: { count: number; line: number }[] };
  assert.deepEqual(
    explanations.map(({ count, line: first }) => [count, first]),
    [[100, 2001]],
  );
});

test('a line without an end does not fill the memory', { timeout: 120_000 }, async () => {
  const stdin = `${'x'.repeat(30_000_000)}\nError: certificate has expired\n`;
  const { exit, stdout } = await altname(['explain'], {
    stdin,
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
  });
  assert.equal(exit, 0);
  assert.match(stdout, /^CERT_HAS_EXPIRED · line 2\n/);
});

test('credentials of a URL in a log are in no output', async () => {
  for (const words of [['explain'], ['explain', '--json']]) {
    const { stdout } = await altname(words, { stdin: pooled });
    assert.ok(!stdout.includes('hunter2'));
  }
});
