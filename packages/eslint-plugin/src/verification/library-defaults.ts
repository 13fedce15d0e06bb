import type * as ESTree from 'estree';
import { knownStart, knownText, possibleValues } from '../source/known.ts';
import type { Node } from '../source/node.ts';
import { propertyAt, propertyOf } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import type { Call, SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

/** A library that verifies nothing, or not the name, unless it is told to; and is not. */
export interface UnverifiedDefault {
  readonly node: Node;
  readonly library: 'reply-from' | 'mysql2' | 'postgres';
  /** What to put in, and where, if that is one place. */
  readonly object: ESTree.ObjectExpression | undefined;
  readonly value: Node | undefined;
}

export function* unverifiedDefaults(file: SourceFile): Generator<UnverifiedDefault, void> {
  for (const call of file.calls) {
    if (call.callee.type === 'Super') continue;
    const origin = originOf(file, call.callee);
    if (origin !== undefined && mysql2.has(origin)) yield* ofMysql2(file, call);
    else if (origin !== undefined && (origin === 'postgres' || origin === 'postgres.postgres')) {
      yield* ofPostgres(file, call);
    } else yield* ofReplyFrom(file, call);
  }
}

const replyFrom: ReadonlySet<string> = new Set([
  '@fastify/http-proxy',
  '@fastify/http-proxy.fastifyHttpProxy',
  '@fastify/reply-from',
  '@fastify/reply-from.fastifyReplyFrom',
  'fastify-http-proxy',
  'fastify-reply-from',
]);

/** Where @fastify/reply-from can be told to verify. */
const replyFromPaths = [
  ['undici', 'connect', 'rejectUnauthorized'],
  ['undici', 'tls', 'rejectUnauthorized'],
  ['http', 'requestOptions', 'rejectUnauthorized'],
  ['http2', 'sessionOptions', 'rejectUnauthorized'],
] as const;

function* ofReplyFrom(file: SourceFile, call: Call): Generator<UnverifiedDefault, void> {
  const [plugin, options] = call.arguments;
  if (plugin === undefined || plugin.type === 'SpreadElement' || !isRegister(call)) return;
  if (
    options === undefined ||
    options.type === 'SpreadElement' ||
    !replyFrom.has(originOf(file, plugin) ?? '')
  )
    return;
  const target = [...propertyOf(file, options, 'upstream').found, ...propertyOf(file, options, 'base').found];
  if (!target.some(({ node }) => /^https:/i.test(knownStart(file, node)))) return;
  // An undici dispatcher of one's own verifies by itself.
  const given = propertyOf(file, options, 'undici');
  if (
    given.found.some(({ node }) =>
      sourcesOf(file, node).some((source) => source.node.type === 'NewExpression'),
    )
  )
    return;
  for (const path of replyFromPaths) {
    const facts = propertyAt(file, options, path);
    if (facts.found.length > 0 || facts.absent === 'unknown') return;
  }
  const [source] = sourcesOf(file, options);
  const object = source?.node.type === 'ObjectExpression' && given.absent === 'yes' ? source.node : undefined;
  yield { node: plugin, library: 'reply-from', object, value: undefined };
}

function isRegister({ callee }: Call): boolean {
  return (
    callee.type === 'MemberExpression' &&
    callee.property.type === 'Identifier' &&
    callee.property.name === 'register'
  );
}

const mysql2: ReadonlySet<string> = new Set(
  ['mysql2', 'mysql2/promise', 'mysql2/promise.js'].flatMap((name) =>
    ['createConnection', 'createPool', 'createPoolCluster().add'].map((member) => `${name}.${member}`),
  ),
);

function* ofMysql2(file: SourceFile, call: Call): Generator<UnverifiedDefault, void> {
  const options = call.arguments.at(-1);
  if (options === undefined || options.type === 'SpreadElement') return;
  for (const { node } of propertyOf(file, options, 'ssl').found) {
    for (const { node: ssl } of sourcesOf(file, node)) {
      if (ssl.type === 'Literal' && typeof ssl.value === 'string') {
        yield { node: ssl, library: 'mysql2', object: undefined, value: undefined };
      }
      if (ssl.type !== 'ObjectExpression') continue;
      const facts = propertyOf(file, ssl, 'verifyIdentity');
      if (facts.absent === 'yes') yield { node: ssl, library: 'mysql2', object: ssl, value: undefined };
      const isOff = possibleIsFalse(
        file,
        facts.found.map((each) => each.node),
      );
      if (isOff && facts.absent === 'no')
        yield { node: ssl, library: 'mysql2', object: undefined, value: undefined };
    }
  }
}

function possibleIsFalse(file: SourceFile, nodes: readonly Node[]): boolean {
  return (
    nodes.length > 0 &&
    nodes.every((node) =>
      possibleValues(file, node).every(({ known }) => known.kind === 'value' && !known.value),
    )
  );
}

/** Postgres.js verifies nothing with these words; with `verify-full`, `true` or an object it does. */
const loose = /^(?:require|allow|prefer)$/;

function* ofPostgres(file: SourceFile, call: Call): Generator<UnverifiedDefault, void> {
  for (const argument of call.arguments) {
    if (argument.type === 'SpreadElement') continue;
    if (argument === call.arguments[0]) {
      const url = knownText(file, argument) ?? '';
      if (/^postgres(?:ql)?:\/\/.*[?&](?:sslmode|ssl)=(?:require|allow|prefer)\b/.test(url)) {
        yield { node: argument, library: 'postgres', object: undefined, value: undefined };
      }
    }
    for (const { node } of propertyOf(file, argument, 'ssl').found) {
      for (const source of sourcesOf(file, node)) {
        const { node: value } = source;
        if (value.type !== 'Literal' || typeof value.value !== 'string' || !loose.test(value.value)) continue;
        yield { node: value, library: 'postgres', object: undefined, value };
      }
    }
  }
}
