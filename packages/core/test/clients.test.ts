import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { clientNames, clientProfiles, type ClientName, type ClientProfile } from '../src/index.ts';

// What the recipes say. That they work is shown in the estate, with the clients themselves.

// Written out: a name that is added to the type, but not here, does not compile.
const everyName: Record<ClientName, true> = {
  https: true,
  tls: true,
  http2: true,
  axios: true,
  got: true,
  undici: true,
  fetch: true,
  'node-fetch': true,
  ws: true,
  pg: true,
  ioredis: true,
  redis: true,
  nodemailer: true,
  mqtt: true,
  amqplib: true,
  mongodb: true,
  kafkajs: true,
  'grpc-js': true,
  superagent: true,
  'http-proxy': true,
  httpxy: true,
  'https-proxy-agent': true,
  'undici-proxy': true,
  postgres: true,
  mysql2: true,
  'ioredis-cluster': true,
  imapflow: true,
  elasticsearch: true,
  tedious: true,
  'basic-ftp': true,
};

const plain = {
  dial: '192.0.2.7',
  port: 8443,
  name: 'expected.test',
  hostHeader: 'site.test',
  file: 'ca.pem',
};

type Values = typeof plain;

/** Every recipe of a client for these values, by kind. */
function recipesOf(profile: ClientProfile, values: Values): Record<string, string | null> {
  return {
    expectName: profile.expectName(values),
    expectNameByName: profile.expectName({ ...values, dial: 'dialled.test' }),
    addCa: profile.addCa(values),
    keepHostHeader: profile.keepHostHeader(values),
    verifyName: profile.verifyName?.(values) ?? null,
    expectProxyName: profile.expectProxyName?.(values) ?? null,
  };
}

/** Texts that want to leave the string they are put into. */
const hostile = [
  `'); process.exit(1); ('`,
  `\\'); process.exit(1); //`,
  'a\\',
  'a\nprocess.exit(1)\n',
  'a\r\u2028process.exit(1)\u2029',
  '`${process.exit(1)}`',
  '*/ process.exit(1) /*',
  '</script>\u001b[2J\u202e\0\ud800',
];

const literal = /'(?:[^'\\\n]|\\.)*'/g;

/** The code without its strings. Equal remains mean that no value got out of its string. */
function remains(code: string): string {
  return code.replace(literal, "''");
}

function stringsOf(code: string): string[] {
  return (code.match(literal) ?? []).map(
    (text) => JSON.parse(`"${text.slice(1, -1).replace(/\\'/g, "'").replace(/"/g, '\\"')}"`) as string,
  );
}

describe('client profiles', () => {
  it('there is one for every name', () => {
    assert.deepEqual(Object.keys(clientProfiles), Object.keys(everyName));
    assert.deepEqual(clientNames, Object.keys(everyName));
    for (const name of clientNames) assert.equal(clientProfiles[name].name, name);
  });

  for (const name of clientNames) {
    const profile = clientProfiles[name];
    const recipes = recipesOf(profile, plain);

    it(`${name}: it has the recipes it should have`, () => {
      assert.equal(typeof recipes['expectName'], 'string');
      assert.equal(typeof recipes['expectNameByName'], 'string');
      assert.equal(recipes['keepHostHeader'] === null, profile.hostHeader === 'none');
      assert.equal(recipes['verifyName'] !== null, profile.checkedForDns === 'not-checked');
      assert.equal(recipes['expectProxyName'] !== null, profile.proxyNameOption !== undefined);
      assert.equal(typeof profile.addCa({ ...plain, name: 'dialled.test' }), 'string');
      assert.ok(profile.traps.length > 0);
      for (const trap of profile.traps) assert.match(trap, /^\S[^\n]*[^.\n]\.$/);
    });

    it(`${name}: a recipe is short, imports what it uses and ends with a newline`, () => {
      for (const code of Object.values(recipes)) {
        if (code === null) continue;
        assert.ok(code.trim().split('\n').length <= 12, code);
        assert.match(code, /^import .*;\n/);
        assert.match(code, /[^\n]\n$/);
        assert.ok(
          code.split('\n').every((line) => line.length <= 110),
          code,
        );
        if (profile.package !== null) assert.match(code, new RegExp(`from '${profile.package}(/promise)?';`));
      }
    });

    it(`${name}: nothing in it weakens verification`, () => {
      for (const text of [...Object.values(recipes), ...profile.traps]) {
        assert.doesNotMatch(
          text ?? '',
          /rejectUnauthorized|ignoreTLS|TLS_REJECT_UNAUTHORIZED|tlsAllowInvalid|tlsInsecure|no-verify|insecure|strictSSL|: false|undefined/i,
        );
        // A check of one's own may only be Node's, for another name.
        const own = (text ?? '').match(/checkServerIdentity(?=:)[^\n]*/g) ?? [];
        for (const check of own) {
          assert.match(check, /^checkServerIdentity: \(_host, certificate\) => checkServerIdentity\('/);
        }
      }
    });

    it(`${name}: a proxy is taken from the environment, for its URL may hold credentials`, () => {
      const uses = Object.values(recipes).filter((code) => /proxyagent/i.test(code ?? ''));
      assert.equal(uses.length > 0, profile.expectProxyName !== undefined);
      for (const code of uses) assert.match(code ?? '', /process\.env\.HTTPS_PROXY/);
      assert.equal(recipes['expectProxyName']?.includes(plain.dial) ?? false, false);
    });

    it(`${name}: a CA is added to the default roots, which ca alone would replace`, () => {
      const code = profile.addCa({ ...plain, name: 'dialled.test' });
      assert.ok(code?.includes(`[...rootCertificates, readFileSync('ca.pem', 'utf8')]`));
    });

    it(`${name}: an address never becomes a server name`, () => {
      for (const address of ['192.0.2.1', '::1', '2001:db8::1']) {
        assert.equal(profile.expectName({ ...plain, name: address }), null);
        assert.equal(profile.keepHostHeader({ ...plain, name: address }), null);
        assert.equal(profile.verifyName?.({ ...plain, name: address }) ?? null, null);
        assert.equal(profile.expectProxyName?.({ name: address }) ?? null, null);
        assert.doesNotMatch(profile.addCa({ ...plain, name: address }) ?? '', /server_?name|target_name/i);
      }
    });

    it(`${name}: the name is sent in its normal form`, () => {
      const code = profile.expectName({ ...plain, name: 'B\u00dccher.Test.' });
      assert.equal(code, profile.expectName({ ...plain, name: 'xn--bcher-kva.test' }));
      assert.ok(code?.includes(`'xn--bcher-kva.test'`));
    });

    it(`${name}: no value gets out of its string`, () => {
      const kinds = ['dial', 'name', 'hostHeader', 'file'] as const;
      for (const text of hostile) {
        for (const kind of kinds) {
          const found = recipesOf(profile, { ...plain, [kind]: text });
          for (const [recipe, code] of Object.entries(found)) {
            if (code === null) continue;
            assert.equal(remains(code), remains(recipes[recipe] ?? ''));
            assert.match(code, /^[\x20-\x7e\n]*$/);
          }
          if (kind === 'file' && found['addCa'] !== null) {
            assert.ok(stringsOf(found['addCa'] ?? '').includes(text));
          }
        }
      }
    });

    it(`${name}: values that are no name, address, Host or port get no recipe`, () => {
      for (const text of [...hostile, '', 'a b', 'a:443', 'user@a.test', 'a/b', '*.a.test']) {
        assert.equal(profile.expectName({ ...plain, name: text }), null);
        assert.equal(profile.expectName({ ...plain, dial: text }), null);
        assert.equal(profile.verifyName?.({ ...plain, name: text }) ?? null, null);
        assert.equal(profile.expectProxyName?.({ name: text }) ?? null, null);
        assert.equal(profile.addCa({ ...plain, name: text }), null);
        if (text !== 'a:443') assert.equal(profile.keepHostHeader({ ...plain, hostHeader: text }), null);
      }
      for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
        assert.equal(profile.expectName({ ...plain, port }), null);
      }
    });
  }
});

describe('client recipes are modules', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'altname-recipes-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('that parse, with plain and with hostile values', async () => {
    // One module with a block for each recipe; imports may stand only at the top, and once.
    const imports = new Set<string>();
    const blocks: string[] = [];
    for (const name of clientNames) {
      for (const file of ['ca.pem', ...hostile]) {
        for (const code of Object.values(recipesOf(clientProfiles[name], { ...plain, file }))) {
          const lines = (code ?? '').split('\n');
          lines.filter((line) => line.startsWith('import ')).forEach((line) => imports.add(line));
          blocks.push(`{\n${lines.filter((line) => !line.startsWith('import ')).join('\n')}}`);
        }
      }
    }
    const separate = [...imports].map((line, at) =>
      line.replace(/^import .* from/, `import * as _${at} from`),
    );
    const file = join(folder, 'recipes.mjs');
    await writeFile(file, [...separate, ...blocks].join('\n'));
    await promisify(execFile)(process.execPath, ['--check', file]);
  });
});
