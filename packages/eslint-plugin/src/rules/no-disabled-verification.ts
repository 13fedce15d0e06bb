import { proxyOptions } from '../clients/proxies.ts';
import { switches, processSwitch } from '../clients/switches.ts';
import { defineRule, type DefinedRule, type Problem, type Suggestion } from '../rule.ts';
import { addProperty, removeFromList, writtenProperty } from '../edit.ts';
import { possibleValues } from '../source/known.ts';
import { parentOf, staticKey, type Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';
import { insecureCommands, type InsecureCommand } from '../verification/commands.ts';
import { insecureStrings } from '../verification/connection-strings.ts';
import { insecureFlagMarks } from '../verification/insecure-flags.ts';
import { unverifiedDefaults, type UnverifiedDefault } from '../verification/library-defaults.ts';
import { processSwitchedOff } from '../verification/environment.ts';
import { isInline, optionsSwitchedOff, type SwitchedOff } from '../verification/options.ts';

type Message =
  | 'always'
  | 'environment'
  | 'byDefault'
  | 'condition'
  | 'loose'
  | 'process'
  | 'proxy'
  | 'text'
  | 'command'
  | 'commandName'
  | 'replyFrom'
  | 'mysql2'
  | 'postgres'
  | 'call'
  | 'verify'
  | 'removeSwitch'
  | 'removeFlag'
  | 'addOption';

interface Options {
  /** `environment`: what the file itself, its defaults or the environment decide. `any`: every other condition too. */
  readonly conditions: 'environment' | 'any';
}

const instead =
  'Name the issuer as `ca` and the server as `servername`, or pass over one known fault with `tolerate` of @altname/client.';

export const noDisabledVerification: DefinedRule = defineRule<Message, Options>({
  name: 'no-disabled-verification',
  description: 'Verification of a server is not switched off, by any option, variable, command or default.',
  words: [
    ...switches.map(({ key }) => key),
    processSwitch,
    ...[
      ['secure', 'target'],
      'no-verify',
      'TrustServerCertificate',
      'trustServerCertificate',
      'Trust Server Certificate',
      'ssl_cert_reqs',
      'verifyServerCertificate',
      'NonValidatingFactory',
    ],
    ...['reply-from', 'http-proxy', 'mysql2', 'postgres'],
    [/child_process|spawn|exec|shelljs|\$`|\$\(/, insecureFlagMarks],
    ...['disableTLSCerts', 'trustLocalhost'],
  ],
  messages: {
    always: `\`{{text}}\` switches verification off: whoever answers is believed. ${instead}`,
    environment: `\`{{text}}\` switches verification off where the environment ({{variables}}) says so, or says nothing. ${instead}`,
    byDefault: `\`{{text}}\` leaves verification off unless told otherwise. Let it be on by default. ${instead}`,
    condition: `\`{{text}}\` can switch verification off. ${instead}`,
    loose:
      '`{{text}}` is falsy but not `false`: Node verifies, and other clients do not. Leave it out, or write `true`.',
    process: `${processSwitch}=0 switches verification off for every connection of the process. ${instead}`,
    proxy: `\`secure: {{text}}\` of a proxy switches verification of the target off: whoever answers is believed. Set \`changeOrigin: true\`, so that the name of the target is sent and checked, and give its issuer in an \`agent\`.`,
    text: `\`{{text}}\` in a connection string switches verification off. ${instead}`,
    command: '`{{program}} {{text}}` verifies nothing: whoever answers is believed.{{instead}}',
    commandName:
      '`{{program}} {{text}}` compares no name: the certificate of any other host is believed.{{instead}}',
    replyFrom:
      'Nothing that this proxy asks upstream is verified: @fastify/reply-from leaves that off unless told. Say `undici: { connect: { rejectUnauthorized: true } }`.',
    mysql2:
      'mysql2 compares no name with this `ssl`: the certificate of any other host is believed. Say `verifyIdentity: true`.',
    postgres:
      "Postgres.js verifies nothing with `{{text}}`: whoever answers is believed. Say `ssl: 'verify-full'`, or give `{ ca, servername }`.",
    call: `\`{{text}}\` switches verification off: whoever answers is believed. ${instead}`,
    verify: 'Verify: `{{key}}: {{on}}`',
    removeSwitch: 'Take the switch out',
    removeFlag: 'Take `{{text}}` out',
    addOption: 'Add `{{text}}`',
  },
  suggestions: ['verify', 'removeSwitch', 'removeFlag', 'addOption'],
  schema: [
    {
      type: 'object',
      properties: { conditions: { enum: ['environment', 'any'] } },
      additionalProperties: false,
    },
  ],
  options: { conditions: 'environment' },
  *check(file, options, context) {
    for (const found of optionsSwitchedOff(file)) {
      if (found.when !== 'condition' || options.conditions === 'any') yield ofOption(file, found);
    }
    yield* ofProxies(file, context.filename);
    for (const { node, word } of insecureStrings(file)) yield { node, message: 'text', data: { text: word } };
    for (const found of insecureCommands(file)) yield ofCommand(file, found);
    for (const found of unverifiedDefaults(file)) yield ofDefault(file, found);
    for (const call of file.calls) {
      if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') continue;
      const key = staticKey(call.callee) ?? '';
      if (call.callee.object.type === 'ThisExpression') continue;
      if (methods.has(key))
        yield { node: call.callee.property as Node, message: 'call', data: { text: `.${key}()` } };
    }
    for (const node of processSwitchedOff(file)) {
      const statement = parentOf(node);
      const suggest: Suggestion<Message>[] =
        statement?.type === 'ExpressionStatement' && inList.has(parentOf(statement)?.type ?? '')
          ? [{ message: 'removeSwitch', fix: (fixer) => fixer.remove(statement) }]
          : [];
      yield { node, message: 'process', suggest };
    }
  },
});

/** Where a statement can be taken out, and what is left is a file. */
const inList: ReadonlySet<string> = new Set(['Program', 'BlockStatement', 'StaticBlock']);

/** Methods of superagent that switch verification off, and have that meaning alone. */
const methods: ReadonlySet<string> = new Set(['disableTLSCerts', 'trustLocalhost']);

function* ofProxies(file: SourceFile, filename: string): Generator<Problem<Message>, void> {
  for (const { node, protocol } of proxyOptions(file, filename)) {
    const property = writtenProperty(node, 'secure');
    if (property === undefined || protocol === 'http') continue;
    const value = property.value as Node;
    const isOff = possibleValues(file, value).every(
      ({ known }) => known.kind === 'value' && known.value === false,
    );
    if (!isOff) continue;
    yield {
      node: property,
      message: 'proxy',
      data: { text: shortened(file.textOf(value)) },
      suggest: isInline(value)
        ? [
            {
              message: 'verify',
              data: { key: 'secure', on: 'true' },
              fix: (fixer) => fixer.replaceText(value, 'true'),
            },
          ]
        : [],
    };
  }
}

function ofCommand(
  file: SourceFile,
  { node, program, flag, leaves, instead: given, element }: InsecureCommand,
): Problem<Message> {
  const isWhole = element !== undefined && /^-k$|^--/.test(flag);
  return {
    node,
    message: leaves === 'chain' ? 'commandName' : 'command',
    data: { program, text: flag, instead: given === '' ? '' : ` Give ${given}.` },
    suggest: isWhole
      ? [{ message: 'removeFlag', data: { text: flag }, fix: removeFromList(file, element) }]
      : [],
  };
}

const additions = {
  'reply-from': 'undici: { connect: { rejectUnauthorized: true } }',
  mysql2: 'verifyIdentity: true',
  postgres: '',
} as const;

function ofDefault(file: SourceFile, { node, library, object, value }: UnverifiedDefault): Problem<Message> {
  const suggest: Suggestion<Message>[] = [];
  if (object !== undefined) {
    const text = additions[library];
    suggest.push({ message: 'addOption', data: { text }, fix: addProperty(object, text) });
  }
  if (value !== undefined) {
    const data = { key: 'ssl', on: "'verify-full'" };
    suggest.push({ message: 'verify', data, fix: (fixer) => fixer.replaceText(value, "'verify-full'") });
  }
  const message = library === 'reply-from' ? 'replyFrom' : library;
  return { node, message, data: { text: shortened(file.textOf(node)) }, suggest };
}

const messageOf = {
  always: 'always',
  environment: 'environment',
  default: 'byDefault',
  condition: 'condition',
} as const;

function ofOption(
  file: SourceFile,
  { node, value, option, when, isLoose, variables }: SwitchedOff,
): Problem<Message> {
  const on = String(!option.off);
  return {
    node,
    message: isLoose ? 'loose' : messageOf[when],
    data: { text: shortened(file.textOf(node)), variables: [...new Set(variables)].join(', ') },
    suggest: isInline(value)
      ? [{ message: 'verify', data: { key: option.key, on }, fix: (fixer) => fixer.replaceText(value, on) }]
      : [],
  };
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}
