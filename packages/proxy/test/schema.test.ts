import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createProxy, readConfigFile } from '@altname/proxy';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { scratch, testAuthority } from './authority.ts';

const require = createRequire(import.meta.url);
const schema = require('@altname/proxy/schema.json') as AnySchemaObject;
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const dir = await scratch();
const authority = await testAuthority();
const leaf = await authority.issue('a.test');
await mkdir(join(dir, 'certificates'));
for (const [name, content] of Object.entries({
  'ca.pem': authority.root,
  'company-ca.pem': authority.root,
  'front.pem': leaf.cert,
  'front-key.pem': leaf.key,
})) {
  await writeFile(join(dir, name), content);
}

let files = 0;

/** What the reader says of a configuration; null when nothing. */
async function told(options: unknown): Promise<string | null> {
  const path = join(dir, `proxy-${++files}.json`);
  await writeFile(path, JSON.stringify(options));
  try {
    await readConfigFile(path);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** An object of the schema: where it stands, and what may stand in it. */
interface Place {
  /** `upstreams.*.health`; empty for the whole. */
  readonly path: string;
  readonly keys: ReadonlyMap<string, AnySchemaObject>;
}

function resolved(given: AnySchemaObject): AnySchemaObject {
  const { $ref: ref, ...own } = given as { $ref?: string };
  if (ref === undefined) return given;
  return {
    ...resolved((schema['$defs'] as Record<string, AnySchemaObject>)[ref.replace('#/$defs/', '')] ?? {}),
    ...own,
  };
}

/** Every object of the schema but `{ file }`; several for one place where it is one of several. */
function* placesOf(given: AnySchemaObject, path: string): Generator<Place> {
  const node = resolved(given);
  for (const each of [node['then'], node['else'], ...((node['oneOf'] as unknown[] | undefined) ?? [])]) {
    if (each !== undefined) yield* placesOf(each as AnySchemaObject, path);
  }
  if (node['items'] !== undefined) yield* placesOf(node['items'] as AnySchemaObject, `${path}[]`);
  if (typeof node['additionalProperties'] === 'object') {
    yield* placesOf(node['additionalProperties'] as AnySchemaObject, `${path}.*`);
  }
  const properties = (node['properties'] ?? {}) as Record<string, AnySchemaObject>;
  const keys = new Map(Object.entries(properties).map(([key, each]) => [key, resolved(each)]));
  if (keys.size === 0 || keys.has('file') || node['if'] !== undefined) return;
  yield { path, keys };
  for (const [key, each] of Object.entries(properties)) {
    yield* placesOf(each, path === '' ? key : `${path}.${key}`);
  }
}

function isTcp({ path, keys }: Place): boolean {
  return path === 'upstreams.*' && !keys.has('host');
}

const places = [...placesOf(schema, '')];
const paths = new Set(places.flatMap(({ path, keys }) => [...keys.keys()].map((key) => below(path, key))));

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** A configuration in which all is right but one key at this place, which nobody reads. */
function withWrongKey({ path, keys }: Place): unknown {
  const to = isTcp({ path, keys }) ? 'tcp://a.test:1' : 'https://a.test';
  const tls = path.startsWith('tls.') ? { tls: { development: true } } : {};
  const base: Record<string, unknown> = { listen: 0, upstreams: { a: { to } }, ...tls };
  let at = base as Record<string, Record<string, unknown>>;
  for (const part of path === '' ? [] : path.replaceAll('[]', '.0').replaceAll('*', 'a').split('.')) {
    const next = at[part];
    at = (at[part] = (typeof next === 'object' ? next : {}) as Record<string, unknown>) as typeof at;
  }
  (at as Record<string, unknown>)['no-such-key'] = 1;
  return JSON.parse(JSON.stringify(base, (_, value: unknown) => asLists(value)));
}

/** Objects whose one key is 0 stand for lists. */
function asLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '0')) return value;
  return [(value as Record<string, unknown>)['0']];
}

/** The keys that the reader has at a place: what it says where another is given. Null when it reads no object there. */
async function keysOfReader(place: Place): Promise<string[] | null> {
  const message = (await told(withWrongKey(place))) ?? '';
  const [, list] = /no-such-key: there is no such option \(([^)]*)\)/.exec(message) ?? [];
  if (list === undefined) return null;
  const isFunction = async (key: string): Promise<boolean> =>
    place.path === '' && ((await told({ ...base, [key]: 1 })) ?? '').includes('a function is expected');
  const kept = await Promise.all(list.split(', ').map(async (key) => ((await isFunction(key)) ? [] : [key])));
  return kept.flat();
}

/** The rows of the table of options: what stands in the first column, the meaning, and what holds unless told. */
const rows = [
  ...(readme.split('\n## Options\n')[1]?.split('\n## ')[0] ?? '').matchAll(
    /^\| `([^`]+)`(.*?)\|(.*)\|(.*)\|$/gm,
  ),
].map(([, key = '', more = '', meaning = '', usual = '']) => ({
  key,
  meaning: more + meaning,
  usual: usual.trim(),
}));

/** Whether the row of a key above has this one in its words, `name` or in `{ cert, key }`; or those below have rows. */
function isInOtherRow(path: string): boolean {
  const [, above = '', key = ''] = /^(.*?)\.?([\w-]+)$/.exec(path) ?? [];
  const word = new RegExp(`(?<![\\w-])${key}(?![\\w-])`);
  return rows.some(
    (row) =>
      row.key.startsWith(`${path}.`) ||
      (`${above}.`.startsWith(`${row.key}.`) &&
        [...row.meaning.matchAll(/`([^`]*)`/g)].some(([, code = '']) => word.test(code))),
  );
}

const to = 'https://a.test';
const base = { listen: 0, upstreams: { a: { to } } };
const upstream = (more: object): unknown => ({ ...base, upstreams: { a: { to, ...more } } });
const pair = { cert: { file: 'front.pem' }, key: { file: 'front-key.pem' } };
const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const tolerate = { cause: 'www-or-apex', where: 'development', reason: 'ordered', until };

/** Configurations, and whether they are good. What a schema cannot say (a key that nobody has) is in other tests. */
const judged: readonly [unknown, boolean][] = [
  [base, true],
  [{ ...base, listen: '127.0.0.1:8443' }, true],
  [{ ...base, listen: '[::1]:8443' }, true],
  [{ ...base, listen: 65_536 }, false],
  [{ ...base, listen: 1.5 }, false],
  [{ ...base, listen: 'here' }, false],
  [{ ...base, listen: true }, false],
  [{ upstreams: base.upstreams }, false],
  [{ listen: 0 }, false],
  [{ ...base, upstreams: {} }, false],
  [{ ...base, upstreams: [] }, false],
  [{ ...base, upstreams: { 'a b': { to } } }, false],
  [{ ...base, lisen: 1 }, false],
  [{ ...base, onAccess: 'print' }, false],
  [{ ...base, tls: pair }, true],
  [{ ...base, tls: { ...pair, minVersion: 'TLSv1.3' } }, true],
  [{ ...base, tls: { ...pair, minVersion: 'TLSv1.1' } }, false],
  [{ ...base, tls: { cert: pair.cert } }, false],
  [{ ...base, tls: { ...pair, dir: 'x' } }, false],
  [{ ...base, tls: { ...pair, clientCertificates: { ca: { file: 'ca.pem' }, required: false } } }, true],
  [{ ...base, tls: { ...pair, clientCertificates: { required: true } } }, false],
  [{ ...base, tls: { ...pair, clientCertificates: { ca: { file: 'ca.pem' }, required: 'no' } } }, false],
  [{ ...base, tls: { dir: 'certificates', default: 'a.test' } }, true],
  [{ ...base, tls: { dir: 'certificates', names: ['a.test'] } }, false],
  [{ ...base, tls: { development: true, names: ['a.local'] } }, true],
  [{ ...base, tls: { development: false } }, false],
  [{ ...base, tls: {} }, false],
  [{ ...base, tls: 'front.pem' }, false],
  [upstream({ name: 'b.test', ca: { file: 'ca.pem' }, host: 'upstream', connections: 10 }), true],
  [upstream({ ca: 'ca.pem' }), false],
  [upstream({ ca: { path: 'ca.pem' } }), false],
  [upstream({ cert: pair.cert, key: pair.key }), true],
  [upstream({ host: 'a b' }), false],
  [upstream({ host: 'b.test:8443' }), true],
  [upstream({ connections: 0 }), false],
  [upstream({ proxyProtocol: 'v1' }), true],
  [upstream({ proxyProtocol: 'v3' }), false],
  [upstream({ connections: '10' }), false],
  // altname-ignore-next-line no-disabled-verification: a configuration that is refused
  [upstream({ rejectUnauthorized: false }), false],
  [upstream({ to: 'ftp://a.test' }), false],
  [upstream({ to: 'https://a.test/base' }), false],
  [upstream({ to: 'a.test' }), false],
  [upstream({ tolerate }), true],
  [upstream({ tolerate: { ...tolerate, where: 'production' } }), false],
  [upstream({ tolerate: { ...tolerate, cause: 'expired' } }), false],
  [upstream({ tolerate: { ...tolerate, until: 'tomorrow' } }), false],
  [upstream({ tolerate: { ...tolerate, reason: ' ' } }), false],
  [upstream({ tolerate: true }), false],
  [{ ...base, routes: [{ host: '*.a.test', path: '/api', to: 'a' }] }, true],
  [{ ...base, routes: [] }, false],
  [{ ...base, routes: [{ path: '/' }] }, false],
  [{ ...base, routes: [{ path: 'api', to: 'a' }] }, false],
  [{ ...base, routes: [{ to: 'a', hosts: ['a.test'] }] }, false],
  [{ ...base, trust: ['10.0.0.0/8', '::1'] }, true],
  [{ ...base, trust: '10.0.0.0/8' }, false],
  [{ ...base, trust: ['everybody'] }, false],
  [{ ...base, timeouts: { idle: 1000 } }, true],
  [{ ...base, timeouts: { idle: 0 } }, false],
  [{ ...base, timeouts: { idle: '5s' } }, false],
  [{ ...base, timeouts: { slow: 1 } }, false],
  [{ ...base, limits: { head: 2048, body: 0 } }, true],
  [{ ...base, limits: { head: 1 } }, false],
  [{ ...base, limits: { body: -1 } }, false],
  [{ ...base, limits: { connections: 1 } }, true],
  [{ ...base, limits: { connections: 0 } }, false],
  [{ ...base, admin: { listen: 9000 } }, true],
  [{ ...base, admin: { port: 9000 } }, false],
  [{ ...base, admin: { listen: 'systemd' } }, false],
  [[], false],
  ['listen', false],
];

describe('the JSON Schema of the configuration file', () => {
  it('has the keys that the reader has', async () => {
    const groups = new Map<string, Place[]>();
    for (const place of places) {
      const id = `${place.path}${isTcp(place) ? ' of tcp://' : ''}`;
      groups.set(id, [...(groups.get(id) ?? []), place]);
    }
    const wrong: string[] = [];
    for (const [first, ...more] of groups.values()) {
      assert.ok(first);
      const inSchema = new Set([first, ...more].flatMap(({ keys }) => [...keys.keys()]));
      const read = await keysOfReader(first);
      if (read === null) {
        wrong.push(`the reader has no object at ${first.path}`);
        continue;
      }
      for (const key of read) {
        if (!inSchema.has(key))
          wrong.push(`schema.json lacks ${below(first.path, key)}, which the reader knows`);
      }
      for (const key of inSchema) {
        if (!read.includes(key))
          wrong.push(`the reader lacks ${below(first.path, key)}, which schema.json has`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('says of each key what it is for', () => {
    const silent = places.flatMap(({ path, keys }) =>
      [...keys].flatMap(([key, { description }]) =>
        typeof description === 'string' ? [] : [below(path, key)],
      ),
    );
    assert.deepEqual(silent, []);
  });

  it('is the table of the README: each key has a row, or stands in that of one above it, with the same default', async () => {
    const wrong: string[] = [];
    for (const place of places) {
      const { path, keys } = place;
      const read = new Set((await keysOfReader(place)) ?? []);
      for (const [key, node] of keys) {
        // What `tolerate` of the client takes is in its own README.
        if (!read.has(key) || path.endsWith('.tolerate')) continue;
        const full = below(path, key).replaceAll('[]', '');
        const own = rows.find((row) => row.key === full);
        if (own === undefined && !isInOtherRow(full)) wrong.push(`the table of options lacks ${full}`);
        const usual = node['default'] as unknown;
        if (
          own !== undefined &&
          !isTcp(place) &&
          typeof usual === 'number' &&
          !own.usual.includes(usual.toLocaleString('en'))
        ) {
          wrong.push(`${full}: ${usual} in schema.json, ${own.usual} in the table`);
        }
      }
    }
    const known = new Set([...paths].map((path) => path.replaceAll('[]', '')));
    for (const { key } of rows) {
      const isFunction = /^on[A-Z]/.test(key);
      if (!isFunction && key !== 'upstreams.*' && !known.has(key))
        wrong.push(`schema.json lacks ${key} of the table`);
    }
    assert.ok(rows.length > 10);
    assert.deepEqual(wrong, []);
  });

  it('has the defaults of the reader', async () => {
    const path = join(dir, 'proxy.json');
    await writeFile(path, JSON.stringify({ listen: 0, upstreams: { a: { to: 'https://a.test' } } }));
    const { config } = createProxy(await readConfigFile(path));
    const values: Record<string, unknown> = {
      timeouts: config.timeouts,
      limits: config.limits,
      'upstreams.*': config.upstreams[0],
    };
    for (const place of places) {
      const found = isTcp(place) ? undefined : (values[place.path] as Record<string, unknown> | undefined);
      if (found === undefined) continue;
      for (const [key, node] of place.keys) {
        if (node['default'] !== undefined && Object.hasOwn(found, key))
          assert.equal(found[key], node['default'], below(place.path, key));
      }
    }
  });

  for (const [options, isGood] of judged) {
    it(`judges as the reader does: ${isGood ? 'good' : 'bad'} ${JSON.stringify(options)?.slice(0, 150)}`, async () => {
      assert.equal((await told(options)) === null, isGood, (await told(options)) ?? 'nothing is wrong');
      assert.equal(validate(options), isGood, JSON.stringify(validate.errors?.slice(0, 3)));
    });
  }

  it('takes the file that CONFIGURATION.md shows, as the reader does', async () => {
    const shown = readFileSync(new URL('../../CONFIGURATION.md', import.meta.url), 'utf8');
    const [, text = ''] = /```yaml\n(.*?)```/s.exec(shown) ?? [];
    assert.match(text, /upstreams:/);
    const path = join(dir, 'proxy.yaml');
    await writeFile(path, text.replaceAll('/etc/certificates', join(dir, 'certificates')));
    await readConfigFile(path);
    assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
  });
});
