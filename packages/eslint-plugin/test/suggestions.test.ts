import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { issueLeaf, openAuthority, parseSubtree, parseWantedName } from '@altname/certs';
import plugin from '../src/index.ts';
import { readers } from './lint.ts';
import { Sink, type Identity, type Opening, type Seen } from './sink.ts';

// Every suggestion is run: the code as it was, and as it is after the suggestion, each in a process of its own against a
// real server. The proof is application data at the server. Names are resolved to this machine; nothing else is other
// than anywhere.

interface Trial {
  readonly rule: string;
  readonly suggestion: string;
  readonly code: (port: number) => string;
  readonly opening?: Opening;
  readonly before: Seen;
  readonly after: Seen;
  readonly needs?: string;
}

const believed = (sent: string | null): Seen => ({ sent, isBelieved: true });
const refused = (sent: string | null): Seen => ({ sent, isBelieved: false });

const trials: Readonly<Record<string, Trial>> = {
  'rejectUnauthorized: true refuses another server': {
    rule: 'no-disabled-verification',
    suggestion: 'verify',
    code: (port) => `import https from 'node:https';
https.get({ host: 'other.test', port: ${port}, servername: 'other.test', rejectUnauthorized: false });`,
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'rejectUnauthorized: true believes the right one': {
    rule: 'no-disabled-verification',
    suggestion: 'verify',
    code: (port) => `const https = require('https');
https.get({ host: 'site.test', port: ${port}, rejectUnauthorized: false });`,
    before: believed('site.test'),
    after: believed('site.test'),
  },
  'without the switch of the process another server is refused': {
    rule: 'no-disabled-verification',
    suggestion: 'removeSwitch',
    code: (port) => `import https from 'node:https';
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
https.get('https://other.test:${port}/');`,
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'without -k curl refuses another server': {
    rule: 'no-disabled-verification',
    suggestion: 'removeFlag',
    needs: 'curl',
    code: (port) => `import { spawn } from 'node:child_process';
spawn('curl', ['-sS', '--http1.1', '--resolve', 'other.test:${port}:127.0.0.1', '-k', 'https://other.test:${port}/']);`,
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'secure: true of http-proxy refuses another server': {
    rule: 'no-disabled-verification',
    suggestion: 'verify',
    code: (port) => proxied(`{ target: 'https://other.test:${port}', changeOrigin: true, secure: false }`),
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'verifyIdentity of mysql2 refuses another server': {
    rule: 'no-disabled-verification',
    suggestion: 'addOption',
    opening: 'mysql',
    code: (port) => `import mysql from 'mysql2';
mysql.createConnection({ host: 'other.test', port: ${port}, connectTimeout: 60_000, ssl: {} }).on('error', () => process.exit(1));`,
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'verify-full of Postgres.js refuses another server': {
    rule: 'no-disabled-verification',
    suggestion: 'verify',
    opening: 'postgres',
    code: (port) => `import postgres from 'postgres';
await postgres({ host: 'other.test', port: ${port}, ssl: 'require' })\`select 1\`;`,
    before: believed('other.test'),
    after: refused('other.test'),
  },
  'changeOrigin sends the name of the target': {
    rule: 'no-servername-from-request',
    suggestion: 'changeOrigin',
    code: (port) => proxied(`{ target: 'https://site.test:${port}' }`),
    before: refused('front.test'),
    after: believed('site.test'),
  },
  'changeOrigin: true in the place of false': {
    rule: 'no-servername-from-request',
    suggestion: 'origin',
    code: (port) => proxied(`{ target: 'https://site.test:${port}', changeOrigin: false }`),
    before: refused('front.test'),
    after: believed('site.test'),
  },
  'a name without its port': {
    rule: 'no-malformed-servername',
    suggestion: 'name',
    code: (port) => `import https from 'node:https';
https.get({ host: '127.0.0.1', port: ${port}, servername: 'site.test:443' });`,
    before: refused('site.test:443'),
    after: believed('site.test'),
  },
  'a name without its dot': {
    rule: 'no-malformed-servername',
    suggestion: 'name',
    code: (port) => `require('https').get({ host: '127.0.0.1', port: ${port}, servername: 'site.test.' });`,
    before: refused('site.test.'),
    after: believed('site.test'),
  },
  'no empty name': {
    rule: 'no-malformed-servername',
    suggestion: 'leaveOut',
    code: (port) => `import https from 'node:https';
https.get({ host: 'site.test', port: ${port}, servername: '' });`,
    before: refused(null),
    after: believed('site.test'),
  },
  'hostname of a URL': {
    rule: 'no-malformed-servername',
    suggestion: 'hostname',
    code: (port) => `import https from 'node:https';
const url = new URL('https://site.test:${port}/');
https.get({ host: '127.0.0.1', port: ${port}, servername: url.host });`,
    before: refused('site.test:PORT'),
    after: believed('site.test'),
  },
  'a Host, said as server name': {
    rule: 'no-host-header-as-servername',
    suggestion: 'sameName',
    code: (port) => `import https from 'node:https';
https.get({ host: '127.0.0.1', port: ${port}, headers: { host: 'site.test' } });`,
    before: believed('site.test'),
    after: believed('site.test'),
  },
  'undici, out of connect.tls': {
    rule: 'option-in-wrong-place',
    suggestion: 'unwrap',
    code: (port) => `import { Agent, request } from 'undici';
const dispatcher = new Agent({ connect: { tls: { servername: 'site.test' } } });
await request('https://127.0.0.1:${port}/', { dispatcher });`,
    before: believed(null),
    after: believed('site.test'),
  },
  'undici, into connect': {
    rule: 'option-in-wrong-place',
    suggestion: 'move',
    code: (port) => `import { Agent, request } from 'undici';
const dispatcher = new Agent({ connections: 1, servername: 'site.test' });
await request('https://127.0.0.1:${port}/', { dispatcher });`,
    before: believed(null),
    after: believed('site.test'),
  },
  'got, by the name of got': {
    rule: 'option-in-wrong-place',
    suggestion: 'move',
    code: (port) => `import got from 'got';
await got('https://127.0.0.1:${port}/', { retry: { limit: 0 }, servername: 'site.test' });`,
    // got throws at an option that it does not know, and dials nobody.
    before: refused(null),
    after: believed('site.test'),
  },
  'pg, into ssl': {
    rule: 'option-in-wrong-place',
    suggestion: 'move',
    opening: 'postgres',
    code: (port) => `import pg from 'pg';
await new pg.Client({ host: '127.0.0.1', port: ${port}, servername: 'site.test', ssl: { minVersion: 'TLSv1.2' } }).connect();`,
    before: believed(null),
    after: believed('site.test'),
  },
  'ioredis, into tls': {
    rule: 'option-in-wrong-place',
    suggestion: 'move',
    code: (port) => `import { Redis } from 'ioredis';
new Redis({ host: '127.0.0.1', port: ${port}, servername: 'site.test', connectTimeout: 60_000, tls: {} });`,
    before: believed(null),
    after: believed('site.test'),
  },
  'ioredis, with a name': {
    rule: 'option-in-wrong-place',
    suggestion: 'addName',
    code: (port) => `import { Redis } from 'ioredis';
new Redis({ host: 'site.test', port: ${port}, connectTimeout: 60_000, tls: {} });`,
    before: refused(null),
    after: believed('site.test'),
  },
  'node-redis, with a name': {
    rule: 'option-in-wrong-place',
    suggestion: 'addName',
    code: (port) => `import { createClient } from 'redis';
await createClient({ socket: { host: 'site.test', port: ${port}, connectTimeout: 60_000, tls: true } }).connect();`,
    before: refused(null),
    after: believed('site.test'),
  },
  'KafkaJS, as ssl': {
    rule: 'option-in-wrong-place',
    suggestion: 'rename',
    code: (port) => `import { Kafka, logLevel } from 'kafkajs';
const options = { logLevel: logLevel.NOTHING, connectionTimeout: 60_000, authenticationTimeout: 60_000, retry: { retries: 0 } };
await new Kafka({ ...options, brokers: ['127.0.0.1:${port}'], tls: { servername: 'site.test' } }).admin().connect();`,
    // Without ssl it speaks no TLS at all.
    before: refused(null),
    after: believed('site.test'),
  },
  'a CA beside the roots of Node': {
    rule: 'no-ca-replacement',
    suggestion: 'addRoots',
    code: (port) => `import { readFileSync } from 'node:fs';
import https from 'node:https';
https.get('https://www.altname-site.com:${port}/', { ca: readFileSync(process.env.ROOT, 'utf8') });`,
    before: believed('www.altname-site.com'),
    after: believed('www.altname-site.com'),
  },
  'an address, not sent': {
    rule: 'no-ip-servername',
    suggestion: 'leaveOut',
    code: (port) => `import tls from 'node:tls';
const socket = tls.connect({ host: '127.0.0.1', port: ${port}, servername: '127.0.0.1' }, () => socket.write('x'));`,
    // Node 26 throws, and dials nobody.
    before: Number.parseInt(process.versions.node, 10) >= 26 ? refused(null) : believed('127.0.0.1'),
    after: believed(null),
  },
};

function proxied(options: string): string {
  return `import http from 'node:http';
import httpProxy from 'http-proxy';
const proxy = httpProxy.createProxyServer(${options});
proxy.on('error', () => process.exit(1));
const server = http.createServer((req, res) => proxy.web(req, res)).listen(0, '127.0.0.1', () => {
  http.get({ host: '127.0.0.1', port: server.address().port, headers: { host: 'front.test' } });
});`;
}

const folder = fileURLToPath(new URL('../../', import.meta.url));
const [reader] = readers;
let dir = '';
let identities: Record<string, Identity> = {};

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'altname-lint-'));
  const authority = await openAuthority(join(dir, 'ca'), { permit: [parseSubtree('altname-site.com')] });
  const issue = async (...names: string[]): Promise<Identity> => {
    const { chain, key } = await issueLeaf(authority, names.map(parseWantedName));
    return { cert: chain, key };
  };
  identities = {
    default: await issue('default.test', '127.0.0.1'),
    'site.test': await issue('site.test'),
    'www.altname-site.com': await issue('www.altname-site.com'),
  };
  await writeFile(join(dir, 'root.pem'), authority.certificate);
  await writeFile(
    join(dir, 'names.cjs'),
    `const dns = require('node:dns');
dns.lookup = (name, options, done = options) => {
  const all = typeof options === 'object' && options.all === true;
  process.nextTick(() => (all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)));
};
dns.promises.lookup = async (name, options) => {
  const found = { address: '127.0.0.1', family: 4 };
  return options?.all === true ? [found] : found;
};
require('node:module').syncBuiltinESMExports();`,
  );
});
after(() => rm(dir, { recursive: true, force: true }));

describe('a suggestion', { concurrency: 2 }, () => {
  for (const [name, trial] of Object.entries(trials)) {
    it(name, { timeout: 120_000 }, async (t) => {
      if (trial.needs !== undefined && spawnSync(trial.needs, ['--version']).status !== 0) {
        assert.equal(process.env['CI'], undefined, `Debian package ${trial.needs}`);
        t.skip(`there is no ${trial.needs}: Debian package ${trial.needs}`);
        return;
      }
      assert.deepEqual(await outcome(trial, (code) => code), trial.before, 'before');
      assert.deepEqual(await outcome(trial, (code) => suggested(trial, code)), trial.after, 'after');
    });
  }

  it('of every kind is run', () => {
    const kinds = Object.entries(plugin.rules).flatMap(([rule, { meta }]) =>
      Object.entries(meta?.messages ?? {})
        .filter(([, text]) => !text.endsWith(`(docs/rules/${rule}.md)`))
        .map(([id]) => `${rule} ${id}`),
    );
    const run = new Set(Object.values(trials).map(({ rule, suggestion }) => `${rule} ${suggestion}`));
    assert.deepEqual(
      kinds.filter((kind) => !run.has(kind)),
      [],
    );
  });
});

/** The code after the suggestion of the rule: there is one message, with one suggestion of that id. */
function suggested({ rule, suggestion }: Trial, code: string): string {
  const found = reader?.lint(rule, { code }) ?? [];
  const all = found.flatMap((each) => each.suggestions ?? []).filter((each) => each.messageId === suggestion);
  const [only] = all;
  assert.equal(all.length, 1, JSON.stringify(found));
  assert.ok(only !== undefined);
  const [start, end] = only.fix.range;
  return code.slice(0, start) + only.fix.text + code.slice(end);
}

async function outcome(trial: Trial, change: (code: string) => string): Promise<Seen> {
  const sink = await Sink.open(trial.opening ?? 'tls', identities);
  const code = change(trial.code(sink.port));
  const type = /\brequire\(/.test(code) && !/^import /m.test(code) ? 'commonjs' : 'module';
  const child = spawn(
    process.execPath,
    ['--require', join(dir, 'names.cjs'), `--input-type=${type}`, '-e', code],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ROOT: join(dir, 'root.pem'),
        NODE_EXTRA_CA_CERTS: join(dir, 'root.pem'),
        CURL_CA_BUNDLE: join(dir, 'root.pem'),
        NODE_NO_WARNINGS: '1',
      },
      stdio: 'ignore',
    },
  );
  const ended = new Promise<Seen>((resolve) => {
    // What the server saw comes first, where it saw anything.
    child.once('exit', () => setTimeout(() => resolve({ sent: null, isBelieved: false }), 500).unref());
  });
  try {
    const seen = await Promise.race([sink.seen, ended]);
    return { ...seen, sent: seen.sent?.replace(String(sink.port), 'PORT') ?? null };
  } finally {
    child.kill('SIGKILL');
    sink.close();
  }
}
