import type * as ESTree from 'estree';
import { misplaced, proxyMisplaced, type Misplaced } from '../clients/misplaced.ts';
import { namesNotSent, overwrittenNames } from '../clients/names-not-sent.ts';
import { proxyOptions } from '../clients/proxies.ts';
import { addProperty, removeFromList, writtenProperty } from '../edit.ts';
import { defineRule, type DefinedRule, type Problem, type Suggestion } from '../rule.ts';
import { possibleValues } from '../source/known.ts';
import { parentOf, type Node } from '../source/node.ts';
import { propertyAt, propertyOf } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import type { Call, SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = 'ignored' | 'renamed' | 'overwritten' | 'notSent' | 'move' | 'rename' | 'unwrap' | 'addName';

interface Options {
  /** Whether a client that sends no server name by itself is told where the file does not say that its host is a name. */
  readonly unknownHosts: boolean;
}

const byOrigin: ReadonlyMap<string, readonly Misplaced[]> = grouped();

function grouped(): Map<string, Misplaced[]> {
  const found = new Map<string, Misplaced[]>();
  for (const row of misplaced) {
    for (const origin of row.origins) found.set(origin, [...(found.get(origin) ?? []), row]);
  }
  return found;
}

export const optionInWrongPlace: DefinedRule = defineRule<Message, Options>({
  name: 'option-in-wrong-place',
  description:
    'An option of TLS stands where its client reads it, and a client that sends no name by itself is given one.',
  words: [
    'servername',
    'serverName',
    'rejectUnauthorized',
    'checkServerIdentity',
    'verifyIdentity',
    'agentOptions',
    'httpsAgent',
    'redis',
    'basic-ftp',
    ['connect', 'undici'],
    ['agent', /\b(?:fetch|axios)\b/],
    [
      /\b(?:ca|minVersion|cert|pfx|dispatcher)\b/,
      /\b(?:axios|undici|fetch|got|pg|postgres|mysql2|nodemailer|tedious|mongodb|amqplib|kafkajs|elasticsearch|https|mqtt)\b/,
    ],
  ],
  messages: {
    ignored: '{{client}} does not read `{{key}}` here: nothing comes of it. It belongs in {{place}}.',
    renamed: '{{client}} does not know `{{key}}` here: nothing comes of it. It goes into {{place}}.',
    overwritten:
      'pg puts the host, {{host}}, in the place of this `servername`: it is used only where the host is an address. Dial the address, or have the name in the hosts file.',
    notSent:
      '{{client}} sends no server name by itself: a server with several sites answers with its default certificate. Give `servername` in {{place}}.',
    move: 'Put it into `{{place}}`',
    rename: 'Call it `{{name}}`',
    unwrap: 'Put its options into `connect`',
    addName: 'Add `servername: {{name}}`',
  },
  suggestions: ['move', 'rename', 'unwrap', 'addName'],
  schema: [
    { type: 'object', properties: { unknownHosts: { type: 'boolean' } }, additionalProperties: false },
  ],
  options: { unknownHosts: false },
  *check(file, options, context) {
    for (const call of file.calls) {
      if (call.callee.type === 'Super') continue;
      const origin = originOf(file, call.callee)?.replace(/^(axios|got)\.(?:create|extend)\(\)/, '$1');
      for (const row of (origin === undefined ? undefined : byOrigin.get(origin)) ?? [])
        yield* ofRow(file, call, row);
    }
    for (const { node } of proxyOptions(file, context.filename)) {
      for (const { at, keys, place } of proxyMisplaced) {
        for (const each of foundAt(file, node, at, keys)) {
          yield { node: each.node, message: 'ignored', data: { client: 'http-proxy', key: each.key, place } };
        }
      }
    }
    for (const { node, host } of overwrittenNames(file))
      yield { node, message: 'overwritten', data: { host } };
    for (const { node, client, place, host, object } of namesNotSent(file, options.unknownHosts)) {
      const name = `'${host ?? ''}'`;
      yield {
        node,
        message: 'notSent',
        data: { client, place },
        suggest:
          object === undefined || host === undefined
            ? []
            : [{ message: 'addName', data: { name }, fix: addProperty(object, `servername: ${name}`) }],
      };
    }
  },
});

function* ofRow(file: SourceFile, call: Call, row: Misplaced): Generator<Problem<Message>, void> {
  for (const index of row.options) {
    const argument = call.arguments[index];
    if (argument === undefined || argument.type === 'SpreadElement') continue;
    if (row.beside !== undefined && propertyOf(file, argument, row.beside).found.length === 0) continue;
    for (const { node, key } of foundAt(file, argument, row.at, row.keys)) {
      const name = row.names?.[key];
      const isRenamed = name !== undefined && row.into === undefined;
      const data = { client: row.client, key, place: row.place };
      yield {
        node,
        message: isRenamed ? 'renamed' : 'ignored',
        data,
        suggest: suggestions(file, node, key, row),
      };
    }
  }
}

/** The options that stand at a path, each where it is written. */
function foundAt(
  file: SourceFile,
  object: Node,
  at: readonly string[],
  keys: readonly string[],
): { node: Node; key: string }[] {
  return propertyAt(file, object, at).found.flatMap(({ node: holder }) =>
    keys.flatMap((key) =>
      propertyOf(file, holder, key).found.flatMap(({ node: value }) => {
        if (
          possibleValues(file, value).every(
            ({ known }) => known.kind === 'value' && known.value === undefined,
          )
        )
          return [];
        const written = parentOf(value);
        return [{ node: written?.type === 'Property' ? written : value, key }];
      }),
    ),
  );
}

function suggestions(file: SourceFile, node: Node, key: string, row: Misplaced): Suggestion<Message>[] {
  if (node.type !== 'Property' || node.method) return [];
  const value = node.value as Node;
  const object = parentOf(node);
  if (object?.type !== 'ObjectExpression') return [];
  const name = row.names?.[key] ?? key;
  if (row.out === true) {
    const outer = parentOf(object);
    const [inner] = sourcesOf(file, value);
    if (
      outer?.type !== 'Property' ||
      object.properties.length !== 1 ||
      inner?.node.type !== 'ObjectExpression'
    )
      return [];
    return [{ message: 'unwrap', fix: (fixer) => fixer.replaceText(object, file.textOf(value)) }];
  }
  if (row.into !== undefined) return moved(file, node, object, `${name}: ${file.textOf(value)}`, row.into);
  if (row.names?.[key] === undefined) return [];
  return [
    {
      message: 'rename',
      data: { name },
      fix: (fixer) => fixer.replaceText(node, `${name}: ${file.textOf(value)}`),
    },
  ];
}

function moved(
  file: SourceFile,
  node: ESTree.Property,
  object: ESTree.ObjectExpression,
  text: string,
  into: string,
): Suggestion<Message>[] {
  const holder = writtenProperty(object, into);
  const data = { place: into };
  if (holder === undefined) {
    // Something that is spread in may have it.
    if (propertyOf(file, object, into).absent !== 'yes') return [];
    return [{ message: 'move', data, fix: (fixer) => fixer.replaceText(node, `${into}: { ${text} }`) }];
  }
  if (holder.value.type !== 'ObjectExpression') return [];
  const target = holder.value;
  return [
    {
      message: 'move',
      data,
      fix: (fixer) => [removeFromList(file, node)(fixer), addProperty(target, text)(fixer)].flat(),
    },
  ];
}
