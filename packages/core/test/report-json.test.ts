import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { findingGroups } from '../src/diagnosis/catalogue.ts';
import { clientNames } from '../src/diagnosis/clients/index.ts';
import type { Actor, Certainty, Severity, Verdict } from '../src/diagnosis/diagnosis.ts';
import type { Outcome, PlainProtocol, TrustStore } from '../src/diagnosis/evidence.ts';
import type { OtherName, SanState } from '../src/names/presented.ts';
import { purposeText } from '../src/report/attempts.ts';
import { formatJson } from '../src/report/json.ts';
import { originText } from '../src/report/origin.ts';
import { diagnoses, diagnosisOf } from './golden.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../../docs/diagnosis.schema.json', import.meta.url), 'utf8'),
) as AnySchemaObject;

const options = { strict: true, allowUnionTypes: true, allErrors: true };
const validate = new Ajv2020(options).compile(schema);
/** The schema leaves room for keys of later releases; what this release writes is all in it. */
const validateClosed = new Ajv2020(options).compile(closed(schema) as AnySchemaObject);

for (const [name, diagnosis] of Object.entries(diagnoses)) {
  test(`json: ${name}`, () => {
    const line = formatJson(diagnosis);
    assert.doesNotMatch(line, /\n/);
    const parsed: unknown = JSON.parse(line);
    assert.deepEqual(parsed, diagnosis, 'nothing is lost, and nothing added');
    accepts(validate, parsed);
    accepts(validateClosed, parsed);
  });
}

test('the keys come in the order of the documentation', () => {
  const { otherLeaves, ...rest } = diagnosisOf('sni-from-host-header');
  assert.ok(otherLeaves);
  const shuffled = Object.fromEntries(Object.entries(rest).toReversed()) as unknown as typeof rest;
  assert.deepEqual(Object.keys(JSON.parse(formatJson(shuffled)) as object).slice(0, 9), [
    'version',
    'target',
    'verdict',
    'names',
    'cause',
    'findings',
    'fixes',
    'attempts',
    'node',
  ]);
});

test('the schema refuses what is no diagnosis', () => {
  const good = diagnosisOf('wildcard-depth');
  for (const bad of [
    {},
    { ...good, version: 2 },
    { ...good, verdict: 'fine' },
    { ...good, cause: { ...good.cause, code: 'no-such-code' } },
    { ...good, names: { ...good.names, sent: 'api.eu.example.com' } },
    { ...good, attempts: [{ ...good.attempts[0], outcome: { kind: 'handshake' } }] },
  ]) {
    assert.equal(validate(bad), false);
  }
  assert.equal(validate({ ...good, later: 1 }), true, 'keys may be added');
  assert.equal(validateClosed({ ...good, later: 1 }), false);
});

test('the schema and the types hold the same words', () => {
  // Typed as records, so that a word that is added to a type is missed here.
  const outcomes: Record<Outcome['kind'], 1> = {
    handshake: 1,
    alert: 1,
    refused: 1,
    unreachable: 1,
    timeout: 1,
    reset: 1,
    'not-tls': 1,
    'starttls-failed': 1,
    'client-refused': 1,
    error: 1,
  };
  const plain: Record<PlainProtocol, 1> = {
    http: 1,
    smtp: 1,
    lmtp: 1,
    imap: 1,
    pop3: 1,
    ftp: 1,
    sieve: 1,
    nntp: 1,
    ssh: 1,
    mysql: 1,
    postgres: 1,
    ldap: 1,
    xmpp: 1,
    redis: 1,
  };
  const stores: Record<TrustStore['used'][number], 1> = {
    bundled: 1,
    system: 1,
    openssl: 1,
    extra: 1,
    ca: 1,
  };
  const sans: Record<SanState, 1> = { present: 1, absent: 1, malformed: 1, duplicate: 1 };
  const others: Record<OtherName['type'], 1> = {
    email: 1,
    uri: 1,
    directory: 1,
    'registered-id': 1,
    x400: 1,
    edi: 1,
    other: 1,
  };
  const verdicts: Record<Verdict, 1> = { accepted: 1, refused: 1, unreachable: 1 };
  const severities: Record<Severity, 1> = { error: 1, warning: 1, note: 1 };
  const actors: Record<Actor, 1> = { client: 1, server: 1, issuer: 1, dns: 1 };
  const certainties: Record<Certainty, 1> = { certain: 1, likely: 1, 'needs-your-values': 1 };
  const defs = schema['$defs'] as Record<string, Shape>;
  const outcomeKinds = defs['outcome']?.oneOf?.map(({ properties }) => properties?.['kind']?.const ?? '');
  const pairs: [name: string, words: Iterable<string>, of: readonly string[] | undefined][] = [
    ['code', Object.values(findingGroups).flat(), defs['code']?.enum],
    ['client', clientNames, defs['client']?.enum],
    ['origin', Object.keys(originText), defs['origin']?.enum],
    ['purpose', Object.keys(purposeText), defs['attempt']?.properties?.['purpose']?.enum],
    ['outcome', Object.keys(outcomes), outcomeKinds],
    ['plain protocol', Object.keys(plain), defs['plainProtocol']?.enum],
    ['trust store', Object.keys(stores), defs['trust']?.properties?.['used']?.items?.enum],
    ['san', Object.keys(sans), defs['presented']?.properties?.['san']?.enum],
    [
      'other name',
      Object.keys(others),
      defs['presented']?.properties?.['others']?.items?.properties?.['type']?.enum,
    ],
    ['verdict', Object.keys(verdicts), (schema as Shape).properties?.['verdict']?.enum],
    ['severity', Object.keys(severities), defs['finding']?.properties?.['severity']?.enum],
    ['who', Object.keys(actors), defs['fix']?.properties?.['who']?.enum],
    ['sure', Object.keys(certainties), defs['fix']?.properties?.['sure']?.enum],
  ];
  for (const [name, words, of] of pairs) assert.deepEqual([...(of ?? [])].sort(), [...words].sort(), name);
});

test('what a terminal would obey is escaped, and the data is the same', () => {
  const target = 'a\u009b2J\u202eb\u{e0041}\u2028c\u007f\u001b\ud800';
  const line = formatJson({ ...diagnosisOf('accepted'), target });
  assert.match(line, /"target":"a\\u009b2J\\u202eb\\udb40\\udc41\\u2028c\\u007f\\u001b\\ud800"/);
  assert.equal((JSON.parse(line) as { target: string }).target, target);
});

interface Shape {
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly items?: Shape;
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
}

function accepts(check: ValidateFunction, value: unknown): void {
  assert.ok(check(value), JSON.stringify(check.errors, null, 2));
}

/** The schema with no room for keys that it does not name. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return copy['type'] === 'object' && 'required' in copy ? { ...copy, additionalProperties: false } : copy;
}
