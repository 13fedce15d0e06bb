import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createProxy, openConfigFile, readConfigFile, type UpstreamOptions } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { ask } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

const dir = await scratch();
const authority = await testAuthority();
const leaf = await authority.issue('a.test');
await mkdir(join(dir, 'pki'));
await Promise.all([
  writeFile(join(dir, 'pki', 'ca.pem'), authority.root),
  writeFile(join(dir, 'pki', 'leaf.pem'), leaf.cert),
  writeFile(join(dir, 'pki', 'leaf.key'), leaf.key),
]);
const up = 'upstreams: { a: { to: "https://a.test" } }\n';
const base = `listen: 0\n${up}`;
const date = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

/** The message for a file, without its directory. */
async function messageFor(name: string, text: string | Buffer): Promise<string> {
  const path = await file(name, text);
  try {
    await readConfigFile(path);
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    assert.match(code ?? '', /^ALTNAME_(?:BAD_OPTION|TOLERATION_OVER)$/);
    return message.replaceAll(`${dir}/`, '');
  }
  return 'nothing is wrong';
}

/** What is written, and what is said of it. */
const yaml: readonly [string, string | RegExp][] = [
  ['', '1:1: it is empty'],
  ['# nothing\n', '1:1: it is empty'],
  ['- a\n', /^1:1: configuration: an object with listen, /],
  [
    `listen: 8443\nupstreams:\n  api:\n    to: http//x\n`,
    '4:5: upstreams.api.to "http//x": it is no URL; https://host:port is expected',
  ],
  [
    `listen: 0\nupstreams:\n  api:\n    to: https://10.0.0.5\n`,
    /^3:3: upstreams\.api\.name: 10\.0\.0\.5 is an address/,
  ],
  [`${base}lisen: 1\n`, /^3:1: lisen: there is no such option; did you mean listen\? \(listen, tls, /],
  [
    `listen: here\nupstream: 1\n${up}timeout: 1\nroutes: [{ to: a, hosts: x }]\n`,
    /^2:1: upstream: there is no such option; did you mean upstreams\?.*\n.*:4:1: timeout: .*did you mean timeouts\?/,
  ],
  [`${base}__proto__: { x: 1 }\n`, /^3:1: __proto__: there is no such option/],
  [`${base}<<: { trust: [] }\n`, /^3:1: "<<": there is no such option/],
  [`${base}listen: 1\n`, '4:1: listen: it is there twice'.replace('4', '3')],
  [`listen: 8443:\n${up}`, /^1:9: Nested mappings are not allowed.*stands in quotes$/],
  [`listen: [::1]:8443\n${up}`, /^1:\d+: .*stands in quotes$/],
  [`listen: 0777\n${up}`, '1:9: listen: 0777: a number is written in decimal, a text in quotes'],
  [`listen: 0x1bb\n${up}`, /^1:9: listen: 0x1bb: a number/],
  [`listen: 1_000\n${up}`, /^1:1: listen "1_000": a port/],
  [`listen: 22:30\n${up}`, /^1:1: listen "22:30": /],
  [`${base}timeouts: { idle: 5s }\n`, /^3:13: timeouts\.idle: whole milliseconds/],
  [`${base}timeouts: { idle: 1e3 }\n`, /^3:19: timeouts\.idle: 1e3: a number is written in decimal/],
  [`${base}tls: { development: on }\n`, /^3:8: tls\.development: true is expected/],
  [`${base}tls:\n`, '3:1: tls: it has no value; leave the key out, or give one'],
  [`${base}trust: [ ~ ]\n`, /^3:10: trust\[0\]: it has no value/],
  [`${base}trust: 10.0.0.0/8\n`, /^3:1: trust: a list of ranges/],
  [`${base}trust:\n  - 10.0.0.0/8\n  - 10.0.0.0/99\n`, /^5:5: trust\[1\]: "10\.0\.0\.0\/99"/],
  [
    `${base}routes:\n  - { host: *.a.test, to: a }\n`,
    /^4:13: routes\[0\]\.host: \* begins an alias.*'\*\.a\.test'$/,
  ],
  [`${base}routes:\n  - host: a..test\n    to: a\n`, /^4:5: routes\[0\]\.host: "a\.\.test" is no name/],
  [`${base}tls: !include tls.yaml\n`, /^3:15: tls: the tag !include is not read$/],
  [`${base}tls: !!binary aGk=\n`, /^3:\d+: tls: the tag tag:yaml\.org,2002:binary is not read$/],
  [`%YAML 1.1\n---\n${base}`, '1:1: YAML 1.2 is read, and no other version'],
  [`${base}---\n${base}`, /^3:\d+: a second document; one is read|^4:1: a second document; one is read/],
  [`? { a: 1 }\n: 2\n`, '1:3: a key is expected that is a text'],
  [`listen: 0\n\tupstreams: 1\n`, /^2:1: /],
  ['['.repeat(100_000), '1:51: nested more than 50 deep'],
  [`${'- '.repeat(100_000)}a`, /^1:\d+: nested more than 50 deep$/],
  [
    `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefgh'.replace(/./g, (x, at: number) => `${x}: &${x} [${`*${'abcdefg'[at]},`.repeat(9)}]\n`)}`,
    /^\d:\d+: aliases stand for too much$/,
  ],
  [`a: &a { b: *a }\n`, /^1:12: a\.b\.b: an alias of what it stands in$|^1:12: a\.b: an alias/],
  [`${base}onAccess: print\n`, /^3:1: onAccess: a function is expected/],
  [
    `${base.replace('"https://a.test"', `"https://a.test", ca: { file: none.pem }`)}`,
    /^2:37: upstreams\.a\.ca "pki\/\.\.\/none\.pem": |^2:\d+: upstreams\.a\.ca "none\.pem": there is no such file$/,
  ],
  [
    `listen: 0\nupstreams:\n  a:\n    to: https://a.test\n    tolerate: { cause: expired, until: ${date}, reason: x, where: development }\n`,
    /^5:17: upstreams\.a\.tolerate\.cause: expired cannot be tolerated/,
  ],
  [
    `listen: 0\nupstreams:\n  a:\n    to: https://a.test\n    tolerate: { cause: www-or-apex, until: 2020-01-01, reason: x, where: development }\n`,
    /^5:5: upstreams\.a\.tolerate: www-or-apex of a\.test was tolerated until 2020-01-01/,
  ],
  [
    `listen: 0\nupstreams:\n  a:\n    to: https://a.test\n    tolerate: { cause: www-or-apex, until: ${date}, reason: x }\n`,
    /^5:5: upstreams\.a\.tolerate\.where: 'development' is the only place/,
  ],
];

const json: readonly [string, string | RegExp][] = [
  ['', '1:1: it ends where value is expected'],
  ['{"listen": 0,\n}', '2:1: a comma before }'],
  ['{"trust": [1,]}', '1:14: a comma before ]'],
  ['{"listen": 0 "tls": 1}', '1:14: , or } is expected'],
  ["{'listen': 0}", '1:2: strings stand in double quotes'],
  ['{listen: 0}', '1:2: a key or } in double quotes is expected'],
  ['{\n  // a\n}', '2:3: JSON has no comments; YAML has'],
  ['{"listen": 0', '1:13: it ends where , or } is expected'],
  ['{"listen": 01}', '1:12: value is expected'],
  ['{"listen": "a\n"}', /^1:12: a string that does not end/],
  ['{"listen": "\\x"}', /^1:12: a string that does not end, or with an escape/],
  ['{"listen": 0}}', '1:14: nothing more is expected'],
  ['{"listen": NaN}', '1:12: value is expected'],
  ['{\n\t"listen": 0,\n\t"listen": 1\n}', '3:2: listen: it is there twice'],
  ['{"listen": null, "upstreams": {}}', /^1:12: listen: it has no value/],
  [
    '{\n\t"listen": "8443",\n\t"upstreams": {\n\t\t"a": { "to": "ftp://a.test" }\n\t}\n}',
    /^4:10: upstreams\.a\.to "ftp:\/\/a\.test": /,
  ],
];

describe('what is wrong in a configuration file is told with its line, column and key', () => {
  for (const [name, table] of [
    ['proxy.yaml', yaml],
    ['proxy.json', json],
  ] as const) {
    for (const [text, expected] of table) {
      it(`${name}: ${JSON.stringify(text.slice(0, 90))}`, async () => {
        const message = await messageFor(name, text);
        assert.ok(message.startsWith(`${name}:`), message);
        const told = message.slice(name.length + 1);
        if (typeof expected === 'string') assert.equal(told, expected);
        else assert.match(told, expected);
        assert.ok(message.split('\n').length <= 10);
      });
    }
  }

  it('a file that cannot be read', async () => {
    await assert.rejects(readConfigFile(join(dir, 'none.yaml')), /none\.yaml: there is no such file$/);
    await assert.rejects(readConfigFile(dir), /: it is a directory; a file is expected$/);
    const pipe = join(dir, 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    await assert.rejects(readConfigFile(pipe), /pipe: it is no regular file$/);
    assert.equal(
      await messageFor('large.yaml', `# ${'x'.repeat(1024 * 1024)}`),
      'large.yaml: it has over 1 MiB; a configuration is expected',
    );
    assert.equal(
      await messageFor('latin.yaml', Buffer.from([0x61, 0x3a, 0xe9])),
      'latin.yaml: it is not in UTF-8',
    );
  });

  it('at most ten lines, however much it is', async () => {
    const many = Array.from({ length: 30 }, (_, at) => `wrong${at}: 1\n`).join('');
    assert.equal((await messageFor('many.yaml', base + many)).split('\n').length, 10);
  });

  it('what comes from a file is escaped before it is told', async () => {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(await messageFor('escape.yaml', `${base}"\\e[31m\\n": 1\n`), /[\u0000-\u001f]/);
  });
});

describe('a configuration file', () => {
  it('in YAML says the same as one in JSON, and paths are from where it is', async () => {
    const text = `
# A comment, and an anchor.
listen: "127.0.0.1:0"
tls:
  cert: { file: pki/leaf.pem }
  key: { file: ./pki/leaf.key }
upstreams:
  a: &a
    to: https://a.test
    ca: &ca { file: pki/ca.pem }
  b:
    to: https://10.0.0.5
    name: b.test
    ca: *ca
routes:
  - { to: a }
  - { host: '*.b.test', path: /api, to: b }
trust: [10.0.0.0/8]
`;
    const options = await readConfigFile(await file('good.yaml', text));
    const { file: ca } = (options.upstreams['a'] as UpstreamOptions).ca as { file: string };
    assert.equal(ca, join(dir, 'pki', 'ca.pem'));
    const asJson = await readConfigFile(await file('good.json', JSON.stringify(options, null, '\t')));
    assert.deepEqual(asJson, options);
    assert.deepEqual(
      await readConfigFile(await file('good.conf', `\ufeff${JSON.stringify(options)}`)),
      options,
    );
    assert.deepEqual(
      createProxy(options).config.routes.map(({ to }) => to),
      ['b', 'a'],
    );
  });

  it('has PEM in it; a fault that is tolerated is declared', async () => {
    const upstream = await startUpstream(await authority.issue('www.b.test'), echo);
    const indented = (pem: string): string => pem.trim().replaceAll('\n', '\n      ');
    const text = `
listen: 127.0.0.1:0
upstreams:
  b:
    to: ${upstream.url}
    name: b.test
    ca: |
      ${indented(authority.root)}
    cert: |
      ${indented(leaf.cert)}
    key: |
      ${indented(leaf.key)}
    tolerate:
      cause: www-or-apex
      where: development
      until: ${date}
      reason: the certificate is ordered
`;
    const options = await readConfigFile(await file('tolerate.yaml', text));
    const proxy = createProxy(options);
    const { port } = await proxy.listen();
    assert.equal((await ask({ port })).status, 200);
    await proxy.close();
  });

  it('is opened before it is judged, for who has more to say', async () => {
    const path = await file('open.yaml', 'listen: 0\nupstreams:\n  a: { to: https://10.0.0.5 }\n');
    const { options, locate } = await openConfigFile(path);
    let told: unknown;
    try {
      createProxy(options);
    } catch (error) {
      told = locate(error);
    }
    assert.match((told as Error).message, /open\.yaml:3:3: upstreams\.a\.name: /);
    const other = new Error('another');
    assert.equal(locate(other), other);
  });
});
